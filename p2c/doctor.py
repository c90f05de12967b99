"""`p2c doctor`: what works here, what does not, and what to do about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from p2c import host_processes
from p2c.console import Console
from p2c.errors import P2CError
from p2c.models.probe import Fact
from p2c.opening import cache_bound, model_options
from p2c.reports.document import to_json
from p2c.reports.visible import visible
from p2c.settings import Settings, resolve, user_file

NEEDED = ("git", "uv", "sandbox local", "tools")
"""What a build without a paid model cannot do without."""
SIGNS = {"ok": "ok     ", "warning": "warning", "failed": "MISSING"}


def run_doctor(console: Console, **flags: Any) -> int:
    """Look at everything p2c may need; exit 0 where what it cannot do without is there, otherwise 3."""
    settings, _ = resolve(flags, os.environ, Path.cwd(), user_file())
    probes = (_programs, _sandbox, _cache, _docker, _tools, _hosts, _model)
    facts = [fact for probe in probes for fact in probe(settings)]
    code = 3 if any(fact.state == "failed" and fact.name in NEEDED for fact in facts) else 0
    if console.as_json:
        rows = [{"name": f.name, "state": f.state, "text": f.text, "hint": f.hint} for f in facts]
        print(to_json({"ok": code == 0, "facts": rows}), end="")
        return code
    for fact in facts:
        print(visible(f"{SIGNS[fact.state]}  {fact.name}: {fact.text}"))
        for line in fact.hint.splitlines() if fact.state != "ok" else ():
            print(visible(f"         {line}"))
    return code


def _programs(settings: Settings) -> Iterator[Fact]:
    yield Fact("python", "ok", f"{sys.version.split()[0]} ({sys.executable})")
    git = host_processes.find_program("git")
    if git:
        yield Fact("git", "ok", host_processes.run([git, "--version"], capture_output=True, text=True).stdout.strip())
    else:
        yield Fact("git", "failed", "not installed", "Install git; p2c keeps every state as a commit.")
    yield from _try("uv", lambda: f"{host_processes.installed_tool('uv')}")


def _sandbox(settings: Settings) -> Iterator[Fact]:
    from p2c.sandboxes.doctor import local_facts

    yield from _try("sandbox local", lambda: "; ".join(local_facts()))


def _cache(settings: Settings) -> Iterator[Fact]:
    from p2c.sandboxes.doctor import cache_fact

    yield from _try("cache", lambda: cache_fact(settings.cache, settings.cache_limit, settings.cache_days))


def _docker(settings: Settings) -> Iterator[Fact]:
    from p2c.sandboxes import probe
    from p2c.sandboxes.options import SandboxOptions

    try:
        options = SandboxOptions(image=settings.image) if settings.image else SandboxOptions()
        yield Fact("docker", "ok", "; ".join(probe("docker", options)))
    except P2CError as error:
        yield Fact("docker", "warning", f"{error.message} (only --sandbox docker needs it)", error.hint)


def _tools(settings: Settings) -> Iterator[Fact]:
    """Opening the sandbox installs the tools, so it shows that the package index can be reached."""
    from p2c.sandboxes import open_sandbox
    from p2c.sandboxes.base import Command
    from p2c.sandboxes.options import SandboxOptions

    def index() -> str:
        cache = Path(settings.cache) if settings.cache else None
        sandbox = open_sandbox("local", SandboxOptions(cache=cache, keep=cache_bound(settings)))
        try:
            uv = f"{sandbox.places.tools}/bin/uv"
            sandbox.set_network("install")
            packages = sandbox.places.scratch + "/nothing"
            argv = (uv, "pip", "install", "--dry-run", "--refresh", "--target", packages, "six")
            done = sandbox.exec(Command(argv, 60))
        finally:
            sandbox.close()
        if not done.ok:
            raise P2CError(f"uv cannot ask the index: {done.stderr.strip().splitlines()[-1:]}", "Check pip's settings.")
        return "ruff, mypy and pytest are installed; the package index answers from inside the sandbox"

    yield from _try("tools", index)


def _hosts(settings: Settings) -> Iterator[Fact]:
    from p2c.sandboxes.doctor import hosts_fact

    yield from _try("installs", lambda: hosts_fact(settings.allow_hosts))


def _model(settings: Settings) -> Iterator[Fact]:
    from p2c.models import WAYS
    from p2c.models.probe import probe_model

    if not settings.model:
        yield Fact("model", "warning", "none is configured", WAYS)
        return
    yield from probe_model(settings.model, model_options(settings))


def _try(name: str, look: Callable[[], str]) -> Iterator[Fact]:
    try:
        yield Fact(name, "ok", look())
    except P2CError as error:
        yield Fact(name, "failed", error.message, error.hint)
    except FileNotFoundError as error:
        yield Fact(name, "failed", str(error), f"Install {name}.")
