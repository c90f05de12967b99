"""Environments: built once, shared read-only, and a cache that no generated code can spoil."""

from __future__ import annotations

import base64
import hashlib
import os
import resource
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from p2c.errors import SandboxError
from p2c.repo import Repo
from p2c.sandboxes.base import Command, ExecResult, Sandbox
from p2c.sandboxes.local.sandbox import LocalSandbox
from p2c.sandboxes.options import SandboxOptions
from tests.sandboxes.conftest import Mount, Open, skip_without_bubblewrap

pytestmark = pytest.mark.sandbox
UV, PYTHON = "/tools/bin/uv", "/environment/bin/python"
WHEELS_ONLY = ("--only-binary", ":all:")
SETUP = """
import os
from setuptools import setup
for folder, _, files in os.walk('/environment'):
    for file in files:
        if file == '__init__.py':
            open(os.path.join(folder, file), 'a').write('poisoned = True\\n')
print('STORE', os.path.exists('/store'), os.environ.get('UV_CACHE_DIR'), file=open('/scratch/seen', 'w'))
setup(name='local-package', version='1')
"""

Configured = Callable[..., LocalSandbox]


def write_wheel(folder: Path, name: str, version: str, extra: Mapping[str, str] = {}) -> None:
    """Write a wheel of one module that knows its version."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **extra,
    }
    record = []
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record.append(f"{path},sha256={digest},{len(text.encode())}")
        wheel.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,", ""]))


def write_index(root: Path) -> str:
    """Write the pages of a simple index over the wheels in `root/files`; return its address."""
    for wheel in sorted((root / "files").iterdir()):
        page = root / "simple" / wheel.name.split("-")[0]
        page.mkdir(parents=True, exist_ok=True)
        with (page / "index.html").open("a") as file:
            file.write(f'<a href="../../files/{wheel.name}">{wheel.name}</a>\n')
    return f"file://{root}/simple"


@pytest.fixture
def index(cache: Path, request: pytest.FixtureRequest) -> Path:
    """A package index in a folder: demo 2.0, other 1.0, and evil 1.0 with a `.pth` file that runs code."""
    root = cache / f"index-{hashlib.sha256(request.node.name.encode()).hexdigest()[:8]}"
    write_wheel(root / "files", "demo", "2.0")
    write_wheel(root / "files", "other", "1.0")
    pth = "import os; print('STORE', os.path.exists('/store'), file=open('/scratch/pth', 'a'))\n"
    write_wheel(root / "files", "evil", "1.0", {"evil.pth": pth})
    write_index(root)
    return root


@pytest.fixture
def configured(cache: Path, index: Path, opened: Open) -> Iterator[Configured]:
    """Open local sandboxes whose person has set up that index, and more."""
    skip_without_bubblewrap()
    opened().close()  # the tools come from the real index
    left: list[LocalSandbox] = []

    def open_one(**environ: str) -> LocalSandbox:
        environ = {"HOME": "/nonexistent", "UV_DEFAULT_INDEX": f"file://{index}/simple", **environ}
        left.append(LocalSandbox(SandboxOptions(cache=cache), environ))
        return left[-1]

    yield open_one
    for one in left:
        one.close()


class Counted:
    """An index over HTTP that remembers which wheels were fetched."""

    def __init__(self, root: Path) -> None:
        fetched: list[str] = []

        class Pages(SimpleHTTPRequestHandler):
            def __init__(self, *given: Any) -> None:
                super().__init__(*given, directory=str(root))

            def do_GET(self) -> None:
                if self.path.endswith(".whl"):
                    fetched.append(self.path.rpartition("/")[2])
                super().do_GET()

            def log_message(self, *given: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self._fetched = fetched
        self.address = f"http://127.0.0.1:{self._server.server_port}/simple"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def fetched(self) -> list[str]:
        """Return what was fetched since the last time."""
        names, self._fetched[:] = sorted(set(self._fetched)), []
        return names

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def counted(index: Path) -> Iterator[Counted]:
    """That index, over HTTP."""
    server = Counted(index)
    yield server
    server.close()


def key_of(request: pytest.FixtureRequest) -> str:
    return hashlib.sha256(f"{request.node.nodeid}{os.getpid()}".encode()).hexdigest()


def uv(sandbox: Sandbox, *words: str, **env: str) -> ExecResult:
    sandbox.set_network("install")
    return sandbox.exec(Command((UV, *words), 60, env))


def install(sandbox: Sandbox, *names: str, wheels_only: bool = True) -> ExecResult:
    return uv(sandbox, "pip", "install", *(WHEELS_ONLY if wheels_only else ()), "--python", PYTHON, *names)


def run(sandbox: Sandbox, program: str) -> ExecResult:
    sandbox.set_network("none")
    return sandbox.exec(Command((PYTHON, "-c", program), 30))


def test_a_sealed_environment_serves_other_sandboxes_read_only(
    configured: Configured, request: pytest.FixtureRequest
) -> None:
    builder, user = configured(), configured()
    assert builder.choose_environment(key_of(request)) is False
    assert uv(builder, "venv", "-q", "/environment").ok
    assert install(builder, "demo").ok
    assert user.choose_environment(key_of(request)) is False, "what is not sealed is nobody else's"
    builder.seal_environment()
    builder.close()
    assert user.choose_environment(key_of(request)) is True
    assert run(user, "import demo; print(demo.__file__)").stdout.startswith("/environment/lib/")
    write = "import demo; open(demo.__file__, 'a').write('poisoned = 1')"
    assert "Read-only file system" in run(user, write).stderr
    assert "Read-only file system" in run(user, "import demo, os; os.chmod(demo.__file__, 0o777)").stderr
    user.set_network("install")
    assert "Read-only file system" in user.exec(Command((PYTHON, "-c", write), 30)).stderr


def test_two_builders_of_one_key_do_not_disturb_each_other(
    configured: Configured, request: pytest.FixtureRequest
) -> None:
    one, two = configured(), configured()
    for builder in (one, two):
        assert builder.choose_environment(key_of(request)) is False
        assert uv(builder, "venv", "-q", "/environment").ok and install(builder, "demo").ok
    for builder in (one, two):
        builder.seal_environment()
        assert run(builder, "import demo; print(demo.version)").stdout == "2.0\n"


def test_wheels_are_linked_from_the_shared_cache(configured: Configured, cache: Path) -> None:
    sandbox = configured()
    sandbox.choose_environment("aa" * 8)
    uv(sandbox, "venv", "-q", "/environment")
    assert install(sandbox, "other").ok
    [file] = cache.glob("store/building/*/lib/python*/site-packages/other/__init__.py")
    assert file.stat().st_nlink > 1


def test_a_changed_set_of_requirements_fetches_the_difference_only(configured: Configured, counted: Counted) -> None:
    sandbox = configured(UV_DEFAULT_INDEX=counted.address)
    kept: dict[str, int] = {}
    for key, names, news in (
        ("1a" * 8, ("demo",), ["demo-2.0-py3-none-any.whl"]),
        ("2a" * 8, ("demo", "other"), ["other-1.0-py3-none-any.whl"]),  # one added
        ("3a" * 8, ("other",), []),  # one removed
        ("4a" * 8, ("demo", "other"), []),  # built from nothing again, as for the final proof
    ):
        assert sandbox.choose_environment(key) is False
        assert uv(sandbox, "venv", "-q", "/environment").ok
        done = install(sandbox, *names)
        assert done.ok, done.stderr
        assert counted.fetched() == news
        sandbox.seal_environment()
        look = f"import os; print({{n: os.stat(__import__(n).__file__).st_ino for n in {names}}})"
        inodes = eval(run(sandbox, look).stdout)
        assert all(kept.setdefault(name, inode) == inode for name, inode in inodes.items()), "linked, not copied"


def test_an_unchanged_set_of_requirements_starts_no_process(
    configured: Configured, request: pytest.FixtureRequest, counted: Counted
) -> None:
    builder = configured(UV_DEFAULT_INDEX=counted.address)
    builder.choose_environment(key_of(request))
    assert uv(builder, "venv", "-q", "/environment").ok and install(builder, "demo").ok
    builder.seal_environment()
    counted.fetched()
    user = configured(UV_DEFAULT_INDEX=counted.address)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = set(Path("/proc/self/task").glob("*/children"))
    started = {word for one in children for word in one.read_text().split()}
    assert user.choose_environment(key_of(request)) is True
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert {word for one in children for word in one.read_text().split()} == started
    assert (before.ru_utime, before.ru_stime, before.ru_nvcsw) == (after.ru_utime, after.ru_stime, after.ru_nvcsw)
    assert counted.fetched() == []


@pytest.mark.parametrize("name", ["cpu", ""])
def test_uv_is_told_which_builds_of_pytorch_are_wanted(cache: Path, opened: Open, name: str) -> None:
    skip_without_bubblewrap()
    opened().close()
    environ = {"HOME": "/nonexistent", "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    sandbox = LocalSandbox(SandboxOptions(cache=cache, torch_backend=name), {**environ, "UV_OFFLINE": "1"})
    try:
        sandbox.put(Repo({"r.txt": "torch\n"}))
        asked = uv(sandbox, "-v", "pip", "compile", *WHEELS_ONLY, "r.txt").stderr
        assert ("https://download.pytorch.org/whl/cpu/torch/" in asked) == (name == "cpu")
        assert ("http://127.0.0.1:9/simple/torch/" in asked) == (name == "")
        sandbox.set_network("none")
        assert "UV_TORCH_BACKEND" not in sandbox.exec(Command(("/usr/bin/env",), 10)).stdout
    finally:
        sandbox.close()


def test_code_of_packages_never_meets_the_shared_cache(configured: Configured, cache: Path) -> None:
    sandbox = configured()
    sandbox.put(Repo({"setup.py": SETUP, "requirements.txt": "demo\n./\n"}))
    sandbox.choose_environment("bb" * 8)
    uv(sandbox, "venv", "-q", "/environment")
    assert install(sandbox, "demo").ok
    # setuptools is not in this index: the build fails, but only after setup.py could have run under the system's.
    uv(sandbox, "pip", "install", "--no-build", "--no-build-isolation", "--python", PYTHON, "-r", "requirements.txt")
    sandbox.exec(Command((PYTHON, "-c", SETUP.replace("from setuptools import setup", "setup = dict")), 30))
    seen = sandbox.get("/scratch/seen")
    assert seen is not None and seen.startswith(b"STORE False /uv")
    assert run(sandbox, "import demo; print(demo.poisoned)").stdout == "True\n"
    spoiled = [
        file for file in (cache / "store/uv").rglob("__init__.py") if file.is_file() and "poisoned" in file.read_text()
    ]
    assert spoiled == []
    fresh = configured()
    fresh.choose_environment("cc" * 8)
    uv(fresh, "venv", "-q", "/environment")
    assert install(fresh, "demo").ok
    assert "AttributeError" in run(fresh, "import demo; print(demo.poisoned)").stderr


def test_uv_does_not_run_a_packages_code_with_the_shared_cache(configured: Configured) -> None:
    sandbox = configured()
    sandbox.choose_environment("dd" * 8)
    uv(sandbox, "venv", "-q", "/environment")
    assert install(sandbox, "evil").ok
    assert install(sandbox, "other").ok  # asks the interpreter, which runs evil.pth
    assert sandbox.get("/scratch/pth") is not None
    assert b"True" not in (sandbox.get("/scratch/pth") or b"")
    # Made anew, it is trusted again.
    assert uv(sandbox, "venv", "-q", "/environment").ok
    assert "evil" in run(sandbox, "import evil").stderr


def test_a_wheel_lying_in_the_persons_folder_is_preferred_but_not_forced(configured: Configured, index: Path) -> None:
    write_wheel(index / "wheels", "demo", "1.5+cpu")
    sandbox = configured(PIP_FIND_LINKS=str(index / "wheels"))
    sandbox.put(Repo({"any.txt": "demo\n", "pinned.txt": "demo==2.0\n"}))
    words = ("pip", "compile", "-q", "--no-header", "--no-annotate", *WHEELS_ONLY)
    assert uv(sandbox, *words, "any.txt").stdout == "demo==1.5+cpu\n"
    assert "unsatisfiable" in uv(sandbox, *words, "pinned.txt").stderr
    assert uv(sandbox, *words, "pinned.txt", UV_CONSTRAINT="").stdout == "demo==2.0\n"


def test_constraints_of_the_person_hold_even_without_the_preference(
    configured: Configured, index: Path, tmp_path: Path
) -> None:
    write_wheel(index / "files", "demo", "1.0")
    write_index(index)
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("demo<2\n")
    sandbox = configured(UV_CONSTRAINT=str(constraints))
    sandbox.put(Repo({"any.txt": "demo\n"}))
    for env in ({}, {"UV_CONSTRAINT": ""}):
        done = uv(sandbox, "pip", "compile", "-q", "--no-header", "--no-annotate", "--no-build", "any.txt", **env)
        assert done.stdout == "demo==1.0\n"


def test_credentials_of_the_index_reach_no_program_and_no_log(configured: Configured) -> None:
    sandbox = configured(UV_DEFAULT_INDEX="http://reader:s3cret-word@127.0.0.1:9/simple", UV_HTTP_RETRIES="0")
    streamed: list[str] = []
    sandbox.set_network("install")
    failed = sandbox.exec(
        Command((UV, "-v", "pip", "compile", *WHEELS_ONLY, "-"), 30), lambda name, text: streamed.append(text)
    )
    sandbox.put(Repo({"r.txt": "demo\n"}))
    failed = sandbox.exec(
        Command((UV, "-v", "pip", "compile", *WHEELS_ONLY, "r.txt"), 30), lambda name, text: streamed.append(text)
    )
    assert not failed.ok and "127.0.0.1:9" in failed.stderr
    assert "s3cret-word" not in failed.stderr + failed.stdout + "".join(streamed)
    look = "import os, base64; print(base64.b64encode(str(dict(os.environ)).encode()).decode())"
    for mode in ("install", "none"):
        sandbox.set_network(mode)
        printed = sandbox.exec(Command(("/usr/bin/python3", "-c", look), 30)).stdout
        assert b"PATH" in base64.b64decode(printed)
        assert b"s3cret-word" not in base64.b64decode(printed)
        assert (b"127.0.0.1:9" in base64.b64decode(printed)) == (mode == "install")


def test_an_interrupted_build_is_swept_and_never_taken_for_complete(configured: Configured, cache: Path) -> None:
    sandbox = configured()
    sandbox.choose_environment("ee" * 8)
    uv(sandbox, "venv", "-q", "/environment")
    assert len(list((cache / "store/building").iterdir())) == 1
    os.close(sandbox._folder._lock._descriptor)  # what the kernel does when p2c is killed
    other = configured()
    assert list((cache / "store/building").iterdir()) == []
    assert other.choose_environment("ee" * 8) is False
    sandbox._folder._lock._descriptor = -1


def test_a_full_disk_is_no_finding_about_the_requirements(configured: Configured, cache: Path, mount: Mount) -> None:
    sandbox = configured()
    sandbox.choose_environment("9a" * 8)
    assert uv(sandbox, "venv", "-q", "/environment").ok
    mount(cache / "store/uv", f"size=16k,uid={sandbox._owner or os.geteuid()}")
    with pytest.raises(SandboxError, match="disk is full"):
        install(sandbox, "demo")
