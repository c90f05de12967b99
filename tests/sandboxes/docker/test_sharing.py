"""The same with containers: an evil repository first, an innocent one second, and one store for both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from p2c.executor.checks.install import install
from p2c.executor.instrumented_sandbox import InstrumentedSandbox
from p2c.executor.session_cache import SessionCache
from p2c.repo import Repo
from p2c.run_contract import RunContract
from p2c.sandboxes.base import Command
from p2c.sandboxes.docker.container_roles import BUILDER, OWN, PROGRAM, STORE
from p2c.sandboxes.docker.sandbox import DockerSandbox
from p2c.sandboxes.in_sandbox import _p2c_files
from p2c.sandboxes.options import SandboxOptions
from tests.sandboxes import test_sharing
from tests.sandboxes.conftest import skip_without_engine
from tests.sandboxes.environments.test_environments import index
from tests.sandboxes.test_sharing import (
    LOOK,
    PTH,
    SPOILT,
    WAYS,
    Files,
    Repositories,
    project,
    repositories,
    sdisted,
    ways,
)  # fmt: skip

pytestmark = pytest.mark.sandbox
__all__ = ["index", "repositories", "sdisted"]  # fixtures
OpenBox = Callable[[], DockerSandbox]
ENVIRONMENT = "/p2c/environment"


@pytest.fixture(scope="module")
def tools(cache: Path) -> str:
    """Where the tools are, which come from the real index."""
    box = DockerSandbox(SandboxOptions(cache=cache, image=skip_without_engine()))
    box.close()
    return box.places.tools


@pytest.fixture
def open_box(cache: Path, index: Path, tools: str) -> Iterator[OpenBox]:
    """Open sandboxes whose user has set up that index."""
    options = SandboxOptions(cache=cache, image=skip_without_engine())
    left: list[DockerSandbox] = []

    def one() -> DockerSandbox:
        left.append(DockerSandbox(options, {"HOME": "/nonexistent", "UV_DEFAULT_INDEX": f"file://{index}/simple"}))
        return left[-1]

    yield one
    for box in left:
        box.close()


@pytest.fixture
def here(tools: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Say the attacks' paths as containers have them."""

    def said(text: str) -> str:
        text = text.replace("/environment/", f"{ENVIRONMENT}/").replace("/tools/bin/uv", f"{tools}/bin/uv")
        return text.replace('"/uv/', f'"{OWN}/uv/').replace("'/uv/", f"'{OWN}/uv/")

    for name in ("PTH", "SPOIL", "LINKS"):
        monkeypatch.setattr(test_sharing, name, said(getattr(test_sharing, name)))
    return said


def installed(box: DockerSandbox, repo: Repo) -> tuple[bool, list[bool]]:
    """Install as a check does; return whether it went, and what was told of the environments that were asked for."""
    found: list[bool] = []
    choose = box.choose_environment
    box.choose_environment = lambda key: found.append(choose(key)) or found[-1]  # type: ignore[func-returns-value, method-assign]
    box.put(repo)
    done = install(repo, InstrumentedSandbox(box), RunContract(), SessionCache())
    del box.choose_environment  # type: ignore[attr-defined]
    return done.ready, found


def who(box: DockerSandbox) -> str:
    return box.exec(Command((f"{ENVIRONMENT}/bin/python", "-c", LOOK), 60)).stdout.strip()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("sdisted")
def test_an_innocent_repository_never_meets_what_an_evil_one_has_left(
    open_box: OpenBox, repositories: Repositories, tmp_path: Path, here: Callable[[str], str], way: str
) -> None:
    evil, innocent, expected = ways(tmp_path)[way]
    evil = {path: here(text) if isinstance(text, str) else text for path, text in evil.items()}
    first, second = open_box(), open_box()  # both are there at once, as in a batch
    assert installed(first, repositories.make("evil", evil))[0] or way in SPOILT
    mine = who(first)
    assert "attacker" in mine or way in SPOILT or expected == "[]" or "cache" in way, mine
    first.close()
    assert installed(second, repositories.make("innocent", innocent))[0]
    assert who(second) == expected


def test_an_environment_is_found_by_those_who_may_have_it(open_box: OpenBox, repositories: Repositories) -> None:
    built = {"requirements.txt": "-e ./vendor/mylib\n", **project("mylib", "first"), "main.py": "1"}
    wheels: Files = {"requirements.txt": "demo\n", "main.py": "1"}
    for files, others in ((built, False), (wheels, True)):
        assert installed(open_box(), repositories.make("first", files)) == (True, [False])
        box = open_box()
        assert installed(box, repositories.make("other", {**files, "main.py": "2"})) == (True, [others])
        assert installed(open_box(), repositories.make("same", files)) == (True, [True])
        box.close()


