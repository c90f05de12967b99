"""The command line that shuts a program in: what it sees, and what it may write."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from p2c.errors import SandboxError
from p2c.sandboxes.base import Command, ExecResult
from p2c.sandboxes.environments.interpreters import is_there
from p2c.sandboxes.process import RunningProcess
from p2c.sandboxes.process_spawning import Spawner
from p2c.sandboxes.running_command import Transcript

UNPRIVILEGED = 60932
"""The uid (and gid) that programs get when p2c itself runs as root: one that nobody has."""

INSIDE = 1000
"""The uid (and gid) that programs see of themselves: that of the first user on most systems."""
HOME = "/home/p2c"
MIB = 1 << 20
ETC = (
    "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "ssl/certs", "ssl/openssl.cnf", "pki",
    "ca-certificates", "nsswitch.conf", "localtime", "mime.types", "fonts", "protocols", "services",
)  # fmt: skip
ROOTS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
ISOLATION = (
    "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
    "--uid", str(INSIDE), "--gid", str(INSIDE), "--hostname", "sandbox",
    "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL",
)  # fmt: skip
INSTALL_HINT = (
    "Install bubblewrap (apt-get install bubblewrap, dnf install bubblewrap), or choose another sandbox with "
    "--sandbox. `p2c doctor` shows what is available."
)


@dataclass(frozen=True)
class BubblewrapSpec:
    """What a program sees besides the system: source on the host by path inside."""

    read_only: Mapping[str, Path] = field(default_factory=dict)
    writable: Mapping[str, Path] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    network: bool = False
    before: tuple[str, ...] = ()
    """Words of a program that becomes the command; `descriptors` are for it."""
    descriptors: tuple[int, ...] = ()
    tmp_size: int = 1024 * MIB

    def arguments(self, directory: str) -> list[str]:
        """Return bwrap's arguments up to the program; the order counts, and the last makes `/` read-only."""
        args = [*ISOLATION, *(() if self.network else ("--unshare-net",)), *system_mounts()]
        if self.network:
            args += _name_service()
        args += ["--proc", "/proc", "--dev", "/dev"]
        for folder in ("/dev/shm", "/tmp", HOME):
            args += ["--perms", "1777" if folder != HOME else "0755", "--size", str(self.tmp_size), "--tmpfs", folder]
        for inside, place in self.read_only.items():
            args += ["--ro-bind", str(place), inside]
        for inside, place in self.writable.items():
            args += ["--bind", str(place), inside]
        for link, target in self.links.items():
            args += ["--symlink", target, link]
        for name, value in self.environment.items():
            args += ["--setenv", name, value]
        # Behind these two is a tmpfs without a size: read-only at last, or it could be filled.
        return [*args, "--chdir", directory, "--remount-ro", "/dev", "--remount-ro", "/"]


def system_mounts() -> list[str]:
    """Return the mounts of the system: programs and libraries, and of /etc only what these read."""
    args = ["--ro-bind", "/usr", "/usr"]
    for name in ROOTS:
        place = Path("/", name)
        if place.is_symlink():
            args += ["--symlink", str(place.readlink()), str(place)]
        elif place.is_dir():
            args += ["--ro-bind", str(place), str(place)]
    if Path("/nix/store").is_dir():
        args += ["--ro-bind", "/nix/store", "/nix/store"]
    args += ["--dir", "/etc"]
    for name in ETC:
        args += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return args


def _name_service() -> list[str]:
    # resolv.conf is often a link into /run, which is not there inside.
    resolv = Path("/etc/resolv.conf").resolve()
    return ["--ro-bind-try", str(resolv), "/etc/resolv.conf", "--ro-bind-try", "/etc/hosts", "/etc/hosts"]


def launcher(uid: int | None, groups: Sequence[str] = ()) -> list[str]:
    """Return the words before bwrap's own: join the control groups, then give up root.

    bwrap as real root with only a user namespace leaves hundreds of kernel files writable, /proc/sys/kernel/
    core_pattern among them: root is root for their owner check, whatever the namespace says.
    """
    words: list[str] = []
    if groups:
        joins = " && ".join(f'echo 0 > "${number}"' for number in range(1, len(groups) + 1))
        words += ["/bin/sh", "-c", f'{joins} && shift {len(groups)} && exec "$@"', "join", *groups]
    if uid is not None:
        setpriv = _need("setpriv", "It is part of util-linux.")
        words += [setpriv, "--reuid", str(uid), "--regid", str(uid), "--clear-groups", "--no-new-privs", "--"]
    return words


def program() -> str:
    """Return bwrap's path; raises SandboxError where it is not installed."""
    return _need("bwrap", INSTALL_HINT)


def _need(name: str, hint: str) -> str:
    path = is_there(name)
    if path is None:
        raise SandboxError(f"{name} is not installed, and the local sandbox needs it", hint)
    return path


def try_out(uid: int | None, spawner: Spawner) -> tuple[str, ...]:
    """Run bwrap once, for real, and return the options of newer versions that this one has.

    Raises SandboxError that says why it does not work here.
    """
    _need("prlimit", "It is part of util-linux.")
    known = _run([program(), "--help"], spawner)
    hardening = ("--disable-userns",) if "--disable-userns" in known.stdout else ()
    words = [*launcher(uid), program(), *hardening, *BubblewrapSpec().arguments("/tmp"), "--", "/usr/bin/env", "true"]
    done = _run(words, spawner)
    if not done.ok:
        message = done.stderr.strip()
        raise SandboxError(f"bubblewrap does not work on this machine: {message or done.exit_code}", reason(message))
    return hardening


def _run(argv: Sequence[str], spawner: Spawner) -> ExecResult:
    try:
        child = spawner.start(argv, {"PATH": "/usr/bin:/bin"})
    except OSError as error:
        raise SandboxError(f"bubblewrap could not be started: {error}", INSTALL_HINT) from error
    with contextlib.closing(child):
        transcript = Transcript(Command(tuple(argv), 30.0))
        RunningProcess(child, transcript, child.kill).follow()
        return transcript.result(child.returncode)


def reason(message: str, root: Path = Path("/")) -> str:
    """Return what to do about bwrap's complaint."""
    apparmor = root / "proc/sys/kernel/apparmor_restrict_unprivileged_userns"
    if apparmor.exists() and apparmor.read_text().strip() == "1":
        return (
            "Ubuntu forbids user namespaces to ordinary programs. Give bwrap a profile "
            "(apt-get install apparmor-profiles; ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict "
            "/etc/apparmor.d/; systemctl reload apparmor), or: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
        )
    if (root / ".dockerenv").exists() or (root / "run/.containerenv").exists():
        return "Inside a container bwrap needs `--security-opt seccomp=unconfined` (and systempaths=unconfined)."
    if "namespace" in message:
        return "User namespaces are disabled: see sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces."
    return INSTALL_HINT
