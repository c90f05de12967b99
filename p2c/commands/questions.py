"""`--ask`: what the paper leaves open is asked once, in a terminal; the answers are kept for the same build."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from p2c import state_folder
from p2c.commands.console import Console
from p2c.generator.plan import Decision
from p2c.generator.planning import Decide
from p2c.safe_text import one_line

ANSWERS = "answers.json"
"""In `.p2c/`: question -> the choice that a person made."""


def decider(console: Console, root: Path, ask: bool) -> Decide:
    """Return what decides about open questions: answers that were given before, else a person if `ask`, else nobody.

    Without a terminal nobody is waited for: the plainest choice is taken, and that is said.
    """

    def decide(open_questions: tuple[Decision, ...]) -> tuple[Decision, ...]:
        known = state_folder.read_state(root, ANSWERS, _answers) or {}
        new = [question for question in open_questions if question.question not in known]
        if ask and new and not _is_terminal():
            console.say(f"--ask: there is no terminal, so the plainest choice is taken for {len(new)} open questions")
        elif ask and new:
            known = {**known, **{question.question: _ask(question) for question in new}}
            state_folder.write_state(root, ANSWERS, known)
        return tuple(_decided(question, known.get(question.question)) for question in open_questions)

    return decide


def _decided(question: Decision, answer: str | None) -> Decision:
    return question if answer is None else replace(question, choice=answer, asked=True)


def _ask(question: Decision) -> str:
    """Ask one question on stderr; Enter takes the plainest choice, a number an option, text stands as it is."""
    options = [question.choice, *(option for option in question.options if option != question.choice)]
    click.echo(f"\n{one_line(question.question)}", err=True)
    for number, option in enumerate(options, 1):
        click.echo(f"  {number}. {one_line(option)}{' (the plainest choice)' if number == 1 else ''}", err=True)
    reply = click.prompt("Number, or your own words", default="1", err=True)
    text = " ".join(str(reply).split())
    return options[int(text) - 1] if text.isdigit() and 0 < int(text) <= len(options) else text


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def _answers(data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise ValueError("no answers")
    return data
