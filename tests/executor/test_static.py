"""What is found without running anything: layout, design, p2c's own rules, provenance, damaged sources."""

from __future__ import annotations

from decimal import Decimal

import pytest

from p2c import python_source
from p2c.executor import module_layout
from p2c.executor.checks import compile as sources
from p2c.executor.checks import design, provenance, rules
from p2c.repo import Repo
from p2c.run_contract import Class, Function, Interface, RunContract, write_contract

GUARD = "if __name__ == '__main__':\n    pass\n"


@pytest.mark.parametrize(
    ("files", "scripts", "names"),
    [
        ({"main.py": "", "model.py": ""}, (), {"main": "", "model": ""}),
        ({"pkg/__init__.py": "", "pkg/a.py": ""}, (), {"pkg": "", "pkg.a": ""}),
        ({"src/pkg/__init__.py": "", "src/pkg/a.py": "from . import b\n"}, (), {"pkg": "src", "pkg.a": "src"}),
        ({"src/main.py": "import net\n", "src/net.py": ""}, ("src/main.py",), {"main": "src", "net": "src"}),
        (
            {"src/__init__.py": "", "src/net.py": "from .b import c\n", "src/b.py": "", "src/main.py": ""},
            ("src/main.py",),
            {"src": "", "src.net": "", "b": "src", "main": "src"},
        ),
        ({"main.py": "from src.net import N\n", "src/net.py": ""}, ("main.py",), {"main": "", "src.net": ""}),
        ({"scripts/a.py": "import b\n", "scripts/b.py": ""}, (), {"scripts.a": "", "b": "scripts"}),
        ({"tests/test_a.py": "", "setup.py": "", "test_b.py": "", "conftest.py": "", "1-x.py": ""}, (), {}),
    ],
)
def test_names_of_modules(files: dict[str, str], scripts: tuple[str, ...], names: dict[str, str]) -> None:
    assert {module.name: module.root for module in module_layout.modules(Repo(files), scripts)} == names


def test_imports_know_how_they_stand() -> None:
    text = (
        "import a\ntry:\n    import b\nexcept ImportError:\n    import c\n"
        "try:\n    import d\nexcept ImportError:\n    raise RuntimeError\n"
        "class X:\n    def f(self):\n        from e import g\n"
    )
    found = {item.top: (item.optional, item.lazy) for item in python_source.imports(text)}
    assert found == {
        "a": (False, False),
        "b": (True, False),
        "c": (True, False),
        "d": (False, False),
        "e": (False, True),
    }
    assert python_source.imports("import (") == ()
    assert python_source.parse("(" * 10_000) is None


CODE = """
from base import Base
from torch import nn
import dataclasses

class Net(nn.Module):
    def __init__(self, width, *, depth=2): ...
    def forward(self, x, **more): ...

class Own(Base):
    def fit(self, data): ...

@dataclasses.dataclass
class Point:
    x: int

def load(path, *rest): ...
mean = sum
"""


@pytest.mark.parametrize(
    ("promise", "found"),
    [
        (Interface((Class("Net", methods=(Function("forward", ("x", "mask")),)),)), []),
        (Interface((Class("Net", methods=(Function("__init__", ("width: int", "height")),)),)), ["MissingParameter"]),
        (Interface((Class("Net", methods=(Function("parameters"),)),)), ["MissingMethod?"]),
        (
            Interface(
                (
                    Class(
                        "Own",
                        methods=(Function("shared"), Function("fit", ("self", "data"))),
                    ),
                )
            ),
            [],
        ),
        (Interface((Class("Own", methods=(Function("gone"),)),)), ["MissingMethod"]),
        (Interface((Class("Point", methods=(Function("__init__", ("x",)),)),)), []),
        (Interface((), (Function("load", ("path: str = '.'", "*rest")),)), []),
        (Interface((), (Function("mean", ("x",)), Function("nn"))), []),
        (Interface((Class("Other"),), (Function("save"),)), ["MissingFunction", "MissingClass"]),
    ],
)
def test_promises(promise: Interface, found: list[str]) -> None:
    repo = Repo({"a.py": CODE, "base.py": "class Base:\n    def shared(self): ...\n"})
    assert [f.rule + ("" if f.gates else "?") for f in design.check(repo, {"a.py": promise})] == found


