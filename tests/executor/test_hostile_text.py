"""Repositories whose text was made to harm who reads it: a finding or a plain sentence, and the rest is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2c.errors import InputError, SandboxError
from p2c.executor import instrumented_sandbox, module_layout
from p2c.executor.checks import design, lint, rules
from p2c.executor.command_lines import console_scripts
from p2c.executor.entry_points import discover
from p2c.executor.report import Finding
from p2c.executor.requirements import declared, test_dependencies
from p2c.executor.runner import CheckRequest, run_checks
from p2c.journal import Journal
from p2c.repo import Repo
from p2c.run_contract import Class, Function, Interface
from tests.executor.plain_sandbox import PlainSandbox

READS = "import yaml\n\nconfig = yaml.safe_load(open('config.yaml'))\nprint(config['rate'])\n"
UNDEFINED = "def broken():\n    return undefined_name\n"


def found(repo: Repo, rule: str) -> list[Finding]:
    return [finding for finding in rules.check(repo) if finding.rule == rule]


def static(tmp_path: Path, files: dict[str, str], **more: object) -> list[Finding]:
    request = CheckRequest(only=frozenset({"compile", "lint"}), **more)  # type: ignore[arg-type]
    return list(run_checks(Repo(files), request, PlainSandbox(tmp_path), Journal()).report.findings)


CONFIGS = {
    "stands within": "rate: 1\nnext: &n\n  of: [*n]\n",
    "aliases stand for": "a: &a [1, 2]\n"
    + "".join(f"{after}: &{after} [{f'*{name}, ' * 12}]\n" for name, after in zip("abcdef", "bcdefg", strict=True)),
    "nested too deeply": "rate: " + "[" * 200 + "]" * 200,
    "longer than": "rate: 1\n" + "word: [" + "a, " * 120_000 + "]\n",
}


@pytest.mark.parametrize(("told", "text"), CONFIGS.items(), ids=CONFIGS)
def test_a_configuration_without_end_is_told_and_the_others_are_read(told: str, text: str) -> None:
    repo = Repo({"main.py": READS, "config.yaml": text, "other.yaml": "rate: 1e-4\n"})
    (unread,) = found(repo, "P2C008")
    assert unread.path == "config.yaml" and told in unread.message and not unread.gates
    assert [finding.path for finding in found(repo, "P2C001")] == ["other.yaml"]


def test_a_configuration_as_people_write_it_is_none() -> None:
    shared = "base: &base\n  rate: 0.1\nbig:\n  <<: *base\n  sizes: [[1, 2], [3, {a: b}]]\n"
    assert not found(Repo({"main.py": READS, "config.yaml": shared}), "P2C008")


WRONG = {
    "project = 'study'": "[project] is a text, not a table",
    "tool = [1]": "[tool] is a list, not a table",
    "project.dependencies = {a = 1}": "[project] dependencies is a table, not a list",
    "project.scripts = ['run']": "[project] scripts is a list, not a table",
    "project.requires-python = 3.11": "[project] requires-python is a number, not a text",
    "project.optional-dependencies = true": "[project] optional-dependencies is a truth value, not a table",
    "dependency-groups = 1": "[dependency-groups] is a number, not a table",
    "tool.poetry = 'x'": "[tool] poetry is a text, not a table",
    "tool.poetry.dependencies = []": "[tool.poetry] dependencies is a list, not a table",
    "tool.poetry.group = 2021-01-01": "[tool.poetry] group is a date, not a table",
    "tool.poetry.dev-dependencies = 0.5": "[tool.poetry] dev-dependencies is a number, not a table",
    "tool.poetry.scripts = ''": "[tool.poetry] scripts is a text, not a table",
    "tool.setuptools = []": "[tool] setuptools is a list, not a table",
    "tool.setuptools.dynamic = 1": "[tool.setuptools] dynamic is a number, not a table",
    "tool.setuptools.dynamic.dependencies = ['a']": "[tool.setuptools.dynamic] dependencies is a list, not a table",
    "tool.setuptools.dynamic.dependencies.file = 7": "dependencies] file is a number, not a text or a list of texts",
    "tool.uv = 3": "[tool] uv is a number, not a table",
    "tool.uv.dev-dependencies = {}": "[tool.uv] dev-dependencies is a table, not a list",
}


@pytest.mark.parametrize(("text", "told"), WRONG.items(), ids=WRONG)
def test_a_value_of_the_wrong_type_is_told_and_counts_as_none(text: str, told: str) -> None:
    repo = Repo({"pyproject.toml": f"# it\n{text}\n", "main.py": "if __name__ == '__main__':\n    pass\n"})
    assert [told in finding.message for finding in found(repo, "P2C008")] == [True]
    wanted = declared.read_requirements(repo)
    assert test_dependencies.with_test_needs(repo, wanted).lines == () and test_dependencies.extras(repo) == {}
    assert console_scripts(repo) == {} and discover(repo).smoke == ("python main.py",)


PLAIN_WRONG = ["tool.p2c = 3", "tool.p2c.run = []", "tool.p2c.run.smoke = 1", "tool.p2c.check.gate = {}"]


@pytest.mark.parametrize("text", PLAIN_WRONG)
def test_of_p2cs_own_table_it_is_an_input_that_cannot_be_read(text: str) -> None:
    with pytest.raises(InputError, match=r"is not a|not a table|not a list"):
        discover(Repo({"pyproject.toml": text}))


def test_values_inside_of_the_tables_may_be_anything() -> None:
    text = (
        "[project]\ndependencies = [1, 'a>=1', {b = 2}]\nscripts = {x = 1, y = 'm:f'}\n"
        "[project.optional-dependencies]\ntest = 'pytest'\ndev = [['c'], 'd']\n"
        "[tool.poetry.group]\ntest = []\ndev = {dependencies = {e = {extras = 4, version = [1]}, f = [], g = 1}}\n"
    )
    repo = Repo({"pyproject.toml": text})
    assert [line.text for line in declared.read_requirements(repo).lines] == ["a>=1"]
    assert console_scripts(repo) == {"y": "m:f"} and test_dependencies.extras(repo) == {"d": "dev"}
    test_dependencies.with_test_needs(repo, declared.read_requirements(repo))


ENVIRONMENTS = {
    "- a": "it is a list",
    "dependencies: numpy": "dependencies is a text",
    "dependencies: {a: 1}": "dependencies is a table",
    "dependencies: &d [*d]": "stands within",
    "dependencies: 2001-13-45": "not what it says",
    "dependencies: [": "expected",
}


@pytest.mark.parametrize(("text", "told"), ENVIRONMENTS.items(), ids=ENVIRONMENTS)
def test_an_environment_that_is_none(text: str, told: str) -> None:
    repo = Repo({"environment.yml": text})
    assert [told in finding.message for finding in found(repo, "P2C008")] == [True]
    assert declared.read_requirements(repo).lines == ()


ITEMS = ["- pip: [[a], {b: c}, 1, docopt]", "- {pip: {a: b}}\n- pip: [docopt]", "- 1\n- pip: [docopt]"]


@pytest.mark.parametrize("item", ITEMS)
def test_what_is_no_requirement_in_it_is_left_out(item: str) -> None:
    rows = item.replace("\n", "\n ")
    wanted = declared.read_requirements(Repo({"environment.yml": f"dependencies:\n {rows}\n"}))
    assert [line.text for line in wanted.lines] == ["docopt"]


def test_requirements_that_name_each_other_are_read_once() -> None:
    many = {f"r{n}.txt": f"-r r{n + 1}.txt\n" * 20 + f"p{n}\n" for n in range(40)}
    repo = Repo({"requirements.txt": "-r r0.txt\n-r requirements.txt\na\n", **many, "r40.txt": "-r r3.txt\nlast\n"})
    lines = [line.text for line in declared.read_requirements(repo).lines]
    assert lines == ["last", *(f"p{n}" for n in reversed(range(40))), "a"]


def test_a_chain_of_files_may_be_as_long_as_it_likes() -> None:
    chain = {f"r{n}.txt": f"-r r{n + 1}.txt\n" for n in range(3_000)}
    repo = Repo({"requirements.txt": "-r r0.txt\n", **chain, "r3000.txt": "end\n"})
    assert [line.text for line in declared.read_requirements(repo).lines] == ["end"]


def test_a_line_that_goes_on_for_ever_is_one_requirement() -> None:
    repo = Repo({"requirements.txt": "a \\\n" * 200_000 + "b\n"})
    assert len(declared.read_requirements(repo).lines) == 1


DEEP = {
    "elif": "x = 1\nif x == 0:\n    pass\n" + "elif x == 2:\n    pass\n" * 400,
    "sum": "x = " + " + ".join(["1"] * 600) + "\n",
    "with": "x = [1]\ny = x" + "[0:]" * 200 + "\n",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_code_that_runs_and_cannot_be_analysed_is_no_failure_and_is_said(text: str, tmp_path: Path) -> None:
    findings = static(tmp_path, {"main.py": text, "lib.py": UNDEFINED})
    told = [(finding.rule, finding.path, finding.gates) for finding in findings]
    assert told == [("F821", "lib.py", True), ("P2C008", "main.py", False)]


def test_what_python_compiles_as_a_script_is_compiled(tmp_path: Path) -> None:
    """One level less than CPython 3.11 refuses; the check's own frames must not count."""
    text = "x = 1\nif x == 0:\n    pass\n" + "elif x == 2:\n    pass\n" * 2_990
    assert not [finding for finding in static(tmp_path, {"main.py": text}) if finding.check == "compile"]


