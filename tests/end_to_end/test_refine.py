"""`p2c refine` through the command line and a local model server, on code that p2c did not write."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from p2c.run_contract import write_contract
from tests.end_to_end.test_commands import _why_not
from tests.end_to_end.toy import p2c
from tests.pipeline.fidelity.descent import CONTRACT, FILES, PAPER, SIGN_CURE
from tests.servers.openai_server import OpenAIServer

pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]

QUOTES = (
    r"+ \beta (x_t - x_{t-1})$",
    "with momentum 0.9",
    "for three seeds",
    "The final loss is told",
    "study momentum",
)
ITEMS = [
    {"requirement": f"requirement {n}", "section": "Method", "quote": quote, "weight": 6 - n, "kind": "code"}
    for n, quote in enumerate(QUOTES, 1)
]


def answer(body: dict[str, Any]) -> str:
    text = str(body["messages"][-1]["content"])
    if "# Draw up the rubric" in text:
        return json.dumps({"items": ITEMS})
    if "# Judge these requirements" in text:
        names = re.findall(r"(?m)^(r\d) \(", text[text.rindex("<items>") :])
        wrong = "- momentum *" in text
        said = [("not" if name == "r1" and wrong else "met", ["descent.py:21"]) for name in names]
        rows = zip(names, said, strict=True)
        return json.dumps({"items": [{"id": n, "verdict": v, "why": "so", "evidence": e} for n, (v, e) in rows]})
    if "# Compare two versions" in text:
        first = text[text.index('name="A"') : text.index('name="B"')]
        better = "A" if "+ momentum *" in first else "B"
        return json.dumps({"items": [{"id": "r1", "better": better, "why": "the sign"}]})
    assert "# Bring the code closer to the paper" in text, text[-500:]
    return SIGN_CURE


def test_a_sign_is_put_right_in_a_checkout(tmp_path: Path) -> None:
    root, paper = tmp_path / "code", tmp_path / "paper.md"
    paper.write_text(PAPER.text)
    for path, text in {"p2c.toml": write_contract(CONTRACT), **FILES}.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    with OpenAIServer(answer) as server:
        words = ["refine", str(root), "--paper", str(paper), "--model", "m", "--base-url", server.base_url]
        done = p2c(*words, "--judge-model", "other", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads(done.stdout)
    told = data["fidelity"]
    assert data["verdict"] == "runs" and (told["stop"], told["kept"], told["sealed_share"]) == ("complete", 1, 1.0), (
        told
    )
    first = told["criteria"][0]
    assert (first["status"], first["before"], first["executed"]) == ("met", "not", True) and first["commit"]
    assert "fidelity" in [check["name"] for check in data["checks"]]
    assert {body["model"] for body in server.bodies if "# Bring" in str(body["messages"][-1])} == {"m"}
    assert {body["model"] for body in server.bodies if "# Judge" in str(body["messages"][-1])} == {"other"}
    assert "+ momentum" in (root / "descent.py").read_text() and "+    return x" in data["diff"]
    assert 'id="fidelity"' in (root / ".p2c" / "report.html").read_text()
    report = p2c("report", str(root))
    assert report.returncode == 0, report.stderr
