"""`p2c doctor`: what works here, what does not, and what to do about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2c import host_processes
from p2c.commands.console import Console
from p2c.commands.session import model_options, sandbox_options
from p2c.errors import P2CError
from p2c.models.capabilities import ProbeResult
from p2c.reports.outcome import to_json
from p2c.safe_text import visible
from p2c.settings import Settings, resolve, user_file

if TYPE_CHECKING:
    from p2c.sandboxes.options import SandboxOptions

SIGNS = {"ok": "ok     ", "warning": "warning", "failed": "MISSING"}


def run_doctor(console: Console, **flags: Any) -> int:
    """Look at everything p2c may need; exit 3 where something lacks without which nothing goes, or that is asked for.

    Asked for are the sandbox and the models that flags, environment or the user's file name.
    """
    settings, _ = resolve(flags, os.environ, Path.cwd(), user_file())
    probes = (_programs, _sandboxes, _cache, _tools, _hosts, _models)
    facts = [fact for probe in probes for fact in probe(settings)]
    code = 3 if any(fact.state == "failed" for fact in facts) else 0
    if console.as_json:
        rows = [{"name": f.name, "state": f.state, "text": f.text, "hint": f.hint} for f in facts]
        print(to_json({"ok": code == 0, "facts": rows}), end="")
        return code
    for fact in facts:
        print(visible(f"{SIGNS[fact.state]}  {fact.name}: {fact.text}"))
        for line in fact.hint.splitlines() if fact.state != "ok" else ():
            print(visible(f"         {line}"))
    return code


def _programs(settings: Settings) -> Iterator[ProbeResult]:
    yield ProbeResult("python", "ok", f"{sys.version.split()[0]} ({sys.executable})")
    git = host_processes.find_program("git")
    if git:
        yield ProbeResult(
            "git", "ok", host_processes.run([git, "--version"], capture_output=True, text=True).stdout.strip()
        )
    else:
        yield ProbeResult("git", "failed", "not installed", "Install git: p2c stores every state as a commit.")
    yield from _try("uv", lambda: f"{host_processes.installed_tool('uv')}")


def _sandboxes(settings: Settings) -> Iterator[ProbeResult]:
    """Look at the one that is asked for, and at those that cost nothing; of these none has to be there."""
    for name in dict.fromkeys((settings.sandbox, "local", "docker")):
        options = sandbox_options(settings, "")
        label = "docker" if name == "docker" else f"sandbox {name}"
        for fact in _try(label, partial(_probed, name, options)):
            aside = name != settings.sandbox and fact.state == "failed"
            yield replace(fact, state="warning", text=f"{fact.text} ({_only(name)})") if aside else fact


def _probed(name: str, options: SandboxOptions) -> str:
    from p2c.sandboxes import probe

    return "; ".join(probe(name, options))


def _only(name: str) -> str:
    return f"only --sandbox {name} needs it"


def _cache(settings: Settings) -> Iterator[ProbeResult]:
    from p2c.sandboxes.diagnostics import cache_fact

    yield from _try("cache", lambda: cache_fact(settings.cache, settings.cache_limit, settings.cache_days))


def _tools(settings: Settings) -> Iterator[ProbeResult]:
    """Opening a sandbox installs the tools, so it shows that the package index can be reached."""
    from p2c.sandboxes import open_sandbox
    from p2c.sandboxes.base import Command

    def index() -> str:
        sandbox = open_sandbox(settings.sandbox, sandbox_options(settings, ""))
        try:
            uv = f"{sandbox.places.tools}/bin/uv"
            sandbox.set_network("install")
            packages = sandbox.places.scratch + "/nothing"
            argv = (uv, "pip", "install", "--dry-run", "--refresh", "--target", packages, "six")
            done = sandbox.exec(Command(argv, 60))
        finally:
            sandbox.close()
        if not done.ok:
            raise P2CError(
                f"uv cannot reach the package index: {done.stderr.strip().splitlines()[-1:]}",
                "Check pip's settings (pip config list).",
            )
        return "ruff, mypy and pytest are installed; the package index answers from inside the sandbox"

    yield from _try("tools", index)


def _hosts(settings: Settings) -> Iterator[ProbeResult]:
    from p2c.sandboxes.diagnostics import hosts_fact

    yield from _try("installs", lambda: hosts_fact(settings.allow_hosts))


def _models(settings: Settings) -> Iterator[ProbeResult]:
    from p2c.models import WAYS
    from p2c.models.capabilities import probe_model

    if not settings.model:
        yield ProbeResult("model", "warning", "no model is configured", WAYS)
    for spec in dict.fromkeys(filter(None, (settings.model, settings.escalate_model))):
        facts = probe_model(spec, model_options(settings))
        yield from (replace(fact, state="failed") if fact.lacks else fact for fact in facts)


def _try(name: str, look: Callable[[], str]) -> Iterator[ProbeResult]:
    try:
        yield ProbeResult(name, "ok", look())
    except P2CError as error:
        yield ProbeResult(name, "failed", error.message, error.hint)
    except OSError as error:
        yield ProbeResult(
            name, "failed", str(error), f"Install {name}." if isinstance(error, FileNotFoundError) else ""
        )
