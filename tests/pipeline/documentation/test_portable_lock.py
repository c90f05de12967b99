"""A lock that was made here installs elsewhere: by the resolvers themselves, from the plain index alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from p2c.generator.project_files import dockerfile
from p2c.pipeline.documentation.portable_lock import portable
from p2c.run_contract import RunContract


@pytest.mark.parametrize(
    ("lock", "text", "build"),
    [
        ("torch==2.4.0+cpu\nnumpy==2.0.0", "torch==2.4.0\nnumpy==2.0.0", "cpu"),
        ("torch==2.4.0+cu126\ntorchvision==0.19.0+cu126", "torch==2.4.0\ntorchvision==0.19.0", "cu126"),
        ("torch[x]==2.4.0+rocm6.2 ; os_name == 'nt'", "torch[x]==2.4.0 ; os_name == 'nt'", "rocm6.2"),
        ("some.pkg==1.0+local.3  # via x", "some.pkg==1.0  # via x", ""),
        ("torch==2.4.0+gitabc123", "torch==2.4.0", ""),
        (
            "a==1+x \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\nb==2 \\\n    --hash=sha256:22",
            "a==1\nb==2 \\\n    --hash=sha256:22",
            "",
        ),
    ],
)
def test_local_versions_are_written_without_them(lock: str, text: str, build: str) -> None:
    made = portable(lock)
    assert "\n".join(line for line in made.text.split("\n") if not line.startswith("#")) == text
    assert (made.build, made.index.rpartition("/")[2]) == (build, build)
    assert "# Used here: " in made.text and ("--extra-index-url" in made.text) is bool(build)


@pytest.mark.parametrize("lock", ["", "numpy==2.0.0\n", "# torch==1+cpu\n", "p @ file:///p-1+x.whl\n", "-e .\n"])
def test_what_any_index_has_stays_as_it_is(lock: str) -> None:
    assert portable(lock).text == lock and portable(lock).index == ""


def test_the_dockerfile_looks_where_the_builds_are() -> None:
    contract, made = RunContract(("python main.py",)), portable("torch==2.4.0+cpu\n")
    assert f"--extra-index-url {made.index} -r requirements.lock" in dockerfile("3.12", contract, made.index)
    assert "--extra-index-url" not in dockerfile("3.12", contract, portable("numpy==2.0.0\n").index)


@pytest.mark.index
def test_the_plain_index_resolves_it_and_not_what_it_was(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")

    def resolves(text: str) -> bool:
        (tmp_path / "requirements.lock").write_text(text)
        argv = [str(uv), "pip", "compile", "--quiet", "--no-deps", "requirements.lock"]
        return subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False).returncode == 0

    lock = "packaging==24.0+here\n"
    assert not resolves(lock) and resolves(portable(lock).text)