FATAL = {
    "signs": "x = " + "~" * 60_000 + "1\n",
    "attributes": "import a\nx = a" + ".b" * 60_000 + "\n",
    "negations": "x = " + "not " * 40_000 + "1\n",
}


@pytest.mark.parametrize("text", FATAL.values(), ids=FATAL)
def test_what_ruff_dies_of_is_a_finding_and_the_others_are_linted(text: str, tmp_path: Path) -> None:
    files = {f"pkg/m{n}.py": "import os\n" for n in range(9)} | {"main.py": text, "lib.py": UNDEFINED}
    findings = [finding for finding in static(tmp_path, files) if finding.check == "lint"]
    (unread,) = [finding for finding in findings if finding.rule == "NotAnalysed"]
    assert (unread.path, unread.gates) == ("main.py", True) and "nested too deeply" in unread.message
    assert [finding.path for finding in findings if finding.rule == "F821"] == ["lib.py"]
    assert sum(finding.rule == "F401" for finding in findings) == 9


def test_many_such_files_are_not_looked_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "_STARTS", 6)
    files = {f"m{n}.py": FATAL["signs"] for n in range(12)}
    findings = [
        finding for finding in static(tmp_path, files) if finding.check == "lint" and finding.rule == "NotAnalysed"
    ]
    assert {finding.path for finding in findings} == set(files) and all(finding.gates for finding in findings)


