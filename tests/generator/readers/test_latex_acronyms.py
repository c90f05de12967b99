"""Acronyms that a paper declares once and uses by key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generator.readers.sources import body_of


@pytest.mark.parametrize(
    ("preamble", "body", "shown"),
    [
        (r"\newacronym{lr}{LR}{learning rate}", r"A \gls{lr}, then \gls{lr}.", "A learning rate (LR), then LR."),
        (r"\newacronym[longplural=x]{lr}{LR}{learning rate}", r"\Glspl{lr}.", "Learning rates (LRs)."),
        (r"\newabbreviation{lr}{LR}{learning rate}", r"\acrlong{lr}, \acrshort{lr}.", "learning rate, LR."),
        (
            r"\DeclareAcronym{lr}{short=LR, long={learning rate}}",
            r"\ac{lr} and \acs{lr}.",
            "learning rate (LR) and LR.",
        ),
        (r"\acrodef{lr}[LR]{learning rate}", r"\ac{lr}; \acl{lr}.", "learning rate (LR); learning rate."),
        (r"\newglossaryentry{ring}{name=ring graph, description={a graph}}", r"A \gls{ring}.", "A ring graph."),
    ],
)
def test_acronyms_are_said(tmp_path: Path, preamble: str, body: str, shown: str) -> None:
    assert shown in body_of(tmp_path, body, preamble)


@pytest.mark.parametrize("body", [r"\gls{other} stays.", r"\verb|\gls{lr}| stays."])
def test_what_is_no_declared_acronym_stays(tmp_path: Path, body: str) -> None:
    assert body in body_of(tmp_path, body, r"\newacronym{lr}{LR}{learning rate}")
    assert r"\ac{lr} stays." in body_of(tmp_path / "none", r"\ac{lr} stays.")
