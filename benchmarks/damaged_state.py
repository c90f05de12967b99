"""p2c's own state in a folder, damaged: a file that a repair left is changed, then `p2c report` and `repair` run."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Call = Callable[[Path, Sequence[str]], int]
"""Carries a p2c command out beside a folder; returns the exit code, or raises where that is none of a repository's."""
_LONG = ("[" * 100_000, '{"a":' * 5_000, "9" * 10_000, "{}\n" * 50_000)
WHOLE = ("", "[", "{}", "[]", "null", '"x"', "[1,2", "\0", *_LONG)
VALUES = (None, True, -1, 10**30, 0.5, "", "../x", [], {}, [[]], {"a": 1})


def damage_and_go_on(root: Path, chosen: int, call: Call) -> int:
    """Repair the folder, damage one file of the state, and call what reads it; returns the last exit code."""
    call(root, ("repair", root.name, "--no-model"))
    dice = random.Random(chosen)
    place = dice.choice(sorted(path for path in (root / ".p2c").rglob("*") if path.is_file()))
    dice.choice((_bytes, _whole, _value, _kind))(place, dice)
    call(root, ("report", root.name))
    return call(root, ("repair", root.name, "--no-model", "--diff", "-o", str(root.parent / "out.diff")))


def _bytes(place: Path, dice: random.Random) -> None:
    data = bytearray(place.read_bytes())
    for _ in range(dice.randint(1, 5)):
        at = dice.randint(0, len(data))
        data[at : at + dice.randint(0, 8)] = dice.randbytes(dice.randint(0, 8))
    place.write_bytes(bytes(data))


def _whole(place: Path, dice: random.Random) -> None:
    place.write_text(dice.choice(WHOLE))


def _value(place: Path, dice: random.Random) -> None:
    """Another value somewhere in JSON, or in a line of it."""
    rows = place.read_text(errors="surrogateescape").split("\n") if place.suffix == ".jsonl" else [place.read_text()]
    at = dice.randrange(len(rows))
    try:
        data = json.loads(rows[at])
    except ValueError:
        _bytes(place, dice)
        return
    held = data
    while isinstance(held, dict | list) and held:
        key = dice.choice([*held] if isinstance(held, dict) else [*range(len(held))])
        if dice.random() < 0.5 or not isinstance(held[key], dict | list):
            held[key] = dice.choice(VALUES)
            break
        held = held[key]
    rows[at] = json.dumps(data)
    place.write_text("\n".join(rows))


def _kind(place: Path, dice: random.Random) -> None:
    """Something else under its name: nothing, a folder, a pipe, or a link to a file elsewhere."""
    text = place.read_bytes()
    place.unlink()
    makers: Mapping[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "folder": lambda: (place / "x").mkdir(parents=True),
        "pipe": lambda: os.mkfifo(place),
        "link": lambda: place.symlink_to(_elsewhere(place, text)),
        "circle": lambda: place.symlink_to(place.name),
    }
    makers[dice.choice(sorted(makers))]()


def _elsewhere(place: Path, data: bytes) -> Path:
    outside = Path(str(place).partition("/.p2c/")[0]).with_name("victim")
    outside.write_bytes(data)
    return outside
