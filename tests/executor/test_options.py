"""A file's name is never an option of the tool that reads it, and no tool obeys what lies beside the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2c.executor.command_lines import prepare
from p2c.executor.entry_points import discover
from p2c.repo import Repo
from tests.executor.plain_sandbox import PlainSandbox
from tests.executor.test_runner import check, rules

WRONG = 'x: int = "a"\n\n\ndef f():\n    return undefined\n'
NAMES = ("-x.py", "--config-file.py", "--plugins=evil.py", "@args.py", "@main.py", "-.py", "--.py", "--exclude=main.py")


@pytest.fixture
def sandbox(tmp_path: Path) -> PlainSandbox:
    return PlainSandbox(tmp_path / "sandbox")


def test_every_file_is_read_by_ruff_mypy_and_the_compiler(sandbox: PlainSandbox) -> None:
    named = {*NAMES, "main.py"}
    files = {**dict.fromkeys(named, WRONG), "args.py": "--version\n", "-broken.py": "def f(:\n", "requirements.txt": ""}
    findings = check(sandbox, files, only=frozenset({"compile", "lint"}), skip=frozenset()).report
    assert {f.path for f in findings.findings if f.check == "lint" and f.rule == "F821"} >= named
    assert {f.path for f in findings.findings if f.check == "compile"} == {"-broken.py"}
    del files["-broken.py"]
    typed = check(sandbox, files, only=frozenset({"types"}), skip=frozenset()).report
    assert {f.path for f in typed.findings if f.check == "types" and f.rule == "assignment"} == named


@pytest.mark.parametrize("name", ["-run.sh", "-c.sh", "--rcfile.sh"])
def test_a_script_is_a_file_to_bash(name: str) -> None:
    assert prepare(name, Repo({name: "echo\n"})).argv == ("bash", f"./{name}")
    assert prepare("./run.sh", Repo({"run.sh": "echo\n"})).argv == ("bash", "./run.sh")


def test_an_entry_point_that_is_found_is_a_file_to_python() -> None:
    contract = discover(Repo({"-c.py": "if __name__ == '__main__':\n    print(1)\n"}))
    assert [prepare(line, Repo({})).target for line in contract.smoke] == ["./-c.py"]


CONFIGURATIONS = {
    "uv.toml": '[[index]]\nurl = "http://127.0.0.1:9/simple"\ndefault = true\n',
    ".python-version": "3.99\n",
    "mypy.ini": "[mypy]\nignore_errors = True\nplugins = evil\n",
    "setup.cfg": "[mypy]\nignore_errors = True\n",
    "ruff.toml": 'lint.ignore = ["ALL"]\nextend-exclude = ["*"]\n',
    ".ruff.toml": 'lint.ignore = ["F"]\n',
    "pip.conf": "[global]\nindex-url = http://127.0.0.1:9/simple\n",
    ".netrc": "machine 127.0.0.1 login a password b\n",
    "pyproject.toml": "[tool.mypy]\nignore_errors = true\n[tool.ruff]\nexclude = ['*']\n[tool.uv]\nno-index = true\n"
    "[tool.uv.pip]\nindex-url = 'http://127.0.0.1:9/simple'\n",
    ".gitignore": "*\n",
    ".ignore": "*\n",
}


@pytest.mark.parametrize("name", sorted(CONFIGURATIONS))
def test_no_tool_obeys_what_lies_beside_the_code(sandbox: PlainSandbox, name: str) -> None:
    files = {"main.py": WRONG, "requirements.txt": "", name: CONFIGURATIONS[name]}
    findings = check(sandbox, files, only=frozenset({"lint", "types"}), skip=frozenset()).report
    assert {"F821", "assignment"} <= {*rules(findings, "lint"), *rules(findings, "types")}
    assert not rules(findings, "install")


def test_looking_for_a_python_is_told_to_look_at_no_file_and_takes_no_version_for_an_option(
    sandbox: PlainSandbox,
) -> None:
    text = '[run]\nsmoke = ["python main.py"]\npython = "--managed-python"\n'
    check(sandbox, {"main.py": "print(1)\n", "requirements.txt": "", "p2c.toml": text}, skip=frozenset({"types"}))
    asked = [command.argv for command in sandbox.commands if command.argv[1:3] == ("python", "find")]
    assert asked and all({"--no-config", "--no-project"} <= {*argv} for argv in asked)
    assert all(argv.index("--") < argv.index(word) for argv in asked for word in argv if word == "--managed-python")
