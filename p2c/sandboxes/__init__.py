"""Where generated code runs: one seam, and its backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from p2c.errors import SandboxError, UsageError

if TYPE_CHECKING:
    from p2c.sandboxes.base import Sandbox
    from p2c.sandboxes.options import SandboxOptions

BACKENDS = ("local", "docker", "e2b", "unsafe")


def open_sandbox(name: str, options: SandboxOptions | None = None) -> Sandbox:
    """Open a sandbox by its name; raises UsageError for another name, UnavailableError where it cannot be had."""
    if name == "local":
        from p2c.sandboxes.local.sandbox import LocalSandbox

        return LocalSandbox(options)
    if name == "docker":
        from p2c.sandboxes.docker.sandbox import DockerSandbox

        return DockerSandbox(options)
    if name == "e2b":
        from p2c.sandboxes.e2b.sandbox import E2BSandbox

        return E2BSandbox(options)
    if name == "unsafe":
        from p2c.sandboxes.unsafe import UnsafeSandbox

        return UnsafeSandbox(options)
    raise UsageError(f"unknown sandbox {name!r}", f"Available: {', '.join(BACKENDS)}.")


def probe(name: str, options: SandboxOptions | None = None) -> list[str]:
    """Return what can be said about a backend here, by trying it; raises SandboxError with what to do."""
    if name == "local":
        from p2c.sandboxes.diagnostics import local_facts

        return local_facts(options)
    if name == "docker":
        from p2c.sandboxes.docker.setup import docker_facts

        return docker_facts(options)
    if name == "e2b":
        from p2c.sandboxes.e2b.sandbox import e2b_facts

        return e2b_facts(options)
    if name == "unsafe":
        return ["plain processes, no isolation; used only if requested"]
    raise SandboxError(f"unknown sandbox {name!r}", f"Available: {', '.join(BACKENDS)}.")
