"""Replies on disk: one JSON file each, readable, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from p2c.models.base import Completion, Finish, Message
from p2c.models.register import Asked, message_digest, slug, text_digest


@dataclass(frozen=True)
class Recording:
    """One reply with what it answered: digests of the messages, not their texts."""

    stage: str
    turn: int
    occurrence: int
    order: int
    model: str
    key: str
    prompt: str
    text: str
    finish: Finish
    usage: dict[str, Any]
    messages: list[dict[str, Any]]


def reply_key(model: str, asked: Asked) -> str:
    """SHA-256 (64 hex digits) over the model's name, the prompt, and the how-many-th time it is asked."""
    return hashlib.sha256(f"{model}\0{asked.digest}\0{asked.occurrence}".encode()).hexdigest()


def record(model: str, asked: Asked, completion: Completion) -> Recording:
    """Return what is kept of a reply."""
    return Recording(
        stage=asked.prompt.stage,
        turn=asked.turn,
        occurrence=asked.occurrence,
        order=asked.order,
        model=model,
        key=reply_key(model, asked),
        prompt=asked.digest,
        text=completion.text,
        finish=completion.finish,
        usage=asdict(completion.usage),
        messages=[_outline(message) for message in asked.prompt.messages],
    )


def write_recording(folder: Path, recording: Recording) -> Path:
    """Write `<folder>/<model>/<stage>-<key12>.json`."""
    name = f"{slug(recording.stage)}-{recording.key[:12]}.json"
    path = folder / slug(recording.model, "model") / name
    write_whole(path, json.dumps(asdict(recording), indent=1, ensure_ascii=False) + "\n")
    return path


def write_messages(folder: Path, asked: Asked) -> None:
    """Write the text of each message once, as `<folder>/messages/<digest16>.md`."""
    for message in asked.prompt.messages:
        path = folder / "messages" / f"{message_digest(message)[:16]}.md"
        if not path.exists():
            write_whole(path, message.content)


def find_recording(folder: Path, model: str, key: str) -> Recording | None:
    """Return the reply of this key, whatever stage asked for it then; None where there is none to be read."""
    for path in sorted((folder / slug(model, "model")).glob(f"*-{key[:12]}.json")):
        found = read_recording(path)
        if found is not None and found.key == key:
            return found
    return None


def forget_stage(folder: Path, stage: str) -> None:
    """Set a stage's replies aside (beside `folder`, in `unusable/`), so that it is asked anew."""
    for path in sorted(folder.rglob("*.json")):
        found = read_recording(path)
        if found is not None and found.stage == stage:
            aside = folder.parent / "unusable" / path.name
            aside.parent.mkdir(exist_ok=True)
            path.replace(aside)


def read_recordings(folder: Path) -> Iterator[Recording]:
    """Yield all replies under a folder, by file name; other JSON is passed over."""
    for path in sorted(folder.rglob("*.json")):
        found = read_recording(path)
        if found is not None:
            yield found


def read_recording(path: Path) -> Recording | None:
    """Return one reply, or None where the file is none (damaged, or something else)."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Recording(**{name: data[name] for name in Recording.__dataclass_fields__})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it; a lone surrogate is written as its JSON escape."""
    write_bytes_whole(path, text.encode("utf-8", "backslashreplace"))


def write_bytes_whole(path: Path, data: bytes) -> None:
    """Write bytes beside, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _outline(message: Message) -> dict[str, Any]:
    images = [text_digest(image)[:16] for image in message.images]
    outline = {"role": message.role, "digest": message_digest(message)[:16], "characters": len(message.content)}
    return {**outline, "images": images} if images else outline
