"""What a model is sent holds no secret, and its diffs fit the files that hold them."""

from __future__ import annotations

import json
from pathlib import Path

from p2c.budget import Budget
from p2c.journal import Journal
from p2c.models import equip_model
from p2c.models.base import Completion, Message, Prompt
from p2c.models.redacted import RedactedModel
from p2c.models.scripted import ScriptedModel
from p2c.repair.patch import apply_patch
from p2c.repo import Repo
from tests.canaries import MIXED, SURE

KEY = f"sk-{MIXED}"
SOURCE = f'import client\n\napi = client.open(\n    key="{KEY}",\n    size=1 / 0,\n)\n'


class Fixing:
    """Answers with a diff made of the very lines that it was shown."""

    name = "fixing"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def complete(self, prompt: Prompt) -> Completion:
        text = prompt.messages[-1].content
        self.seen.append(text)
        line = next(line for line in text.split("\n") if "key=" in line)
        return Completion(
            f"```diff\n--- a/m.py\n+++ b/m.py\n@@ -4,2 +4,2 @@\n {line}\n-    size=1 / 0,\n+    size=1,\n```\n"
        )

    def complete_all(self, prompts: list[Prompt]) -> list[Completion]:
        return [self.complete(prompt) for prompt in prompts]


def test_a_diff_whose_lines_hold_a_key_fits(tmp_path: Path) -> None:
    inner = Fixing()
    model = equip_model(inner, tmp_path, Budget(), Journal())  # type: ignore[arg-type]
    prompt = Prompt((Message("system", "x"), Message("user", SOURCE)), stage="debug")
    for reply in (model.complete(prompt), *model.complete_all([prompt, prompt])):
        fixed = apply_patch(reply.text, Repo({"m.py": SOURCE}))
        assert fixed.files["m.py"] == SOURCE.replace("1 / 0", "1")
    assert len(inner.seen) == 3 and KEY not in repr(inner.seen)
    kept = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept and KEY not in "".join(kept), "nor is it kept"


def test_the_same_prompt_is_the_same_without_its_secrets(tmp_path: Path) -> None:
    """A reply that was paid for is found again, whatever order the secrets had in another prompt."""
    prompt = Prompt((Message("user", "\n".join(line for line, _ in SURE.values())),))
    equip_model(ScriptedModel(["one"]), tmp_path, Budget(), Journal()).complete(prompt)
    again = equip_model(ScriptedModel([]), tmp_path, Budget(), Journal()).complete(prompt)
    assert (again.text, again.cached) == ("one", True)


def test_a_prompt_without_secrets_is_sent_as_it_is() -> None:
    inner = ScriptedModel(["P2C_HIDDEN_SECRET_1_ stays"])
    prompt = Prompt((Message("user", "x = token"),), stage="s", schema={"type": "object"})
    assert RedactedModel(inner).complete(prompt).text == "P2C_HIDDEN_SECRET_1_ stays"
    assert inner.prompts[0] is prompt


def test_a_recording_holds_no_secret_to_replay(tmp_path: Path) -> None:
    prompt = Prompt((Message("user", f"key {KEY}"),))
    equip_model(ScriptedModel(["take P2C_HIDDEN_SECRET_1_"]), tmp_path, Budget(), Journal()).complete(prompt)
    (kept,) = (tmp_path / "scripted").glob("*.json")
    assert json.loads(kept.read_text())["text"] == "take P2C_HIDDEN_SECRET_1_"
    from p2c.models import open_model

    replayed = equip_model(open_model(f"replay:{tmp_path}"), tmp_path / "x", Budget(), Journal()).complete(prompt)
    assert (replayed.text, replayed.replayed) == (f"take {KEY}", "exact")
