"""What a machine at E2B is equipped with: its Python, p2c's tools, the index settings as far as they hold there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import IO
from urllib.parse import urlsplit

from p2c.errors import IndexUnavailableError, SandboxError
from p2c.sandboxes.base import Command, ExecResult
from p2c.sandboxes.index import PROXIES, IndexSettings
from p2c.sandboxes.oversight import Oversight
from p2c.sandboxes.phases import CERTIFICATE_NAMES
from p2c.sandboxes.pythons import Interpreter
from p2c.sandboxes.tools import STUBS, TIMEOUT, WITH_VERSION, pinned

ADDRESSES = (("UV_FIND_LINKS", ","), ("UV_INDEX", " "), ("UV_DEFAULT_INDEX", " "))
ONLY_HERE = frozenset((*PROXIES, *map(str.lower, PROXIES)))
OWN = (3, 11)


def from_afar(index: IndexSettings) -> IndexSettings:
    """Return settings without this machine's folders and proxies: neither can be reached from E2B."""
    environment = {name: value for name, value in index.environment.items() if name not in ONLY_HERE}
    for name, separator in ADDRESSES:
        words = [word for word in environment.get(name, "").split(separator) if _is_elsewhere(word)]
        environment.pop(name, None)
        if words:
            environment[name] = separator.join(words)
    return replace(index, environment=environment, folders=(), wheels="")


def _is_elsewhere(word: str) -> bool:
    return urlsplit(re.sub(r"^[\w.-]+=", "", word)).scheme in {"http", "https"}


def choose_pythons(oversight: Oversight, spec: str) -> tuple[Interpreter, Interpreter]:
    """Return the target's Python and that of the tools; raises SandboxError where the template has none that fits."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(f"=={spec}.*" if re.fullmatch(r"\d+(\.\d+)?", spec.strip()) else spec.strip())
    except InvalidSpecifier:
        raise SandboxError(f"{spec!r} is no Python version", 'Write it as in python = ">=3.11".') from None
    found = oversight.pythons
    fitting = [one for one in found if wanted.contains(one.version)]
    if not fitting:
        there = ", ".join(one.version for one in found) or "none"
        hint = "Name a template that has it with --template."
        raise SandboxError(f"the template at E2B has no Python {spec} (there is: {there})", hint)
    newest = max(found, key=lambda one: one.minor)
    return fitting[0], fitting[0] if fitting[0].minor >= OWN else newest


def uv_environment(index: IndexSettings, root: str, python: Interpreter) -> dict[str, str]:
    """Return the variables that uv needs to find the person's index."""
    environment = {
        **index.environment,
        "UV_PYTHON": str(python.executable),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_CONFIG": "1",
        "UV_NO_SOURCES": "1",
        "UV_LINK_MODE": "copy",
        "UV_CONSTRAINT": f"{root}/etc/constraints.txt" if index.constraints else "",
    }
    if index.certificate is not None:
        environment |= dict.fromkeys(CERTIFICATE_NAMES, f"{root}/etc/ca.pem")
    return environment


def send_settings(oversight: Oversight, index: IndexSettings) -> None:
    """Write the person's constraints and certificates into the machine."""
    given: dict[str, bytes | IO[bytes]] = {}
    if index.constraints:
        given["constraints.txt"] = index.constraints.encode("utf-8", "surrogateescape")
    if index.certificate is not None:
        given["ca.pem"] = index.certificate.read_bytes()
    if given:
        oversight.machine.write({f"{oversight.ground.root}/etc/{name}": data for name, data in given.items()})


def install_tools(run: Callable[[Command], ExecResult], place: str, index: IndexSettings, python: Interpreter) -> None:
    """Install uv, ruff, mypy and pytest at `place`; raises IndexUnavailableError where the index does not give them.

    `run` runs a command as the store's user with the variables of `uv_environment`.
    """
    uv = _find_uv(run, place, index, python)

    def done(*words: str) -> None:
        result = run(Command((uv, "--quiet", *words), TIMEOUT))
        if not result.ok:
            raise IndexUnavailableError(
                f"p2c's tools could not be installed at E2B:\n{index.redact(result.stderr.strip())[-1500:]}",
                "The package index has to be one that E2B reaches: look at pip's or uv's settings.",
            )

    own = f"{place}/bin/python"
    done("venv", "--allow-existing", "--python", str(python.executable), place)
    install = ("pip", "install", "--compile-bytecode", "--only-binary", ":all:", "--python", own)
    done(*install, *map(pinned, WITH_VERSION), *STUBS)
    done(*install, "--target", f"{place}/pytest", pinned("pytest"))


def _find_uv(run: Callable[[Command], ExecResult], place: str, index: IndexSettings, python: Interpreter) -> str:
    found = run(Command(("uv", "--version"), 60))
    if found.ok:
        return "uv"
    target = f"{place}/uv"
    words = [str(python.executable), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--target", target]
    for option, name in (("--index-url", "UV_DEFAULT_INDEX"), ("--extra-index-url", "UV_INDEX")):
        for address in index.environment.get(name, "").split():
            words += [option, re.sub(r"^[\w.-]+=", "", address)]
    done = run(Command((*words, pinned("uv")), TIMEOUT))
    if not done.ok:
        raise IndexUnavailableError(
            f"uv could not be installed at E2B:\n{index.redact(done.stderr.strip())[-1500:]}",
            "Name a template that has uv or pip (--template), and an index that E2B reaches.",
        )
    return f"{target}/bin/uv"
