"""State that a test writes by hand, signed as p2c would have."""

from __future__ import annotations

from pathlib import Path

from p2c.state_folder import STATE, StateFolder


def adopt(root: Path) -> None:
    """Make p2c's own what lies in `.p2c/`, as if p2c had written it here for this user."""
    state = StateFolder(root)
    for place in sorted((root / STATE).rglob("*")):
        name = place.relative_to(root / STATE).as_posix()
        if not place.is_file() or name == "id" or name.startswith(("seals/", "foreign-")):
            continue
        data = place.read_bytes()
        place.unlink()
        if name.endswith(".jsonl"):
            for line in data.decode("utf-8").split("\n"):
                state.append(name, line)
        else:
            state.write(name, data)
