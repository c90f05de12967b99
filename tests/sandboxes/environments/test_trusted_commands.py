"""Which install commands may see the shared cache."""

from __future__ import annotations

import pytest

from p2c.sandboxes.base import Command
from p2c.sandboxes.environments.trusted_commands import TrustPolicy

UV = "/tools/bin/uv"
FILES = {
    "requirements.txt": b"numpy>=1.26  # arrays\n\n# comment\npandas[excel]==2.2 ; python_version > '3.9'\n",
    "/scratch/lock.txt": b"numpy==2.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via -r x\n",
    "editable.txt": b"numpy\n-e .\n",
    "folder.txt": b"./package\n",
    "address.txt": b"x @ https://example.org/x.tar.gz\n",
    "git.txt": b"git+https://example.org/x.git\n",
    "options.txt": b"--only-binary :none:\nnumpy\n",
    "nested.txt": b"-r editable.txt\n",
    "joined.txt": b"num\\\npy\n-\\\ne .\n",
    "earlier.txt": b"# a comment \\\n-e .\n",
    "archive.txt": b"evil-1.0-py3-none-any.whl\n",
    "nextline.txt": b"# a comment \xc2\x85-e .\n",
    "oldmac.txt": b"# a comment \r-e .\n",
    "form.txt": b"numpy \x0c-e .\n",
    "nobytes.txt": b"numpy\xff\n",
    "enormous.txt": b"numpy\n" * 200_000,
    "garbled.txt": b"# a \xe2\x80\xa8-e .\n",
    "find.txt": b"--find-links vendor\nnumpy\n",
    "indexed.txt": b"numpy --index-url https://example.org\n",
    "escaped.txt": b"numpy==1.0 --hash=sha256:aa -e .\n",
    "newline.txt": b"numpy --config-settings=a=b\n",
}
TRUST = TrustPolicy(UV, "/environment", frozenset({"/usr/bin/python3.11", "/environment/bin/python"}), FILES.get)


def trusted(line: str, **env: str) -> bool:
    return TRUST.has(Command(tuple(line.split()), 60, env))


@pytest.mark.parametrize(
    "line",
    [
        f"{UV} venv --quiet /environment",
        f"{UV} venv --relocatable --clear --python 3.11 /environment",
        f"{UV} venv --relocatable --allow-existing --python /usr/bin/python3.10 /environment",
        f"{UV} --quiet pip compile --only-binary :all: requirements.txt",
        f"{UV} pip install --no-build --python /environment/bin/python -r /scratch/lock.txt",
        f"{UV} pip install --only-binary=:all: --python=/environment/bin/python numpy>=2 pandas",
        f"{UV} pip sync --no-build --python /environment/bin/python /scratch/lock.txt",
    ],
)
def test_wheels_of_named_requirements_are_trusted(line: str) -> None:
    assert trusted(line)


@pytest.mark.parametrize(
    "line",
    [
        "uv pip install --no-build numpy",
        "/workspace/uv pip install --no-build numpy",
        f"{UV} pip install numpy",
        f"{UV} pip install --only-binary numpy numpy",
        f"{UV} pip install --no-build --only-binary :all: .",
        f"{UV} pip install --no-build ./package",
        f"{UV} pip install --no-build -e .",
        f"{UV} pip install --no-build --editable=.",
        f"{UV} pip install --no-build git+https://example.org/x.git",
        f"{UV} pip install --no-build numpy --no-binary numpy",
        f"{UV} pip install --no-build --python /workspace/python numpy",
        f"{UV} pip install --no-build --cache-dir /workspace numpy",
        f"{UV} pip install --no-build --target /store/uv numpy",
        f"{UV} pip install --no-build --config-file=/workspace/uv.toml numpy",
        f"{UV} pip compile --no-build pyproject.toml",
        f"{UV} pip compile --no-build setup.py",
        f"{UV} pip compile --no-build missing.txt",
        f"{UV} venv /workspace/.venv",
        f"{UV} run python main.py",
        f"{UV} build",
        *(f"{UV} pip install --no-build -r {name}" for name in FILES if "." in name and name[0] in "efaginoj"),
        f"{UV} pip compile --no-build requirements.txt -o /scratch/lock.txt",
        f"{UV} venv --python /usr/bin/../../workspace/python3 /environment",
        f"{UV} venv --python /usr/bin/python3.10 /workspace/environment",
        f"{UV} pip install --no-build evil-1.0-py3-none-any.whl",
        f"{UV} pip install --no-build evil-1.0.tar.gz",
    ],
)
def test_whatever_could_run_code_is_not(line: str) -> None:
    assert not trusted(line)


def test_variables_that_change_uv_are_not() -> None:
    line = f"{UV} pip install --no-build numpy"
    assert trusted(line, UV_CONSTRAINT="")
    assert trusted(line, UV_OVERRIDE="requirements.txt")
    assert trusted(f"{UV} pip install numpy", UV_NO_BUILD="1")
    assert not trusted(line, UV_NO_BUILD="0")
    assert not trusted(line, UV_OVERRIDE="editable.txt")
    assert not trusted(line, PYTHONPATH="/workspace")
    assert not trusted(line, UV_CACHE_DIR="/workspace")
    assert not trusted(line, LD_PRELOAD="/workspace/x.so")