@pytest.mark.usefixtures("sdisted")
def test_a_session_keeps_what_it_has_built_and_nobody_else_has_it(
    open_box: OpenBox, repositories: Repositories
) -> None:
    """What the first state has left could have run while the second's was built: not even its digest is enough."""
    evil: Files = {"requirements.txt": "./vendor/mylib\n", **project("mylib", "attacker", PTH)}
    innocent = repositories.make("innocent", {"requirements.txt": "sdisted\n", "main.py": "1"})
    box = open_box()
    assert installed(box, repositories.make("evil", evil))[0]
    assert installed(box, innocent) == (True, [False]) and who(box) == "['real']"
    assert installed(box, innocent) == (True, [True]) and who(box) == "['real']"
    write = "import sdisted; open(sdisted.__file__, 'a').write('who = 1')"
    python = f"{ENVIRONMENT}/bin/python"
    swap = f"import os; os.rename('{OWN}/environments', '{OWN}/mine')"
    for mode in ("none", "install"):
        box.set_network(mode)  # type: ignore[arg-type]
        assert "Error" in box.exec(Command((python, "-c", write), 30)).stderr, "a sealed one is nobody's to change"
        assert "Error" in box.exec(Command((python, "-c", swap), 30)).stderr
    assert who(box) == "['real']"
    box.close()
    assert installed(open_box(), innocent) == (True, [False])


def test_what_compiling_has_left_is_not_used_for_installing(open_box: OpenBox) -> None:
    box = open_box()
    box.set_network("install")
    plant = f"import os; os.makedirs('{OWN}/uv/evil'); os.makedirs('{OWN}/building/evil')"
    assert box.exec(Command(("python3", "-c", plant), 30)).ok
    assert box.choose_environment(hashlib.sha256(b"compiling").hexdigest()) is False
    look = f"import os; print([os.path.exists('{OWN}/' + one) for one in ('uv', 'building/evil')])"
    assert box.exec(Command(("python3", "-c", look), 30)).stdout == "[False, False]\n"


def test_trusted_commands_see_nothing_that_programs_have_written(open_box: OpenBox) -> None:
    box = open_box()
    box.put(Repo({"list.txt": "demo\n", "uv.toml": "no-index = true\n", "evil/pyproject.toml": ""}))
    box.exec(Command(("touch", "/scratch/left", "/pycache/left"), 30))
    box.set_network("install")
    uv = f"{box.places.tools}/bin/uv"
    done = box.exec(Command((uv, "pip", "compile", "--no-build", "--no-header", "--no-annotate", "list.txt"), 60))
    assert done.stdout == "demo==2.0\n", done.stderr
    with box._containers.building.acquire(60) as cell:
        for place in ("/workspace/uv.toml", "/workspace/evil/pyproject.toml", "/scratch/left", "/pycache/left"):
            folder, _, name = place.rpartition("/")
            assert cell.container.exec(["test", "-e", place], BUILDER, {}, ("/", False)).exit_code() != 0, place
            if folder in ("/workspace", "/scratch"):
                assert cell.own(BUILDER, "read", folder, name)[0] == _p2c_files.NONE
        assert cell.own(BUILDER, "read", "/workspace", "list.txt") == (0, b"demo\n")
    box.exec(Command((uv, "pip", "compile", "--no-build", "other.txt"), 60))
    with box._containers.building.acquire(60) as cell:
        assert cell.own(PROGRAM, "read", STORE, "uv/CACHEDIR.TAG")[0] == _p2c_files.NONE, (
            "nobody but uv looks into its cache"
        )


def test_a_hole_in_what_was_built_fills_no_disk(open_box: OpenBox, repositories: Repositories) -> None:
    sparse = """
import glob
for folder in glob.glob("/p2c/environment/lib/python3*/site-packages"):
    with open(folder + "/huge.bin", "wb") as file:
        file.truncate(7 << 30)
"""
    files: Files = {"requirements.txt": "./vendor/mylib\n", **project("mylib", "me", sparse)}
    box = open_box()
    assert installed(box, repositories.make("sparse", files))[0]
    place = f"{ENVIRONMENT}/lib/python3*/site-packages/huge.bin"
    look = f"import glob, os; a = os.stat(glob.glob('{place}')[0]); print(a.st_size, a.st_blocks)"
    size, blocks = box.exec(Command((f"{ENVIRONMENT}/bin/python", "-c", look), 30)).stdout.split()
    assert int(size) == 7 << 30 and int(blocks) < 10_000
