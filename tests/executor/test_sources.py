"""What the check of sources finds besides numbers: references, settings, constants; each with what is in order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from p2c.executor.checks import provenance, references, settings_use
from p2c.executor.report import Finding
from p2c.number_forms import said_numbers
from p2c.repo import Repo

PAPER = """
As (3) shows, see Eq. (9) of the appendix. We decay the rate by 0.97 every epoch and clip gradients at 5.0.
The momentum is 0.9. Table 4 is in the supplement.
"""
NUMBERED = frozenset({*(f"equation {n}" for n in (1, 2, 4, 5, 6)), "algorithm 1", "table 1", "table 2", "theorem 1"})
CONFIG = 'train:\n  rate: 0.1  # paper: 4: "rate of a tenth, 0.1"\n  steps: 10\ndata:\n  name: valley\n  seed: 0\n'
CODE = """
import yaml

from optim import run


def main(config):
    train = config["train"]
    run(config["train"]["rate"], steps=train["steps"], name=config["data"].get("name"), seed=config["data"]["seed"])
"""


def rules(found: tuple[Finding, ...]) -> list[tuple[str, int | None]]:
    assert not any(one.gates for one in found)
    return [(one.rule, one.line) for one in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# Eq. 7 of the method\n", [("NoSuchEquation", 1)]),
        ('def f():\n    """Implements the\n    update (Eq. (12)).\n    """\n', [("NoSuchEquation", 3)]),
        ("# Algorithm 2\n", [("NoSuchAlgorithm", 1)]),
        ("# Eqs. 4-8\n", [("NoSuchEquation", 1), ("NoSuchEquation", 1)]),
        ("# see Table 3\n", [("NoSuchTable", 1)]),
        ("# Eq. 6, Algorithm 1, Table 2, Theorem 9\n", []),
        ("# Eq. 3: a reader lost its number, and it is below the last one\n", []),
        ("# Eq. 9 and Table 4 are named by the paper itself\n", []),
        ("# Eq. 15 of Ho et al. (2020)\n", []),
        ("# the schedule of Ho et al. (2020, Eq. 15)\n", []),
        ("# Figure 7: this paper's figures were not read\n", []),
        ('title = "Eq. 30"\nplt.figure(8)\n', []),
    ],
)
def test_numbers_that_the_paper_does_not_have(text: str, found: list[tuple[str, int]]) -> None:
    assert rules(references.check(Repo({"model.py": text}), PAPER, NUMBERED)) == found


def test_documents_are_read_too_and_nothing_is_told_without_an_inventory() -> None:
    repo = Repo({"README.md": "# Title\n\nThe core is equation (19).\n"})
    assert rules(references.check(repo, PAPER, NUMBERED)) == [("NoSuchEquation", 3)]
    assert references.check(repo, PAPER, frozenset()) == ()


def test_equations_that_were_read_without_numbers_count() -> None:
    paper = r"\begin{equation} a \tag{1} \end{equation} \begin{align} b \end{align} \begin{equation} c \end{equation}"
    repo = Repo({"a.py": "# Eq. 3\n"})
    assert references.check(repo, paper, frozenset({"equation 1"})) == ()
    assert rules(references.check(Repo({"a.py": "# Eq. 4\n"}), paper, frozenset({"equation 1"}))) != []


def settings(code: str = CODE, config: str = CONFIG, **more: str) -> list[tuple[str, str]]:
    files = {
        "main.py": code,
        "configs/paper.yaml": config,
        **{k.replace("__", "/") + ".py": v for k, v in more.items()},
    }
    found = settings_use.check(Repo(files), PAPER)
    return [(one.rule, one.message) for one in found]


def test_a_configuration_that_is_used_whole_is_in_order() -> None:
    assert settings() == []


def test_a_setting_that_no_code_reads() -> None:
    found = settings(config=CONFIG + "  warmup: 5\n")
    assert found == [("UnreadSetting", "no code reads data.warmup of configs/paper.yaml")]
    only_a_test = settings(config=CONFIG + "  warmup: 5\n", tests__test_main="def test(c):\n    c['warmup']\n")
    assert [rule for rule, _ in only_a_test] == ["UnreadSetting"], "a test reads it, the code does not"


def test_a_group_that_is_walked_through_is_read_and_one_that_nobody_names_is_not() -> None:
    walk = '    for name, path in config["paths"].items():\n        print(name, path)\n'
    paths = CONFIG + "paths:\n  curves: a.json\n  plots: b.png\n"
    assert settings(CODE + walk, paths) == []
    other = settings(CODE + walk, paths + "warm:\n  cycles: 3\n")
    assert other == [("UnreadSetting", "no code reads warm.cycles of configs/paper.yaml")]


def test_a_setting_that_arrives_as_a_field_or_a_keyword_is_read() -> None:
    fields = "\n\nclass Options:\n    warmup: int\n\n\ndef build(config):\n    return Options(**config['data'])\n"
    assert settings(CODE + fields, CONFIG + "  warmup: 5\n") == []


def test_a_key_that_no_setting_has() -> None:
    found = settings(CODE + '    print(config["train"]["batch"], config.get("devices", 1))\n')
    assert [rule for rule, _ in found] == ["UnknownSetting", "UnknownSetting"]
    assert "train.batch" in found[0][1] and "'devices'" in found[1][1]
    assert settings(CODE + '    row = {"batch": 1}\n    print(row["batch"])\n') == [], "another mapping"


def test_a_key_that_code_puts_there_itself_is_known() -> None:
    assert settings(CODE + '    config["device"] = "cpu"\n    print(config["device"])\n') == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("DECAY = 0.97\n", 1),
        ("class Schedule:\n    decay: float = 0.97\n", 1),
        ("def step(x, *, momentum=0.9):\n    return x\n", 1),
        ("def step(x, rate=0.1):\n    return x\n", 0),
        ("DECAY = 0.5\n", 0),
        ("DECAY = 0.93\n", 0),
        ("EPSILON = 1e-8\n", 0),
        ("threshold = 0.97\n", 0),
    ],
)
def test_constants_of_the_paper_that_stand_in_code_alone(code: str, count: int) -> None:
    assert len([one for one in settings(optim=code) if one[0] == "ConstantInCode"]) == count


def test_no_repository_of_a_paper_is_told_anything() -> None:
    assert settings_use.check(Repo({"main.py": CODE, "config.yaml": "a: 1\n"}), PAPER) == ()


def test_a_value_that_was_changed_beside_its_quotation() -> None:
    paper = "a rate of a tenth, 0.1, and not 0.3"
    changed = CONFIG.replace("rate: 0.1 ", "rate: 0.3 ")
    assert rules(provenance.check(Repo({"configs/paper.yaml": changed}), paper)) == [("NotInQuote", 2)]
    assert provenance.check(Repo({"configs/paper.yaml": CONFIG}), paper) == ()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("100K updates", "100000"),
        ("2^{10} units", "1024"),
        (r"\frac{1}{4} of it", "0.25"),
        ("a dropout of ten percent", "10"),
        ("10 percent", "0.1"),
        ("twenty seeds", "20"),
        ("two hundred epochs", "200"),
        ("halved every time", "0.5"),
        ("1.5 million steps", "1500000"),
        ("65,536 samples", "65536"),
    ],
)
def test_numbers_as_papers_say_them(text: str, number: str) -> None:
    assert Decimal(number) in {one.normalize() if one else one for one in said_numbers(text)} or Decimal(
        number
    ) in said_numbers(text)


def test_numbers_that_are_not_said() -> None:
    assert Decimal(100) not in said_numbers("when optimized by sequential least squares programming (SLSQP) optimizer")
    assert Decimal(2) not in said_numbers("x_2 and w2")
