from __future__ import annotations

import re
from dataclasses import replace

from p2c.generator.diagrams import class_diagram, file_graph, sequence_diagram
from p2c.generator.plan import Call
from p2c.generator.planning import make_plan
from p2c.generator.project_files import dockerfile, readme, surround
from p2c.repo import Repo
from p2c.run_contract import RunContract, read_contract
from tests.generator.conversation import PAPER, good_replies, model, session

PLAN = make_plan(PAPER, session(model(good_replies())))


def test_the_files_around_the_code() -> None:
    repo = surround(PLAN, Repo({"main.py": "x = 1\n"}))
    assert set(repo.files) == {
        ".dockerignore", ".gitignore", "README.md", "configs/paper.yaml", "configs/smoke.yaml", "docs/architecture.md",
        "main.py", "p2c.toml", "pytest.ini", "requirements.txt",
    }  # fmt: skip
    assert repo.files["requirements.txt"] == "pyyaml>=6.0\n"
    assert replace(read_contract(repo.files["p2c.toml"]), origin=PLAN.contract.origin) == PLAN.contract
    assert {".p2c/", ".venv/", "/outputs/"} <= set(repo.files[".gitignore"].split())


def test_what_was_patched_stays() -> None:
    repo = surround(PLAN, Repo({"requirements.txt": "pyyaml>=6.1\n"}))
    assert repo.files["requirements.txt"] == "pyyaml>=6.1\n"


def test_the_commands_in_the_readme_are_those_of_the_contract() -> None:
    commands = [
        line for block in re.findall(r"```sh\n(.*?)```", readme(PLAN), re.DOTALL) for line in block.splitlines()
    ]
    assert commands == [
        "python3 -m venv .venv",
        ". .venv/bin/activate",
        "python -m pip install -r requirements.txt",
        *PLAN.contract.smoke,
        *PLAN.contract.full,
        "python -m pip install pytest",
        "python -m pytest",
    ]


def test_the_readme_says_what_is_assumed_and_what_stands_in() -> None:
    text = readme(PLAN)
    assert text.startswith("# Heavy Balls Roll Faster\n")
    assert "3 of 5 values are the paper's" in text
    assert "assumed: `data.curvatures` = `[1.0, 1e-05]`: the paper gives no spectrum" in text
    assert "| Valley | made by valley.py | the same, it is synthetic |" in text
    assert "`train.steps` = `50`: seconds" in text
    assert "`outputs/metrics.json`" in text


def test_a_paper_without_data_or_title_still_has_a_readme() -> None:
    text = readme(replace(PLAN, title="", data_sources={}, stand_ins={}))
    assert text.startswith("# A paper, implemented") and "data set |" not in text


def test_the_dockerfile() -> None:
    text = dockerfile("3.12.4", PLAN.contract)
    assert text.startswith("FROM python:3.12-slim\n")
    assert text.endswith('CMD ["python", "main.py", "--config", "configs/smoke.yaml"]\n')
    assert "USER runner\n" in text
    two = dockerfile(">=3.11", RunContract(smoke=("python a.py", "python b.py")))
    assert 'CMD ["sh", "-ec", "python a.py\\npython b.py"]' in two


def test_diagrams_hold_every_name_and_nothing_that_mermaid_cannot_read() -> None:
    classes = class_diagram(PLAN)
    assert '["Valley"] {' in classes and "+gradient(x) list[float]" in classes and "+descend(valley, start" in classes
    sequence = sequence_diagram(PLAN)
    assert "p0->>p1: Valley - makes the quadratic" in sequence
    assert "runs momentum then writes metrics" in re.sub(" +", " ", sequence)
    assert file_graph(PLAN).count("-->") == 5
    for line in sequence.splitlines():
        assert not set(line) & set(';{}<#"')


def test_a_hostile_name_breaks_no_diagram() -> None:
    plan = replace(PLAN, calls=(Call("main.py", 'x"];\n%%{init}%%', "a\nb->>c: d"),))
    lines = sequence_diagram(plan).splitlines()
    assert len(lines) == 4 and "%%" not in "".join(lines)
