"""p2c is started in a folder of traps, by every command: nothing of the folder is loaded, started or obeyed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from p2c.reports.outcome import document, to_json
from tests.end_to_end.test_commands import MAIN, _why_not, repository
from tests.end_to_end.toy import environment
from tests.hostile import early_names, imported_names, plant
from tests.reports.samples import outcome

pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]

ROOT = Path(__file__).parents[2]
LINTED = 'def main():\n    word = "b"\n    print(word is "a")\n\n\nif __name__ == "__main__":\n    main()\n'
"""What ruff cures: p2c runs it on the host."""


class Trap:
    """The folder, what p2c is asked to work on in it, and the file that must not come to be."""

    def __init__(self, root: Path, without: frozenset[str] = frozenset()) -> None:
        self.folder, self.canary = root / "folder", root / "canary.txt"
        self.folder.mkdir()
        plant(self.folder, self.canary, imported_names() - without)
        repository(self.folder / "good", main__py=MAIN, requirements__txt="")
        repository(self.folder / "linted", main__py=LINTED, requirements__txt="")
        (self.folder / "batch.toml").write_text(
            '[[item]]\ncheck = "good"\n[[item]]\nrepair = "linted"\nno_model = true\n'
        )
        (self.folder / "p2c.toml").write_text("[settings]\nmax_attempts = 5\n")
        (self.folder / "report.json").write_text(to_json(document(outcome())))

    def run(self, *words: str, start: tuple[str, ...] = (), **env: str) -> subprocess.CompletedProcess[str]:
        """Start p2c there, with a PATH that leads there, and see that no trap closed."""
        argv = [*(start or (str(Path(sys.executable).with_name("p2c")),)), *words]
        path = f":.:{os.environ['PATH']}:"
        told = environment({"PATH": path, "LD_LIBRARY_PATH": ":", **env})
        done = subprocess.run(argv, cwd=self.folder, env=told, capture_output=True, text=True, check=False)
        used = self.canary.read_text() if self.canary.exists() else ""
        self.canary.unlink(missing_ok=True)
        assert used == "", f"{words}: {used}\n{done.stderr}"
        return done


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Trap:
    return Trap(tmp_path_factory.mktemp("trap"))


def test_the_traps_close(trap: Trap) -> None:
    env = {**os.environ, "PATH": f":{os.environ['PATH']}"}
    for argv in ([sys.executable, "-m", "ruff"], [sys.executable, "-c", "import tomllib"], ["git", "--version"]):
        subprocess.run(argv, cwd=trap.folder, env=env, capture_output=True, check=False)
        assert trap.canary.exists(), argv
        trap.canary.unlink()


EXAMPLE = ROOT / "examples/adaptive-restart"
REPLAYED = ("--model", f"replay:{ROOT / 'tests/replies/score-adaptive-restart'}")
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "help": (("--help",), (0,)),
    "check": (("check", "good", "--json"), (0,)),
    "check here": (("check", ".", "--only", "lint", "--json"), (0, 1)),
    "explain": (("check", "--explain", "F632"), (0,)),
    "repair": (("repair", "linted", "--no-model", "--json"), (0,)),
    "repair as a diff": (("repair", "linted", "--no-model", "--diff"), (0,)),
    "build": (
        (
            "build",
            str(EXAMPLE / "paper/main.tex"),
            "-o",
            "built",
            "--model",
            f"replay:{EXAMPLE}/replies",
        ),
        (0, 1, 5),
    ),
    "score": (("score", "good", "--paper", str(EXAMPLE / "paper/main.tex"), *REPLAYED), (0, 1, 3)),
    "batch": (("batch", "batch.toml", "-o", "batched", "--json"), (0,)),
    "report": (("report", "report.json", "-o", "page.html"), (0,)),
    "doctor": (("doctor",), (0, 3)),
    "unsafe": (("check", "good", "--sandbox", "unsafe", "--skip", "types"), (0,)),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_uses_anything_of_the_folder(trap: Trap, name: str) -> None:
    words, codes = COMMANDS[name]
    done = trap.run(*words)
    assert done.returncode in codes, done.stdout + done.stderr


@pytest.mark.slow
def test_nor_has_the_demo(trap: Trap) -> None:
    done = trap.run("demo", "-o", "shown", "--json")
    assert json.loads(done.stdout)["verdict"] == "runs", done.stderr


@pytest.mark.parametrize(("engine", "package"), [("slurm", "submitit"), ("ray", "ray")])
def test_nor_have_the_engines_of_batches(trap: Trap, engine: str, package: str) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    manifest = trap.folder / f"{engine}.toml"
    table = {"slurm": '[slurm]\ncluster = "local"\n', "ray": "[ray]\nlocal_cpus = 1\n"}[engine]
    manifest.write_text(f'{table}[[item]]\ncheck = "good"\nskip = ["types"]\n')
    done = trap.run("batch", manifest.name, "--engine", engine, "--workers", "1", "--json")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def milder(tmp_path_factory: pytest.TempPathFactory) -> Trap:
    """Without the names that Python itself imports before p2c, with `-m`, and p2c's own: nobody could prevent these."""
    early = early_names(tmp_path_factory.mktemp("early"))
    assert len(early) < 60 and "click" not in early
    return Trap(tmp_path_factory.mktemp("milder"), early | {"p2c"})


@pytest.mark.parametrize("name", ["help", "explain", "doctor", "check here"])
def test_started_as_a_module_it_loads_nothing_that_it_can_help(milder: Trap, name: str) -> None:
    words, codes = COMMANDS[name]
    assert milder.run(*words, start=(sys.executable, "-m", "p2c")).returncode in codes


def test_an_empty_entry_of_pythonpath_is_no_way_in(tmp_path: Path) -> None:
    """But for the two names that Python imports by itself, before anything else."""
    trap = Trap(tmp_path, frozenset({"sitecustomize", "usercustomize", "p2c", *early_names(tmp_path)}))
    assert trap.run("check", "good", "--skip", "types", PYTHONPATH=":.").returncode == 0


@pytest.mark.parametrize("inside", ["good", "."])
def test_an_interpreter_of_the_folder_is_not_asked_its_version(trap: Trap, inside: str) -> None:
    """Its environment is on PATH, as where a person has activated it; no pyvenv.cfg warns of it."""
    programs = trap.folder / "good/.venv/bin"
    programs.mkdir(parents=True, exist_ok=True)
    for name in ("python3", "git", "bwrap", "uv", *(f"python3.{minor}" for minor in range(8, 20))):
        (programs / name).write_text(f"#!/bin/sh\necho program {programs / name} >>{trap.canary}\nexit 1\n")
        (programs / name).chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    assert trap.run("check", inside, "--only", "lint", PATH=path).returncode in (0, 1)
    assert trap.run("repair", "good", "--no-model", PATH=path).returncode == 0
