"""Replies on disk: one JSON file each, readable, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from p2c.files import Store
from p2c.models.base import Completion, Finish, Message
from p2c.models.prompt_digests import NumberedPrompt, message_digest, slug, text_digest
from p2c.state_folder import StateFolder

REPLIES = "replies"
"""Where a folder's state keeps them."""


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


def reply_key(model: str, asked: NumberedPrompt) -> str:
    """SHA-256 (64 hex digits) over the model's name, the prompt, and the how-many-th time it is asked."""
    return hashlib.sha256(f"{model}\0{asked.digest}\0{asked.occurrence}".encode()).hexdigest()


def record(model: str, asked: NumberedPrompt, completion: Completion) -> Recording:
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


def write_recording(store: Store, recording: Recording) -> str:
    """Write `<model>/<stage>-<key12>.json`; return that name."""
    name = f"{slug(recording.model, 'model')}/{slug(recording.stage)}-{recording.key[:12]}.json"
    text = json.dumps(asdict(recording), indent=1, ensure_ascii=False) + "\n"
    store.write(name, text.encode("utf-8", "backslashreplace"))
    return name


def write_messages(store: Store, asked: NumberedPrompt) -> None:
    """Write the text of each message once, as `messages/<digest16>.md`."""
    for message in asked.prompt.messages:
        name = f"messages/{message_digest(message)[:16]}.md"
        if store.read(name) is None:
            store.write(name, message.content.encode("utf-8", "backslashreplace"))


def find_recording(store: Store, model: str, key: str) -> Recording | None:
    """Return the reply of this key, whatever stage asked for it then; None where there is none to be read."""
    for name in store.names(slug(model, "model")):
        if name.endswith(f"-{key[:12]}.json"):
            recording = _recording(store.read(name))
            if recording is not None and recording.key == key:
                return recording
    return None


def forget_stage(state: StateFolder, stage: str) -> None:
    """Set a stage's replies aside (in `unusable/`), so that it is asked anew."""
    for name in state.names(REPLIES):
        recording = _recording(state.read(name))
        if recording is not None and recording.stage == stage:
            state.move(name, f"unusable/{name.rpartition('/')[2]}")


def read_recordings(folder: Path) -> Iterator[Recording]:
    """Yield all replies under a folder that a person named, by file name; other JSON is passed over."""
    for path in sorted(folder.rglob("*.json")):
        recording = read_recording(path)
        if recording is not None:
            yield recording


def read_recording(path: Path) -> Recording | None:
    """Return one reply, or None where the file is none (damaged, or something else)."""
    try:
        return _recording(path.read_bytes())
    except OSError:
        return None


def _recording(data: bytes | None) -> Recording | None:
    try:
        said = json.loads((data or b"").decode("utf-8"))
        return Recording(**{name: said[name] for name in Recording.__dataclass_fields__})
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _outline(message: Message) -> dict[str, Any]:
    images = [text_digest(image)[:16] for image in message.images]
    outline = {"role": message.role, "digest": message_digest(message)[:16], "characters": len(message.content)}
    return {**outline, "images": images} if images else outline
