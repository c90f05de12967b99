"""What is started on the host: absolute programs, from trusted folders, with nothing of the working directory."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from p2c import host_processes
from p2c.cli import cli
from p2c.commands import options
from p2c.sandboxes.environments import interpreters

PACKAGE = Path(host_processes.__file__).parent
OWN_WAY = {
    "host_processes.py": "this is where",
    "batch/exec_with_parent.py": "becomes the program that it was told, by its absolute path",
    "sandboxes/unsafe.py": "runs the repository's own commands, for who asks for it by name",
    "sandboxes/spawn_server.py": "starts bubblewrap by the path that p2c sends it",
}


@pytest.fixture
def distrusted(monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    monkeypatch.setattr(host_processes, "_untrusted", set())
    return host_processes._untrusted


def program(folder: Path, name: str = "tool") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)
    return folder / name


def starts_something(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    called = f"{ast.unparse(node.func.value)}.{node.func.attr}"
    starters = ("run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput")
    return (
        called in {f"subprocess.{name}" for name in starters}
        or called
        in {"shutil.which", "os.system", "os.popen", "asyncio.create_subprocess_exec", "multiprocessing.Process"}
        or called.startswith(("os.exec", "os.spawn", "os.posix_spawn"))
    )


def test_processes_are_started_in_one_place() -> None:
    own = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "in_sandbox"]
    trees = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in own}
    found = {name for name, tree in trees.items() if any(map(starts_something, ast.walk(tree)))}
    assert found <= set(OWN_WAY), "start it by p2c.host_processes"
    assert "host_processes.py" in found, "the test sees what it looks for"


@pytest.mark.parametrize("path", ["", ".", ":", "bin", "./bin:", "::bin:../elsewhere", "~/bin"])
def test_no_relative_entry_of_path_is_looked_in(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, distrusted: set[Path]
) -> None:
    here = tmp_path / "here"
    for folder in (here, here / "bin", tmp_path / "elsewhere", here / "~/bin"):
        program(folder)
    monkeypatch.chdir(here)
    monkeypatch.setenv("PATH", path)
    assert host_processes.find_program("tool") is None
    assert host_processes.environment()["PATH"] == os.defpath, "an empty one would mean the working directory"
    found = program(tmp_path / "absolute")
    monkeypatch.setenv("PATH", f"{path}:{found.parent}")
    assert host_processes.find_program("tool") == found
    assert host_processes.environment()["PATH"] == str(found.parent)


def test_nothing_of_a_distrusted_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, distrusted: set[Path]
) -> None:
    inside, outside = program(tmp_path / "repo/.venv/bin"), program(tmp_path / "bin")
    linked = tmp_path / "links"
    linked.mkdir()
    (linked / "tool").symlink_to(inside)
    (tmp_path / "folder-link").symlink_to(inside.parent)
    path = f"{inside.parent}:{linked}:{tmp_path / 'folder-link'}:{outside.parent}"
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "repo"))
    assert host_processes.find_program("tool") == inside, "before that"
    host_processes.distrust(tmp_path / "elsewhere/../repo")
    assert host_processes.find_program("tool") == outside
    assert str(inside.parent) not in os.environ["PATH"].split(":"), "for the libraries that look by themselves"
    assert os.environ["PYTHONPATH"] == ""


def test_the_systems_programs_are_there_whatever_is_checked(distrusted: set[Path]) -> None:
    host_processes.distrust(Path("/"))
    assert host_processes.find_program("sh", host_processes.SYSTEM) is not None


@pytest.mark.parametrize("argv", [["git"], ["./git"], ["bin/git", "x"], [Path("git")], [""]])
def test_a_program_without_its_place_is_not_started(argv: list[str]) -> None:
    for start in (host_processes.run, host_processes.start):
        with pytest.raises(ValueError, match="where it lies"):
            start(argv)


def test_a_tool_works_in_a_folder_where_nothing_lies_and_gets_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"OPENAI_API_KEY": "x", "GIT_DIR": "/evil", "PYTHONPATH": "/evil", "LD_PRELOAD": "", "PYTHONHOME": ""}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    said = host_processes.run(["/usr/bin/env"], capture_output=True, text=True).stdout
    names = {line.partition("=")[0] for line in said.splitlines()}
    assert "PATH" in names and not names & set(secrets)
    assert host_processes.run(["/bin/pwd"], capture_output=True, text=True).stdout == "/\n"


def test_another_p2c_gets_everything_but_ways_into_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.setenv("PYTHONPATH", ":/opt/lib:.")
    monkeypatch.setenv("LD_LIBRARY_PATH", "::")
    told = host_processes.whole_environment({"P2C_PACE": "y"})
    assert (told["OPENAI_API_KEY"], told["PYTHONPATH"], told["LD_LIBRARY_PATH"]) == ("x", "/opt/lib", "")
    assert (told["PYTHONSAFEPATH"], told["P2C_PACE"]) == ("1", "y")


def test_this_python_is_started_without_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the one beside it')")
    argv = host_processes.python("-c", "import json; print(json.dumps(1))")
    assert host_processes.run(argv, cwd=tmp_path, capture_output=True, text=True).stdout == "1\n"
    bare = subprocess.run([sys.executable, *argv[2:]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "the one beside it" in bare.stderr, "which is what it would do otherwise"


def test_installed_tools_are_p2cs_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(program(tmp_path, "ruff").parent))
    assert host_processes.installed_tool("ruff").parent == Path(sys.executable).parent
    assert host_processes.installed_tool("uv").is_absolute()
    monkeypatch.setitem(sys.modules, "ruff", None)
    assert host_processes.installed_tool("ruff") == tmp_path / "ruff", "where the package says nothing"
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(FileNotFoundError):
        host_processes.installed_tool("ruff")


def test_no_interpreter_is_asked_that_lies_in_a_distrusted_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, distrusted: set[Path]
) -> None:
    canary, folders = tmp_path / "canary", []
    for place in ("repo/.venv/bin", "repo/bin", "repo/opt/python-3.12/bin"):
        found = program(tmp_path / place, "python3.19")
        found.write_text(f"#!/bin/sh\ntouch {canary}\necho 3.19.0; echo /usr; echo {found}\n")
        folders.append(str(found.parent))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3.19").symlink_to(tmp_path / "repo/bin/python3.19")
    monkeypatch.setenv("PATH", ":".join([*folders, str(tmp_path / "bin"), ".", os.environ["PATH"]]))
    monkeypatch.setattr(interpreters, "FAMILIES", (f"{tmp_path}/repo/opt/*/bin",))
    monkeypatch.chdir(tmp_path / "repo/bin")
    assert interpreters.choose("3.19", None).version == "3.19.0" and canary.exists(), "before that"
    canary.unlink()
    host_processes.distrust(tmp_path / "repo")
    with pytest.raises(interpreters.SandboxError, match=r"no Python 3\.19"):
        interpreters.choose("3.19", None)
    assert not canary.exists()


def test_what_lies_beside_a_file_is_distrusted_but_for_the_users_home(
    distrusted: set[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    for folder in ("home/bin", "paper/bin"):
        program(tmp_path / folder)
    (tmp_path / "paper/main.tex").touch()
    (home / "paper.pdf").touch()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{tmp_path / 'paper/bin'}:{home / 'bin'}")
    host_processes.distrust(home / "paper.pdf")
    host_processes.distrust(tmp_path / "paper/main.tex")
    assert host_processes.find_program("tool") == home / "bin/tool"


def input_paths(command: click.Command) -> list[click.Parameter]:
    """The parameters that name files or folders to be read."""
    written = {"files", "file", "diff_file", "events", "write_baseline", "output"}
    kinds = (click.Path, options.PaperParam)
    return [one for one in command.params if isinstance(one.type, kinds) and one.name not in written]


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_path_on_the_command_line_that_is_read_is_distrusted(
    name: str, distrusted: set[Path], tmp_path: Path
) -> None:
    for parameter in input_paths(cli.commands[name]):
        place = tmp_path / str(parameter.name) / "given"
        place.parent.mkdir()
        place.touch()
        is_folder = isinstance(parameter.type, click.Path) and not parameter.type.file_okay
        parameter.type.convert(str(place.parent if is_folder else place), parameter, None)
        assert place.parent in host_processes.distrusted(), f"{name}: {parameter.name}"
