"""Damaged git directories: whatever is broken in one is refused in a sentence or does not matter."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.git.attacks import git
from tests.git.test_places import repository, snapshot, try_everything

KINDS = ("garbage", "cut", "flipped", "link to a device", "link to another's", "loop", "pipe", "folder", "gone")


def damage(place: Path, kind: str, chance: random.Random, users: Path) -> None:
    data = bytearray(place.read_bytes())
    place.unlink()
    if kind == "garbage":
        place.write_bytes(chance.randbytes(chance.choice([0, 1, 40, 5000])))
    elif kind == "cut":
        place.write_bytes(data[: chance.randrange(len(data) + 1)])
    elif kind == "flipped":
        for _ in range(chance.choice([1, 3, 20])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        place.write_bytes(data)
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind != "gone":
        target = {"link to a device": Path("/dev/zero"), "loop": place}.get(kind, users / place.name)
        place.symlink_to(target)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_refused_or_does_not_matter(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2c.git.program.TIMEOUT", 20.0)
    monkeypatch.setattr("p2c.git.files.PATIENCE", 0.0)
    whole, users = repository(tmp_path / "whole"), repository(tmp_path / "users")
    git("git gc -q; git worktree add -q ../w; echo 1 >> main.py; git commit -qam 2; git branch b", whole)
    names = [place.relative_to(whole) for place in sorted((whole / ".git").rglob("*")) if place.is_file()]
    names = [name for name in names if "hooks" not in name.parts and (whole / name).stat().st_size]
    before, chance = snapshot(users), random.Random(KINDS.index(kind))
    for number, name in enumerate(chance.sample(names, 6)):
        root = tmp_path / f"root{number}"
        shutil.copytree(whole, root, symlinks=True)
        damage(root / name, kind, chance, users / ".git")
        try_everything(root)
        assert snapshot(users) == before, name
