"""The files that bring the gate into CI: valid by the services' schemas, safe with inputs, and doing what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from p2c.cli import cli
from p2c.errors import SandboxError
from p2c.sandboxes import probe
from tests.hostile import imported_names, plant

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
SNIPPETS = dict(
    zip(
        ("github", "gitlab", "pre-commit"),
        re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.S),
        strict=True,
    )
)


def validate(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    argv = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", f"vendor.{schema}"]
    return subprocess.run([*argv, *map(str, files)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("schema", "files"), [("github-workflows", WORKFLOWS), ("github-actions", [ROOT / "action.yml"])]
)
def test_files_are_valid(schema: str, files: list[Path]) -> None:
    done = validate(schema, *files)
    assert files
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("name", "schema"), [("github", "github-workflows"), ("gitlab", "gitlab-ci")])
def test_snippets_are_valid_and_a_damaged_one_is_not(name: str, schema: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(SNIPPETS[name])
    bad.write_text(SNIPPETS[name].replace("runs-on: ubuntu-24.04", "runs-on: 3").replace("when: always", "when: later"))
    assert validate(schema, good).returncode == 0, validate(schema, good).stdout
    assert validate(schema, bad).returncode == 1


def steps(data: dict[str, Any]) -> list[dict[str, Any]]:
    jobs = [data["runs"]] if "runs" in data else list(data["jobs"].values())
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name)
def test_no_expression_stands_in_a_script_and_actions_are_pinned(path: Path) -> None:
    for step in steps(yaml.safe_load(path.read_text())):
        assert "${{" not in step.get("run", "")
        assert re.fullmatch(r"\./|[\w./-]+@[0-9a-f]{40}", step.get("uses", "./")), step["uses"]


def test_every_input_reaches_the_script_by_its_variable() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    given = {key: value for step in steps(action) for key, value in step.get("env", {}).items()}
    used = set(re.findall(r"inputs\.([\w-]+)", " ".join(given.values())))
    assert used == set(action["inputs"])
    script = (ROOT / "scripts/gate").read_text() + "".join(step.get("run", "") for step in steps(action))
    assert [name for name in given if f"${name}" not in script and f"${{{name}:" not in script] == []


def test_the_workflow_uses_only_inputs_that_are_there() -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    used = [step for path in WORKFLOWS for step in steps(yaml.safe_load(path.read_text())) if step.get("uses") == "./"]
    assert used
    for step in used:
        assert set(step["with"]) <= set(inputs)
        assert (ROOT / step["with"]["path"]).is_dir()


def gate(tmp_path: Path, **variables: str) -> list[str]:
    """The words that the script gives to p2c, one a line."""
    tool = tmp_path / "p2c"
    tool.write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done\nexit 1\n')
    tool.chmod(0o755)
    env = {"PATH": os.environ["PATH"], "CHECK_TOOL": str(tool), **variables, "GITHUB_OUTPUT": str(tmp_path / "out")}
    done = subprocess.run(["bash", str(ROOT / "scripts/gate")], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (tmp_path / "out").read_text() == "status=unavailable\n"
    return done.stdout.splitlines()


def test_the_script_takes_inputs_as_words(tmp_path: Path) -> None:
    words = gate(
        tmp_path,
        CHECK_PATH="a b\n$(touch hacked)\n",
        CHECK_RUN="python main.py --x '1 2'\npython b.py",
        CHECK_ONLY="smoke *",
        CHECK_FAIL_ON="advice",
        CHECK_NOTEBOOKS="true",
        CHECK_SARIF="x.sarif",
    )
    assert words[-3:] == ["--", "a b", "$(touch hacked)"]
    assert words[:5] == ["check", "--run", "python main.py --x '1 2'", "--run", "python b.py"]
    assert words[words.index("--only") : words.index("--only") + 4] == ["--only", "smoke", "--only", "*"]
    assert words[words.index("--fail-on") + 1 :][:2] == ["advice", "--notebooks"]
    at = words.index("x.sarif")
    assert words[at - 3 : at] == ["--format", "sarif", "-o"]


def test_options_that_the_files_use_are_there() -> None:
    known = CliRunner().invoke(cli, ["check", "--help"]).output
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    text = (ROOT / "scripts/gate").read_text() + SNIPPETS["gitlab"].replace("--no-install", "").replace("--quiet", "")
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text + hooks[0]["entry"])) - {"--recommends"}:
        assert option in known, option
    assert set(hooks[0]) >= {"id", "name", "entry", "language"}
    assert yaml.safe_load(SNIPPETS["pre-commit"])["repos"][0]["hooks"] == [{"id": hooks[0]["id"]}]


STUB = """
import sys

