"""What the local sandbox finds on this machine, for people."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from p2c.sandboxes.environments import interpreters
from p2c.sandboxes.environments.cache import default_root
from p2c.sandboxes.environments.index_proxy import IndexProxy, described
from p2c.sandboxes.environments.index_settings import read_index
from p2c.sandboxes.environments.pruning import GB, holdings
from p2c.sandboxes.local import bubblewrap, cgroups
from p2c.sandboxes.options import GIB, SandboxOptions
from p2c.sandboxes.process_spawning import Spawner

HELD = {
    "store": "unpacked wheels in uv's store",
    "environments": "environments",
    "tools": "sets of tools",
    "sessions": "active or abandoned sessions",
}


def local_facts(options: SandboxOptions | None = None) -> list[str]:
    """Return facts after running bubblewrap once; raises SandboxError where it does not work."""
    options = options or SandboxOptions()
    uid = bubblewrap.UNPRIVILEGED if os.geteuid() == 0 else None
    python = interpreters.choose(options.python, uid)
    with contextlib.closing(Spawner(interpreters.choose(">=3.11", uid).executable)) as spawner:
        bubblewrap.try_out(uid, spawner)
    groups = cgroups.find(options.limits)
    enforced_by = "a control group" if groups else "a watchdog (control groups are not available)"
    if groups:
        groups.close()
    limits = options.limits
    return [
        f"bubblewrap works: {bubblewrap.program()}",
        "programs run as " + (f"the unprivileged uid {uid}" if uid is not None else "your own user, isolated"),
        f"Python {python.version}: {python.executable}",
        f"memory limited to {limits.memory / GIB:.1f} GiB by {enforced_by}",
        f"processes limited to {limits.processes}, open files to {limits.open_files}, by the kernel",
        f"disk limited to {limits.disk / GIB:.1f} GiB by a watchdog",
    ]


def hosts_fact(allow_hosts: tuple[str, ...] = ()) -> str:
    """Return which hosts an install may reach; raises InputError for index settings that cannot be read."""
    egress = IndexProxy(read_index(os.environ), allow_hosts)
    return f"can reach only {described(egress)} (--allow-host HOST adds a host)"


def cache_fact(folder: str | None, limit: float, days: float) -> str:
    """Return where the cache lies, what it holds, and how much of it is kept (GB, days)."""
    root = Path(folder) if folder else default_root(bubblewrap.UNPRIVILEGED if os.geteuid() == 0 else None)
    usages = holdings(root)
    parts = [f"{usages[name].number} {what} ({usages[name].size / GB:.2f} GB)" for name, what in HELD.items()]
    if usages["gone"].size:
        parts.append(f"being removed {usages['gone'].size / GB:.2f} GB")
    total = sum(usage.size for usage in usages.values()) / GB
    kept = f"kept: {limit:g} GB, {days:g} days after the last use (P2C_CACHE_LIMIT, P2C_CACHE_DAYS)"
    return f"{root} holds {total:.2f} GB: {', '.join(parts)}; {kept}"
