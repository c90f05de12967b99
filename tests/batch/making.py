"""Batches as people start them: manifests, small repositories, and what was really done."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from p2c.models.token_estimate import count_tokens
from tests.end_to_end.toy import PAPER, answers, environment
from tests.servers.openai_server import Answer, OpenAIServer, say

RUNS = "print('it runs')\n"
FAILS = "print(1 / 0)\n"
PLAIN = {"P2C_CACHED": "false"}
"""No check takes an earlier one's result, so that what runs can be counted."""


def repository(folder: Path, main: str = RUNS) -> Path:
    """Write a repository of one program."""
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(main)
    (folder / "requirements.txt").write_text("")
    return folder


def manifest(folder: Path, items: list[dict[str, Any]], **tables: dict[str, Any]) -> Path:
    """Write a manifest; `unsafe` is the sandbox where nothing else is said."""
    every = {"defaults": {"sandbox": "unsafe"}, **tables}
    lines = []
    for name, table in every.items():
        lines += [f"[{name}]", *_pairs(table)]
    for item in items:
        lines += ["[[item]]", *_pairs(item)]
    path = folder / "batch.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _pairs(table: dict[str, Any]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in table.items()]


def papers(folder: Path, number: int) -> list[dict[str, Any]]:
    """Write papers that differ, and return an item for each."""
    items = []
    for at in range(number):
        place = folder / f"paper-{at:02}.md"
        place.write_text(PAPER.replace("Heavy Balls", f"Heavy Balls No. {at}"))
        items.append({"paper": place.name})
    return items


def start(*words: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start the command line; its text is read by `communicate`."""
    argv = [sys.executable, "-m", "p2c", "batch", *words]
    return subprocess.Popen(
        argv, env=environment({**PLAIN, **(env or {})}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def batch(*words: str, env: dict[str, str] | None = None) -> tuple[int, dict[str, Any], str]:
    """Run a batch to its end: exit code, document, what it said to people."""
    with start(*words, "--json", env=env) as process:
        out, err = process.communicate(timeout=300)
    return process.returncode, json.loads(out) if out.strip() else {}, err


def usage_of(body: dict[str, Any], reply: str) -> dict[str, int]:
    """What a server counts that reads all of a prompt."""
    prompt = sum(count_tokens(str(message["content"])) for message in body["messages"])
    return {
        "prompt_tokens": prompt,
        "completion_tokens": count_tokens(reply),
        "total_tokens": prompt + count_tokens(reply),
    }


def until(true: Callable[[], Any], seconds: float = 90.0) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def process_of(place: Path) -> tuple[int, int]:
    """Return the numbers of the p2c that works on an item (by its events file), and of its parent; 0 if none does."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if f"--events={place}".encode() in words and b"-m" in words:
                parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
                return int(folder.name), int(parent)
        except OSError:
            continue
    return 0, 0


class Counted:
    """A model server that keeps which prompts it was asked, and which of them it has answered."""

    def __init__(self, delay: float = 0.0) -> None:
        self.asked: Counter[str] = Counter()
        self.answered: dict[str, float] = {}
        self.tokens: dict[str, int] = {}
        self.lock = threading.Lock()
        self._delay = delay
        self._answers = answers(right=True)
        self.says: dict[str, str] = {}
        """Replies to prompts that hold a word, before all others."""
        self.server = OpenAIServer(self._answer)

    def under_way(self, since: float) -> set[str]:
        """The prompts that were asked by now and had no answer before a moment of `time.monotonic`."""
        with self.lock:
            return {prompt for prompt in self.asked if self.answered.get(prompt, since) >= since}

    def twice(self) -> set[str]:
        """The prompts that were asked more than once."""
        with self.lock:
            return {prompt for prompt, number in self.asked.items() if number > 1}

    def calls_of(self, title: str) -> int:
        """How many calls a paper has made."""
        with self.lock:
            return sum(number for prompt, number in self.asked.items() if title in prompt)

    def _answer(self, body: dict[str, Any]) -> Answer:
        prompt = json.dumps(body["messages"])
        with self.lock:
            self.asked[prompt] += 1
        time.sleep(self._delay)
        fixed = [reply for word, reply in self.says.items() if word in prompt]
        reply = say(fixed[0], usage=usage_of(body, fixed[0])) if fixed else self._answers(body)
        answer = say(reply) if isinstance(reply, str) else reply
        with self.lock:
            self.tokens[prompt] = answer.body["usage"]["total_tokens"]
            self.answered[prompt] = time.monotonic()
        return answer