def main():
    print("p2c", *sys.argv[1:])
"""


def stub_wheel(folder: Path) -> Path:
    """A wheel whose p2c says with what it was called: what the action installs, without any network."""
    place = folder / "p2c_stub-1.0-py3-none-any.whl"
    about = "p2c_stub-1.0.dist-info"
    with zipfile.ZipFile(place, "w") as wheel:
        wheel.writestr("p2c_stub.py", STUB)
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: p2c-stub\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/entry_points.txt", "[console_scripts]\np2c = p2c_stub:main\n")
        names = ("p2c_stub.py", *(f"{about}/{name}" for name in ("METADATA", "WHEEL", "entry_points.txt", "RECORD")))
        wheel.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in names))
    return place


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fork's pull request may hold: traps beside the code."""
    root = tmp_path_factory.mktemp("checkout")
    (root / "code").mkdir()
    plant(root / "code", root / "canary.txt", imported_names())
    return root


def run_step(checkout: Path, runner: Path, script: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a step's script as GitHub's runner does: by bash, in the checkout."""
    runner.mkdir(exist_ok=True)
    (runner / "step.sh").write_text(script)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    env = {**own, "RUNNER_TEMP": str(runner), "P2C_ACTION": str(ROOT), "CHECK_SANDBOX": "unsafe", **more}
    argv = [shutil.which("bash") or "", "--noprofile", "--norc", "-eo", "pipefail", str(runner / "step.sh")]
    return subprocess.run(argv, cwd=checkout / "code", env=env, capture_output=True, text=True, check=False)


def scripts_of_action() -> list[str]:
    return [step["run"] for step in steps(yaml.safe_load((ROOT / "action.yml").read_text()))]


HOSTILE = {"PYTHONPATH": ".", "PATH": f".::{os.environ['PATH']}"}
"""What a workflow may have set for its own steps."""


def test_the_actions_steps_use_nothing_of_the_checkout(checkout: Path, tmp_path: Path) -> None:
    runner, canary = tmp_path / "runner", checkout / "canary.txt"
    install, check = scripts_of_action()
    done = run_step(checkout, runner, install, P2C_VERSION=str(stub_wheel(tmp_path)), PYTHONPATH=".")
    assert done.returncode == 0, done.stderr
    assert not canary.exists(), canary.read_text()
    tool = runner / "p2c/bin/p2c"
    done = run_step(checkout, runner, check, CHECK_TOOL=str(tool), CHECK_PATH=".", **HOSTILE)
    assert done.stdout.startswith("p2c check ") and done.stdout.rstrip().endswith("-- ."), done.stderr
    assert not canary.exists(), canary.read_text()


@pytest.mark.parametrize("taken", ["-I", "absolute="])
def test_without_one_of_these_words_it_would(checkout: Path, tmp_path: Path, taken: str) -> None:
    runner, canary = tmp_path / "runner", checkout / "canary.txt"
    install, _ = scripts_of_action()
    gate = (ROOT / "scripts/gate").read_text()
    bad = install.replace('cd "$RUNNER_TEMP"', ":").replace("-I ", "")
    if taken == "absolute=":
        run_step(checkout, runner, gate.replace("PATH=$absolute", ":"), CHECK_TOOL="/bin/true", PATH=HOSTILE["PATH"])
    else:
        run_step(checkout, runner, bad, P2C_VERSION=str(stub_wheel(tmp_path)))
    assert canary.exists()
    canary.unlink()


@pytest.mark.sandbox
def test_the_gate_itself_uses_nothing_of_the_checkout(checkout: Path, tmp_path: Path) -> None:
    _, check = scripts_of_action()
    tool = Path(sys.executable).with_name("p2c")
    words = {"CHECK_ONLY": "compile", "CHECK_PATH": "evil_plugin.py-is-no-folder", "CHECK_SANDBOX": "local"}
    done = run_step(checkout, tmp_path / "runner", check, CHECK_TOOL=str(tool), **{**words, **HOSTILE})
    assert "evil_plugin.py-is-no-folder" in done.stderr
    assert not (checkout / "canary.txt").exists(), (checkout / "canary.txt").read_text()


@pytest.mark.sandbox
def test_p2c_gates_itself() -> None:
    try:
        probe("local")
    except SandboxError as error:
        pytest.skip(str(error))
    argv = [sys.executable, "-m", "p2c", "check", str(ROOT), "--only", "compile", "--only", "lint"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "tests/repos/" not in done.stdout, "no finding in what is excluded, which is named"
