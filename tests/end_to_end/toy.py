"""A whole build against a local server: a small paper, a model that makes one mistake, and the p2c command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from p2c.models.token_estimate import count_tokens
from tests.generator import conversation
from tests.servers.openai_server import Answer, say

Reply = str | Answer

PAPER = """# Heavy Balls Roll Faster

## Abstract

We study momentum on quadratics.

## Method

The iterate is $x_{t+1} = x_t - \\eta \\nabla f(x_t) + \\beta (x_t - x_{t-1})$ (Eq. 1).

## Experiments

On the Valley data set we run 10,000 steps with step size $\\eta = 3 \\times 10^{-4}$ and momentum 0.9.
"""
MISTAKE = ('train["steps"])', 'train["step"])')
"""What main.py should say, and what the coder writes: a key that the configuration does not have."""
CURE = """The key is called `steps`.

```diff
--- a/main.py
+++ b/main.py
@@ -19,5 +19,5 @@
     start = [1.0] * len(valley.curvatures)
-    losses = descend(valley, start, train["rate"], train["momentum"], train["step"])
+    losses = descend(valley, start, train["rate"], train["momentum"], train["steps"])
     output = Path(config["output"])
     output.mkdir(parents=True, exist_ok=True)
```
"""
_STAGES = (
    (r"^# Step 1 of 4", "plan.overview"),
    (r"^# Criteria: what a faithful", "plan.criteria"),
    (r"^# Step 2 of 4", "plan.design"),
    (r"^# Step 3 of 4", "plan.logic"),
    (r"^# Step 4 of 4", "plan.config"),
    (r"^# Analysis of one file: (\S+)", "analysis:{}"),
    (r"^# Write the tests in (\S+)", "code:{}"),
    (r"^# Write (\S+)", "code:{}"),
)


def stage_of(body: dict[str, Any]) -> str:
    """Say from the last message that is a piece of work (a reply asked for again follows it) which stage asks."""
    for message in reversed(body["messages"]):
        for pattern, stage in _STAGES:
            if found := re.search(pattern, str(message["content"]), re.MULTILINE):
                return stage.format(*found.groups())
    return "debug"


def answers(debug: Sequence[Reply] = (CURE,), right: bool = False) -> Callable[[dict[str, Any]], Reply]:
    """A model that makes one mistake (none if `right`) and then debugs with these replies in order."""
    replies = {stage: said[0] for stage, said in conversation.good_replies_with_criteria().items()}
    if not right:
        replies["code:main.py"] = conversation.file_reply("main.py", conversation.CODE["main.py"].replace(*MISTAKE))
    given: dict[str, int] = {}

    def answer(body: dict[str, Any]) -> Reply:
        reply = choose(body)
        return say(reply, usage=_usage(body, reply)) if isinstance(reply, str) else reply

    def choose(body: dict[str, Any]) -> Reply:
        stage = stage_of(body)
        if stage != "debug":
            return str(replies[stage])
        prompt = json.dumps(body["messages"])
        number = given.setdefault(prompt, len(given))
        return debug[min(number, len(debug) - 1)]

    return answer


def _usage(body: dict[str, Any], reply: str) -> dict[str, int]:
    prompt = sum(count_tokens(str(message["content"])) for message in body["messages"])
    said = count_tokens(reply)
    return {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said}


def p2c(*words: str, env: dict[str, str] | None = None, **how: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person does."""
    argv = [sys.executable, "-m", "p2c", *words]
    return subprocess.run(argv, env=environment(env), capture_output=True, text=True, check=False, **how)


def environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """This process's environment without any model's key or settings; `p2c check` takes no result of another day."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "P2C_"))}
    return {**clean, "XDG_CONFIG_HOME": "/nonexistent", "P2C_CACHED": "0", **(extra or {})}


def write_paper(folder: Path) -> Path:
    """Write the paper as Markdown."""
    path = folder / "heavy-ball.md"
    path.write_text(PAPER, encoding="utf-8")
    return path
