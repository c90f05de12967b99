"""An evil repository is checked first, an innocent one second: what the innocent one runs is never the evil one's.

The evil code leaves all that it can in whatever it may write; the innocent repository asks for the same and would get
the same lock. `who` is what the innocent one's environment says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from p2c.executor.checks.install import install
from p2c.executor.instrumented_sandbox import InstrumentedSandbox
from p2c.executor.session_cache import SessionCache
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes.base import Command
from p2c.sandboxes.local.sandbox import LocalSandbox
from tests.sandboxes.environments.test_environments import (
    PYTHON,
    UV,
    Configured,
    configured,
    index,
    write_index,
    write_wheel,
)

pytestmark = pytest.mark.sandbox
__all__ = ["configured", "index"]  # fixtures

MAKER = """
import os, zipfile

NAME, VERSION, WHO, EVIL = {name!r}, {version!r}, {who!r}, {evil!r}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    exec(EVIL)
    info = f"{{NAME}}-{{VERSION}}.dist-info"
    files = {{
        f"{{NAME}}.py": f"who = {{WHO!r}}\\n",
        f"{{info}}/METADATA": f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: {{VERSION}}\\n",
        f"{{info}}/WHEEL": "Wheel-Version: 1.0\\nGenerator: maker\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }}
    files[f"{{info}}/RECORD"] = "".join(f"{{name}},,\\n" for name in files)
    with zipfile.ZipFile(os.path.join(wheel_directory, f"{{NAME}}-{{VERSION}}-py3-none-any.whl"), "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return f"{{NAME}}-{{VERSION}}-py3-none-any.whl"


build_editable = build_wheel
"""
PTH = """
import glob
for folder in glob.glob("/environment/lib/python3*/site-packages"):
    open(folder + "/evil.pth", "w").write("import sys; sys.who = 'attacker by .pth'\\n")
"""
SPOIL = """
import glob, subprocess
subprocess.run(["/tools/bin/uv", "pip", "install", "-q", "--target", "/tmp/y", "maker==1.0"], check=True)
for file in glob.glob("/uv/archive-v0/*/maker/__init__.py"):
    text = open(file).read().replace("'real'", "'attacker by the cache'")
    os.chmod(file, 0o644)
    open(file, "w").write(text)
"""
LINKS = """
import glob, shutil
for place in glob.glob("/uv/*"):
    if place.endswith("archive-v0"):
        shutil.rmtree(place)
        os.makedirs("/workspace/planted", exist_ok=True)
        os.symlink("/workspace/planted", place)
"""
LOOK = """
import importlib, sys
found = [getattr(sys, "who", None)]
for name in ("sdisted", "mylib", "demo", "wheeled"):
    try:
        found.append(getattr(importlib.import_module(name), "who", None))
    except ImportError:
        pass
print([one for one in found if one])
"""
Files = Mapping[str, str | bytes]


def maker(name: str, version: str, who: str, evil: str = "") -> str:
    return MAKER.format(name=name, version=version, who=who, evil=evil)


def project(name: str, who: str, evil: str = "") -> dict[str, str]:
    """Return a project in a folder of the repository, with a build backend of its own."""
    about = f'[project]\nname = "{name}"\nversion = "1.0"\n'
    built = '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
    return {
        f"vendor/{name}/pyproject.toml": about + built,
        f"vendor/{name}/own.py": maker(name, "1.0", who, evil),
    }


def wheel(tmp_path: Path, name: str, version: str, files: Mapping[str, str]) -> bytes:
    write_wheel(tmp_path, name, version, files)
    return (tmp_path / f"{name}-{version}-py3-none-any.whl").read_bytes()


@pytest.fixture
def sdisted(index: Path) -> None:
    """The index also has `sdisted`, which has no wheel, and `maker`, which builds it."""
    import io
    import tarfile

    write_wheel(index / "files", "maker", "1.0", {"maker/__init__.py": maker("sdisted", "1.0", "real")})
    built = '[build-system]\nrequires = ["maker"]\nbuild-backend = "maker"\n'
    about = '[project]\nname = "sdisted"\nversion = "1.0"\ndynamic = ["dependencies"]\n'  # so it is built to be asked
    with tarfile.open(index / "files/sdisted-1.0.tar.gz", "w:gz") as archive:
        for name, text in {"pyproject.toml": about + built, "PKG-INFO": "Name: sdisted\nVersion: 1.0\n"}.items():
            member = tarfile.TarInfo(f"sdisted-1.0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    write_index(index)


class Repositories:
    """Makes repositories whose binary files lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, name: str, files: Files) -> Repo:
        places = {}
        for path, data in files.items():
            if isinstance(data, bytes):
                place = self._folder / name / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
                places[path] = place
        return Repo({path: text for path, text in files.items() if isinstance(text, str)}, places)


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path / "repositories")


def checked(sandbox: LocalSandbox, repo: Repo) -> str:
    """Install a repository's requirements as a check does, and return who answers in its environment."""
    sandbox.put(repo)
    target = InstrumentedSandbox(sandbox)
    done = install(repo, target, RunContract(), SessionCache())
    assert done.ready, done.findings
    return sandbox.exec(Command((PYTHON, "-c", LOOK), 30)).stdout.strip()


def ways(tmp_path: Path) -> dict[str, tuple[Files, Files, str]]:
    """Return of each way the evil repository, the innocent one, and what the latter has to see."""
    clean = project("mylib", "innocent")
    evil_maker = {"maker/__init__.py": maker("sdisted", "1.0", "attacker", SPOIL)}
    links = {"maker/__init__.py": maker("sdisted", "1.0", "attacker", LINKS)}
    mine = wheel(tmp_path / "evil", "wheeled", "1.0", {"wheeled/__init__.py": "who = 'attacker by a wheel'\n"})
    theirs = wheel(tmp_path / "good", "wheeled", "1.0", {"wheeled/__init__.py": "who = 'innocent'\n"})
    demo = wheel(tmp_path / "demo", "demo", "2.0", {"demo/__init__.py": "who = 'attacker in the index name'\n"})
    named = "wheeled @ file:///workspace/vendor/wheeled-1.0-py3-none-any.whl\n"
    sdist = {"requirements.txt": "sdisted==1.0\n"}
    return {
        "a build backend from --find-links spoils the cache that the installation uses": (
            {
                "requirements.txt": "--find-links /workspace/links\nsdisted==1.0\n",
                "links/maker-999.0-py3-none-any.whl": wheel(tmp_path / "999", "maker", "999.0", evil_maker),
            },
            sdist,
            "['real']",
        ),
        "it replaces the cache's folders by links": (
            {
                "requirements.txt": "--find-links /workspace/links\nsdisted==1.0\n",
                "links/maker-999.0-py3-none-any.whl": wheel(tmp_path / "998", "maker", "999.0", links),
            },
            sdist,
            "['real']",
        ),
        "-e and a .pth file": (
            {"requirements.txt": "-e ./vendor/mylib\n", **project("mylib", "attacker", PTH)},
            {"requirements.txt": "-e ./vendor/mylib\n", **clean},
            "['innocent']",
        ),
        "a folder": (
            {"requirements.txt": "./vendor/mylib\n", **project("mylib", "attacker", PTH)},
            {"requirements.txt": "./vendor/mylib\n", **clean},
            "['innocent']",
        ),
        "an address of a file": (
            {
                "requirements.txt": "mylib @ file:///workspace/vendor/mylib\n",
                **project("mylib", "attacker", PTH),
            },
            {"requirements.txt": "mylib @ file:///workspace/vendor/mylib\n", **clean},
            "['innocent']",
        ),
        "a wheel in a folder, by its address": (
            {"requirements.txt": named, "vendor/wheeled-1.0-py3-none-any.whl": mine},
            {"requirements.txt": named, "vendor/wheeled-1.0-py3-none-any.whl": theirs},
            "['innocent']",
        ),
        "a wheel in the root, by its bare name": (
            {"requirements.txt": "wheeled-1.0-py3-none-any.whl\n", "wheeled-1.0-py3-none-any.whl": mine},
            {"requirements.txt": "wheeled-1.0-py3-none-any.whl\n", "wheeled-1.0-py3-none-any.whl": theirs},
            "['innocent']",
        ),
        "a wheel of the name and version that the index has": (
            {
                "requirements.txt": "--find-links /workspace/vendor\ndemo==2.0\n",
                "vendor/demo-2.0-py3-none-any.whl": demo,
            },
            {"requirements.txt": "demo==2.0\n"},
            "[]",
        ),
        "code of packages beside a wheel of the index": (
            {
                "requirements.txt": "demo==2.0\n./vendor/mylib\n",
                **project(
                    "mylib",
                    "attacker",
                    "import glob\nfor f in glob.glob('/environment/lib/python3*/site-packages/demo/__init__.py') +"
                    " glob.glob('/uv/archive-v0/*/demo/__init__.py'):\n"
                    "    open(f, 'a').write(\"who = 'attacker in demo'\\n\")\n",
                ),
            },
            {"requirements.txt": "demo==2.0\n"},
            "[]",
        ),
    }


WAYS = [
    "a build backend from --find-links spoils the cache that the installation uses",
    "it replaces the cache's folders by links",
    "-e and a .pth file",
    "a folder",
    "an address of a file",
    "a wheel in a folder, by its address",
    "a wheel in the root, by its bare name",
    "a wheel of the name and version that the index has",
    "code of packages beside a wheel of the index",
]
SPOILT = {"it replaces the cache's folders by links"}
"""The evil repository has broken its own installation."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("sdisted")
def test_an_innocent_repository_never_meets_what_an_evil_one_has_left(
    configured: Configured, repositories: Repositories, tmp_path: Path, way: str
) -> None:
    assert list(ways(tmp_path)) == WAYS
    evil, innocent, expected = ways(tmp_path)[way]
    first = configured()
    first.put(repositories.make("evil", evil))
    done = install(repositories.make("evil", evil), InstrumentedSandbox(first), RunContract(), SessionCache())
    assert done.ready or way in SPOILT, done.findings
    first.close()
    assert checked(configured(), repositories.make("innocent", innocent)) == expected


def test_what_untrusted_code_made_serves_byte_identical_repositories_alone(
    configured: Configured, repositories: Repositories
) -> None:
    files = {"requirements.txt": "-e ./vendor/mylib\n", **project("mylib", "first"), "main.py": "1"}
    lock = Installing(configured(), repositories.make("first", files))
    assert not lock.was_there
    assert Installing(configured(), repositories.make("same", files)).was_there, "nothing has to be built again"
    assert not Installing(configured(), repositories.make("other", {**files, "main.py": "2"})).was_there


def test_what_wheels_alone_made_serves_everybody(configured: Configured, repositories: Repositories) -> None:
    files = {"requirements.txt": "demo\n", "main.py": "1"}
    assert not Installing(configured(), repositories.make("first", files)).was_there
    assert Installing(configured(), repositories.make("other", {**files, "main.py": "2"})).was_there


@pytest.mark.usefixtures("sdisted")
def test_a_session_keeps_what_it_has_built_while_its_repository_is_repaired(
    configured: Configured, repositories: Repositories
) -> None:
    sandbox = configured()
    files = {"requirements.txt": "sdisted\n", "main.py": "1"}
    assert not Installing(sandbox, repositories.make("first", files)).was_there
    repaired = repositories.make("repaired", {**files, "main.py": "2"})
    assert Installing(sandbox, repaired).was_there
    assert not Installing(configured(), repaired).was_there


@pytest.mark.usefixtures("sdisted")
def test_a_repository_that_is_repaired_into_an_innocent_one_leaves_it_nothing(
    configured: Configured, repositories: Repositories
) -> None:
    """What the evil code has left in the session's folders could have run when the second was built."""
    evil = {"requirements.txt": "./vendor/mylib\n", **project("mylib", "attacker", PTH)}
    innocent = repositories.make("innocent", {"requirements.txt": "sdisted\n"})
    sandbox = configured()
    checked(sandbox, repositories.make("evil", evil))
    assert not Installing(sandbox, innocent).was_there
    sandbox.close()
    assert not Installing(configured(), innocent).was_there


def test_a_repaired_folder_of_the_repository_is_built_anew(configured: Configured, repositories: Repositories) -> None:
    sandbox = configured()
    for who in ("first", "second"):
        files = {"requirements.txt": "./vendor/mylib\n", **project("mylib", who)}
        assert checked(sandbox, repositories.make(who, files)) == f"['{who}']"


def test_trusted_commands_see_nothing_that_programs_have_written(configured: Configured) -> None:
    sandbox = configured()
    sandbox.put(Repo({"list.txt": "demo\n", "evil/pyproject.toml": "", "uv.toml": "no-index = true\n"}))
    sandbox.set_network("install")
    spec = sandbox._mount_plan.spec(Command((UV, "pip", "compile", "--no-build", "list.txt"), 30))
    assert set(spec.writable) == {"/store"}
    seen = {path: sorted(one.name for one in spec.read_only[path].rglob("*")) for path in ("/workspace", "/scratch")}
    assert seen == {"/workspace": ["list.txt"], "/scratch": []}
    other = sandbox._mount_plan.spec(Command((UV, "pip", "compile", "list.txt"), 30))
    assert "/store" not in other.writable and "/workspace" in other.writable


class Installing:
    """One installation; `was_there` tells whether an environment was found that had been built before."""

    def __init__(self, sandbox: LocalSandbox, repo: Repo) -> None:
        found: list[bool] = []
        choose = sandbox.choose_environment

        def noted(key: str) -> bool:
            found.append(choose(key))
            return found[-1]

        sandbox.choose_environment = noted  # type: ignore[method-assign]
        checked(sandbox, repo)
        del sandbox.choose_environment  # type: ignore[attr-defined]
        self.was_there = found == [True]