def test_a_file_that_does_not_parse_breaks_no_promise() -> None:
    assert design.check(Repo({"a.py": "def ("}), {"a.py": Interface((), (Function("f"),))}) == ()


def own(files: dict[str, str]) -> list[tuple[str, str | None, int | None]]:
    findings = rules.check(Repo(files))
    assert not any(finding.gates for finding in findings)
    return [(f.rule, f.path, f.line) for f in findings]


@pytest.mark.parametrize(
    ("value", "is_text"),
    [
        ("1e-4", True),
        ("2E5", True),
        ("1.5e3", True),
        ("-1e-8", True),
        ("1.0e-4", False),
        ("1.5e+3", False),
        ("'1e-4'", False),
        ("1e-x", False),
        ("e5", False),
        ("12", False),
    ],
)
def test_numbers_that_yaml_reads_as_text(value: str, is_text: bool) -> None:
    import yaml

    assert isinstance(yaml.safe_load(value), str) is (is_text or value in {"'1e-4'", "1e-x", "e5"})
    files = {"main.py": "import yaml\n", "c/x.yaml": f"a:\n  lr: {value}\n"}
    assert own(files) == ([("P2C001", "c/x.yaml", 2)] if is_text else [])
    assert own({**files, "main.py": "import ruamel.yaml\n"}) == []


@pytest.mark.parametrize(
    ("value", "right"), [("1e-4", "1.0e-4"), ("2e5", "2.0e+5"), ("1.5e3", "1.5e+3"), ("1_0e-2", "1_0.0e-2")]
)
def test_the_number_that_is_meant(value: str, right: str) -> None:
    import yaml

    (finding,) = rules.check(Repo({"m.py": "import yaml\n", "c.yaml": f"lr: {value}\n"}))
    assert finding.fix == f"write {right}"
    assert yaml.safe_load(right) == float(value)


def test_files_that_hide_others() -> None:
    assert own({"random.py": "", "main.py": GUARD}) == [("P2C002", "random.py", 1)]
    assert own({"pkg/__init__.py": "", "pkg/types.py": ""}) == []
    assert own({"datasets.py": "", "requirements.txt": "datasets\n"}) == [("P2C003", "datasets.py", 1)]
    assert own({"test.py": "", "datasets.py": ""}) == []


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("cfg = yaml.safe_load(open('c.yaml'))\nprint(cfg['a']['b'], cfg['a']['x'], cfg['gone'])\n", [3, 3]),
        ("with open('c.yaml') as f:\n    cfg = yaml.safe_load(f)\nprint(cfg['gone'])\n", [4]),
        ("cfg = yaml.safe_load(open('c.yaml'))\ncfg['gone'] = 1\nprint(cfg['gone'])\n", []),
        ("cfg = yaml.safe_load(open('c.yaml'))\ncfg.update(gone=1)\nprint(cfg['gone'])\n", []),
        ("cfg = yaml.safe_load(open('c.yaml'))\nif 'gone' in cfg:\n    print(cfg['gone'])\n", []),
        ("cfg = yaml.safe_load(open('c.yaml'))\ntry:\n    print(cfg['gone'])\nexcept KeyError:\n    pass\n", []),
        ("cfg = yaml.safe_load(open('other.yaml'))\nprint(cfg['gone'])\n", []),
        ("cfg = yaml.safe_load(open('c.yaml'))\nkey = 'a'\nprint(cfg[key]['gone'], cfg['l'][0])\n", []),
    ],
)
def test_keys_that_the_configuration_lacks(code: str, lines: list[int]) -> None:
    files = {"main.py": "import yaml\n" + code, "c.yaml": "a: {b: 1}\nl: [1]\n"}
    assert own(files) == [("P2C004", "main.py", line) for line in lines]


def test_paths_of_somebody_else() -> None:
    code = "a = '/home/me/data'\nb = 'C:\\\\Users\\\\x'\nc = '/tmp/x'\nd = 'data/home/x'\n"
    assert own({"a.py": code}) == [("P2C005", "a.py", 1), ("P2C005", "a.py", 2)]