def test_a_ruff_that_does_not_run_is_the_sandboxs_fault(tmp_path: Path) -> None:
    sandbox = PlainSandbox(tmp_path)
    (tmp_path / "tools/bin/ruff").write_text("#!/bin/sh\nexit 134\n")
    with pytest.raises(SandboxError, match="ruff"):
        run_checks(Repo({"main.py": "x = 1\n"}), CheckRequest(only=frozenset({"lint"})), sandbox, Journal())


def test_a_promised_file_that_cannot_be_compared_is_not_green(tmp_path: Path) -> None:
    promises = {"main.py": Interface(functions=(Function("main"),))}
    request = CheckRequest(only=frozenset({"design"}), promises=promises)
    report = run_checks(Repo({"main.py": DEEP["sum"]}), request, PlainSandbox(tmp_path), Journal()).report
    assert [(finding.rule, finding.gates) for finding in report.findings] == [("NotAnalysed", True)]


def test_files_by_the_thousand_cost_no_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: how often all paths are gone through to find the modules and what lies beside them."""
    repo = Repo({f"pkg{n % 50}/m{n}.py": "import m1\n" for n in range(2_000)})
    gone_through = 0
    paths = Repo.python_files

    def counted(self: Repo) -> tuple[str, ...]:
        nonlocal gone_through
        gone_through += 1
        return paths(self)

    monkeypatch.setattr(Repo, "python_files", counted)
    near = module_layout.neighbours(repo)
    assert len([module_layout.beside(repo, module, near) for module in module_layout.modules(repo)]) == 2_000
    assert gone_through < 10


PATTERNS = ["*" + "a*" * 300 + "b", "[!a-" * 300, "**/" * 200, "?" * 900, "[" * 900]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_of_exclude_are_matched_in_bounded_time(pattern: str) -> None:
    repo = module_layout.without(Repo({"a" * 250 + ".py": "", "b/" * 100 + "c.py": "", "main.py": ""}), (pattern,))
    assert "main.py" in repo.files


def test_exclude_names_files_folders_and_patterns() -> None:
    paths = ("a/b/c.py", "a/b.py", "ab/c.py", "d.py", "e/f/g.py")
    named = ("./a/", "d.py", "e/*.py")
    assert [path for path in paths if not module_layout.is_named(path, named)] == ["ab/c.py"]


READMES = {
    "fences": "```\n" * 200_000,
    "one fence": "```sh\n" + "python main.py\n" * 60_000,
    "indented": "    python main.py --a\n" * 40_000,
    "in the text": "`a=" * 300_000,
    "commands": "```\n" + "python main.py --epochs 3\n" * 30_000 + "```\n",
    "names": "```\npython eval" + "_a" * 60 + "!\n```\n",
    "blanks": "```\npython main.py" + " " * 400_000 + "x\n```\n",
}


@pytest.mark.parametrize("text", READMES.values(), ids=READMES)
def test_a_readme_without_end_is_read_to_an_end(text: str) -> None:
    scripts = "[project.scripts]\n" + "".join(f"run{n} = 'main:f'\n" for n in range(3_000))
    files = {"README.md": text, "main.py": "if __name__ == '__main__':\n    pass\n", "pyproject.toml": scripts}
    assert discover(Repo(files)).smoke


def nested_finally(levels: int) -> str:
    """What CPython writes each `finally` block for twice: the work doubles with each level."""
    rows = ["def f():"]
    for level in range(levels):
        rows += [" " * (level + 1) + "try:", " " * (level + 2) + "a()", " " * (level + 1) + "finally:"]
    return "\n".join([*rows, " " * (levels + 1) + "b()", ""])


def change_probe(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """Let what asks the interpreter inside be another one."""
    source = instrumented_sandbox._source
    (probe,) = instrumented_sandbox.PROBE
    assert old in source(probe)
    monkeypatch.setattr(
        instrumented_sandbox, "_source", lambda name: source(name).replace(old, new) if name == probe else source(name)
    )


def test_what_the_compiler_comes_to_no_end_with_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_probe(monkeypatch, "SECONDS = 30", "SECONDS = 1")
    files = {"main.py": nested_finally(20), "a.py": "x = 1\n", "z.py": "def f(:\n", "n.py": nested_finally(3)}
    findings = [finding for finding in static(tmp_path, files) if finding.check == "compile"]
    assert [(finding.path, finding.rule, finding.gates) for finding in findings] == [
        ("main.py", "NotCompiled", True),
        ("z.py", "SyntaxError", True),
    ]


def test_a_compiler_that_dies_of_each_file_is_not_asked_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_probe(monkeypatch, "compile(source, path", "os.abort(); compile(source, path")
    findings = static(tmp_path, {f"m{n}.py": "x = 1\n" for n in range(9)}, skip=frozenset({"lint"}))
    assert {finding.path for finding in findings} == {f"m{n}.py" for n in range(9)}
    assert {finding.rule for finding in findings} == {"NotCompiled"}


def test_a_compiler_that_does_not_start_is_the_sandboxs_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_probe(monkeypatch, "SECONDS = 30", "raise SystemExit(3)")
    with pytest.raises(SandboxError, match="did not answer"):
        static(tmp_path, {"main.py": "x = 1\n"}, skip=frozenset({"lint"}))


def test_classes_that_share_their_bases_are_gone_through_once() -> None:
    rows = ["class A0:\n    def run(self):\n        pass\n"]
    rows += [
        f"class A{n}(A{n - 1}, B{n - 1}):\n    pass\nclass B{n}(A{n - 1}, B{n - 1}):\n    pass\n" for n in range(1, 900)
    ]
    promise = Interface(classes=(Class("A899", methods=(Function("run"), Function("stop"))),))
    repo = Repo({"main.py": "class B0:\n    pass\n" + "".join(rows)})
    assert [finding.message for finding in design.check(repo, {"main.py": promise})] == [
        "the plan promises the method A899.stop()"
    ]


def test_what_aliases_repeat_is_told_once() -> None:
    repo = Repo({"main.py": READS, "config.yaml": "base: &base\n  rate: 1e-4\na:\n  <<: *base\nb: [*base, *base]\n"})
    assert [(finding.line, finding.column) for finding in found(repo, "P2C001")] == [(2, 9)]
