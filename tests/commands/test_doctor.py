"""The doctor's exit code is about what is asked for: a sandbox, a model; the rest may lack."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from p2c.commands import doctor
from p2c.commands.console import Console
from p2c.errors import SandboxError
from p2c.models.capabilities import ProbeResult
from tests.servers.openai_server import OpenAIServer


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> set[str]:
    """A machine on which all is well; the sandboxes that are put into the set are not there."""
    lacking: set[str] = set()

    def probe(name: str, options: object = None) -> list[str]:
        if name in lacking:
            raise SandboxError(f"no {name} here", "Get one.")
        return [f"{name} works"]

    monkeypatch.setattr("p2c.sandboxes.probe", probe)
    monkeypatch.setattr(doctor, "_tools", lambda settings: [ProbeResult("tools", "ok", "there")])
    monkeypatch.setattr(doctor, "user_file", lambda: tmp_path / "none.toml")
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "P2C_MODEL", "P2C_SANDBOX"):
        monkeypatch.delenv(name, raising=False)
    return lacking


def asked(capsys: pytest.CaptureFixture[str], **flags: Any) -> tuple[int, bool, dict[str, str]]:
    code = doctor.run_doctor(Console(as_json=True), **flags)
    data = json.loads(capsys.readouterr().out)
    return code, data["ok"], {fact["name"]: fact["state"] for fact in data["facts"]}


@pytest.mark.parametrize(
    ("sandbox", "lacking", "code"),
    [
        (None, (), 0),
        (None, ("docker",), 0),
        (None, ("local",), 3),
        ("docker", ("docker",), 3),
        ("docker", ("local",), 0),
        ("e2b", ("e2b",), 3),
        ("e2b", ("local", "docker"), 0),
        ("unsafe", ("local", "docker"), 0),
    ],
)
def test_the_sandbox_that_is_asked_for_has_to_be_there(
    sandbox: str | None, lacking: Sequence[str], code: int, machine: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    machine.update(lacking)
    found, fine, facts = asked(capsys, sandbox=sandbox)
    assert (found, fine) == (code, code == 0), facts


def test_the_environment_asks_too(
    machine: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.add("docker")
    monkeypatch.setenv("P2C_SANDBOX", "docker")
    assert asked(capsys)[0] == 3


def test_a_model_without_a_key_or_a_server_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    with OpenAIServer(models=[{"id": "served"}]) as server:
        gone = server.base_url
        assert asked(capsys, model="served", base_url=gone)[:2] == (0, True)
        assert asked(capsys, model="servd", base_url=gone)[:2] == (3, False)
    assert asked(capsys, model="served", base_url=gone)[:2] == (3, False)
    assert asked(capsys, model="gpt-4o")[:2] == (3, False)
    assert asked(capsys)[:2] == (0, True), "none is asked for"


def test_a_recording_that_is_not_there_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, model=f"replay:{tmp_path / 'none'}")[0] == 3
    assert asked(capsys, model=f"manual:{tmp_path}")[0] == 0