def test_keys_of_the_contract_that_mean_nothing() -> None:
    contract = '[run]\nsmok = ["python main.py"]\ntimeout = 3\n[check]\n"skip" = ["types"]\n[settings]\nmax-cost = 1\n'
    assert sorted(own({"p2c.toml": contract})) == [("P2C006", "p2c.toml", 2), ("P2C006", "p2c.toml", 5)]
    fixes = {finding.message: finding.fix for finding in rules.check(Repo({"p2c.toml": contract}))}
    assert fixes["[run] has a key 'smok', which means nothing"] == "write smoke"
    inside = "[project]\nname = 'a'\n[tool.p2c.check]\nexclude = []\ngates = []\n"
    assert own({"pyproject.toml": inside}) == [("P2C006", "pyproject.toml", 5)]
    whole = write_contract(RunContract(("a b",), ("c",), "3.11", 5, ("o",), True, exclude=("x",), era="2021-01-01"))
    assert own({"p2c.toml": whole}) == []


def test_a_project_file_that_is_not_toml_gates() -> None:
    (finding,) = rules.check(Repo({"pyproject.toml": "[project]\nname = 'a'\nversion\n"}))
    assert (finding.rule, finding.path, finding.line, finding.gates) == ("P2C007", "pyproject.toml", 3, True)


PAPER = r"""We use a learning rate of $3\times10^{-4}$, decay 1e-2, $10^{-8}$,
1,000 steps, 50\% dropout, four heads and β = 0.9."""


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("lr: 0.0003  # paper: Sec. 4", 0),
        ("lr: 3.0e-4  # Paper: Sec. 4", 0),
        ("eps: 1.0e-8  # paper: Sec. 4", 0),
        ("decay: 0.01 # paper: 4", 0),
        ("steps: 1000 # paper: 4", 0),
        ("dropout: 0.5 # paper: 4", 0),
        ("heads: 4 # paper: 4", 0),
        ("betas: [0.9, 0.98] # paper: Table 2", 1),
        ("lr: 0.01234 # paper: Sec. 4", 1),
        ("lr: 0.01234 # assumed: usual", 0),
        ("name: 'v2' # paper: Sec. 4", 0),
    ],
)
def test_provenance(row: str, found: int) -> None:
    findings = provenance.check(Repo({"configs/paper.yaml": f"{row}\n"}), PAPER)
    assert len(findings) == found
    assert all((f.gates, f.line, f.rule) == (False, 1, "NotInPaper") for f in findings)


def test_numbers_in_any_writing() -> None:
    assert provenance.numbers("10⁻⁴") >= {Decimal("0.0001")}
    assert provenance.numbers("2 × 10^5 and −3.5") >= {Decimal("2E+5"), Decimal("3.5")}
    assert Decimal(5) not in provenance.numbers("15 and 2.5 and x5")


def fault(text: str) -> tuple[str, int | None]:
    try:
        compile(text.encode("utf-8", "surrogateescape"), "a.py", "exec")
    except (SyntaxError, ValueError) as error:
        data = {
            "lineno": getattr(error, "lineno", None),
            "offset": getattr(error, "offset", None),
            "msg": str(getattr(error, "msg", error)),
            "type": type(error).__name__,
        }
        (finding,) = sources.findings({"a.py": data}, Repo({"a.py": text}))
        return finding.rule, finding.line
    return "", None


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("x = 1\n```python\ny = 2\n```\n", "FenceInFile", 2),
        ('"""Doc\n```\nok\n```\n"""\ndef f(:\n', "SyntaxError", 6),
        ("x = 1\nprint 'a'\n", "Python2", 2),
        ("try:\n    x\nexcept ValueError, e:\n    pass\n", "Python2", 3),
        ("Here's the code:\nx = 1\n", "ProseInFile", 1),
        ("x = 1\ndef f():\n", "TruncatedFile", 2),
        ("x = [1,\n  2,\n", "TruncatedFile", 1),
        ('def f():\n    """Doc', "TruncatedFile", 2),
        ("x = (1,\ndef f():\n    pass\n", "SyntaxError", 1),
        ("def f():\n\tx = 1\n        y = 2\n", "TabError", 3),
        ("  x = 1\n", "IndentationError", 1),
    ],
)
def test_kinds_of_damage(text: str, rule: str, line: int) -> None:
    assert fault(text) == (rule, line)
