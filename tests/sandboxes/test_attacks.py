"""Generated code that wants out: what each sandbox keeps from it, and from the host's own files.

An attack on what only some sandboxes keep names the features that promise it (`keeps`): where they are not declared
it is not tried, where they are declared and it succeeds, this is a failing test. What is E2B's own machine there,
and this one here, is tried against the service alone (`of_the_service`, P2C_E2B_LIVE=1).
"""

from __future__ import annotations

import contextlib
import gc
import os
import platform
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from p2c.errors import InputError
from p2c.repo import Repo
from p2c.sandboxes.base import Command, ExecResult, Feature, Sandbox
from p2c.sandboxes.environments import uv_settings
from p2c.sandboxes.environments.refused_hosts import refused_hosts
from p2c.sandboxes.local.bubblewrap import UNPRIVILEGED
from p2c.sandboxes.local.resource_monitor import processes
from p2c.sandboxes.local.sandbox import LocalSandbox
from p2c.sandboxes.options import SandboxOptions
from tests.sandboxes import escaping
from tests.sandboxes.conftest import Open, skip_without_bubblewrap

pytestmark = pytest.mark.sandbox
MIB = 1 << 20
Test = TypeVar("Test", bound=Callable[..., None])
FILES = "E2B's machine is not this one; the protocol's server runs programs here, beside this machine's files"
NETWORK = "the kernel and the network of E2B's machine are not the protocol server's; e2b/test_client.py has more"
here_only = pytest.mark.parametrize("backend", ["local", "docker"], indirect=True)
"""What is of this machine's kernel, or of paths that only these two have."""


def keeps(*features: Feature) -> Callable[[Test], Test]:
    """Name the features that promise that an attack fails."""

    def mark(test: Test) -> Test:
        test.keeps = features  # type: ignore[attr-defined]
        return test

    return mark


def of_the_service(reason: str) -> Callable[[Test], Test]:
    """Say why the protocol's server cannot show that an attack fails at E2B."""

    def mark(test: Test) -> Test:
        test.elsewhere = reason  # type: ignore[attr-defined]
        return test

    return mark


def python(sandbox: Sandbox, program: str, timeout: float = 30, *words: str) -> ExecResult:
    return sandbox.exec(Command(("python3", "-c", program, *words), timeout))


def attempt(sandbox: Sandbox, expression: str) -> str:
    """Return what an expression gave inside, or the name of its error."""
    program = (
        f"import os, socket\ntry:\n    print('got', {expression})\nexcept Exception as e:\n    print(type(e).__name__)"
    )
    return python(sandbox, program).stdout.strip()


@pytest.fixture(params=["local", "docker", "e2b", "unsafe"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each sandbox that there is; `unsafe` promises nothing, but the host's own files are not to be followed there."""
    return str(request.param)


@pytest.fixture
def enter(backend: str, opened: Open, request: pytest.FixtureRequest) -> Open:
    """Open such a sandbox, with limits; skip what it does not promise, or what cannot be shown of it here."""
    reason = getattr(request.function, "elsewhere", "")
    if backend == "e2b" and reason and os.environ.get("P2C_E2B_LIVE") != "1":
        pytest.skip(reason)

    def one(**limits: int) -> Sandbox:
        sandbox = opened(backend, **limits)
        lacking = sorted({*getattr(request.function, "keeps", ())} - sandbox.features)
        if lacking:
            pytest.skip(f"not promised: {', '.join(lacking)} is not among its features here")
        return sandbox

    return one


@pytest.fixture
def shut_in(enter: Open) -> Sandbox:
    """A sandbox of each kind, with the usual limits."""
    return enter()


@pytest.fixture
def open_file() -> Iterator[Path]:
    """A file in a folder of the host that everybody may read and write."""
    folder = Path("/var/tmp") / f"p2c-host-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o777)
    file = folder / "secret.txt"
    file.write_text("host secret")
    file.chmod(0o666)
    yield file
    shutil.rmtree(folder)


@pytest.fixture
def home(open_file: Path, monkeypatch: pytest.MonkeyPatch, enter: Open) -> Path:
    """A home of p2c's user with keys in it, which everybody may read."""
    enter()  # the tools come once, by the settings in the real one
    place = open_file.parent / "home"
    (place / ".ssh").mkdir(parents=True)
    (place / ".ssh/id_ed25519").write_text("ssh secret")
    (place / ".netrc").write_text("netrc secret")
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place / "agent"))
    return place


@keeps("files")
@of_the_service(FILES)
def test_the_home_of_the_host_cannot_be_read(home: Path, enter: Open) -> None:
    sandbox = enter()
    assert attempt(sandbox, f"os.listdir({str(home)!r})") == "FileNotFoundError"
    assert "secret" not in attempt(
        sandbox, "[open(os.path.expanduser('~/' + n)).read() for n in os.listdir(os.path.expanduser('~'))]"
    )
    for real in {Path("/root"), Path(pwd.getpwuid(os.geteuid()).pw_dir)}:
        there = attempt(sandbox, f"(os.stat({str(real)!r}).st_dev, os.stat({str(real)!r}).st_ino)")
        assert there != f"got {(real.stat().st_dev, real.stat().st_ino)}"


@keeps("files")
@of_the_service(FILES)
def test_ssh_keys_and_their_agent_cannot_be_reached(home: Path, enter: Open) -> None:
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(home / "agent"))
        agent.listen()
        (home / "agent").chmod(0o777)
        sandbox = enter()
        assert attempt(sandbox, f"open({str(home / '.ssh/id_ed25519')!r}).read()") == "FileNotFoundError"
        assert attempt(sandbox, "os.environ['SSH_AUTH_SOCK']") == "KeyError"
        assert attempt(sandbox, f"socket.socket(1).connect({str(home / 'agent')!r})") == "FileNotFoundError"


@keeps("files")
@of_the_service(FILES)
def test_the_docker_socket_cannot_be_reached(shut_in: Sandbox) -> None:
    for place in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock"):
        assert attempt(shut_in, f"os.stat({place!r})") == "FileNotFoundError"
        assert attempt(shut_in, f"socket.socket(1).connect({place!r})") == "FileNotFoundError"


def test_nothing_of_the_host_but_programs_and_libraries_is_there(local: Sandbox) -> None:
    for place in (Path.home(), "/root", "/etc/shadow", "/var/run/docker.sock", "/run", "/opt", "/var", "/sys", "/mnt"):
        assert attempt(local, f"os.stat({str(place)!r})") == "FileNotFoundError"
    assert attempt(local, "os.listdir(os.path.expanduser('~'))") == "got []"
    assert attempt(local, "os.listdir('/home')") == "got ['p2c']"


@keeps("files")
@of_the_service(FILES)
def test_what_everybody_may_read_and_write_on_the_host_is_not_there(shut_in: Sandbox, open_file: Path) -> None:
    assert attempt(shut_in, f"open({str(open_file)!r}).read()") == "FileNotFoundError"
    python(shut_in, f"import os; os.makedirs({str(open_file.parent)!r}); open({str(open_file)!r}, 'w').write('x')")
    assert open_file.read_text() == "host secret"


@keeps("files", "unprivileged")
def test_the_environment_of_the_parent_cannot_be_read_not_even_through_proc(
    shut_in: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    program = """
import glob, os
print(dict(os.environ))
for file in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline'):
    try:
        print(file, open(file, errors='replace').read())
    except OSError as error:
        print(file, error)
"""
    # What p2c's user has started, as p2c itself is started, by the host's own account of it.
    victim = subprocess.Popen(["sleep", "60"], env={"OPENAI_API_KEY": "sk-secret"})
    try:
        while not (there := Path(f"/proc/{victim.pid}/environ").read_text()):  # it is not there at once
            time.sleep(0.01)
        assert "sk-secret" in there
        result = python(shut_in, program)
    finally:
        victim.kill()
        victim.wait()
    assert "/proc/1/environ" in result.stdout
    assert "sk-secret" not in result.stdout


@here_only
def test_only_workspace_and_scratch_and_sized_temporary_folders_can_be_written(shut_in: Sandbox) -> None:
    program = """
import os
for folder in ('/', '/usr', '/usr/bin', '/etc', '/dev', '/tools', '/tools/bin', '/var/tmp', '/proc/sys/kernel',
               '/workspace', '/scratch', '/tmp', '/dev/shm', '/home/p2c'):
    try:
        open(folder + '/probe', 'w').close(); print(folder)
    except OSError:
        pass
"""
    assert python(shut_in, program).stdout.split() == ["/workspace", "/scratch", "/tmp", "/dev/shm", "/home/p2c"]


NAMESPACED = ("shm", "msg", "queues_max", "sem", "auto_msg", "domainname", "hostname", "ns_last_pid", "pid_max")


@here_only
def test_kernel_settings_of_the_host_cannot_be_written(shut_in: Sandbox) -> None:
    program = """
import os, stat
for folder, _, files in os.walk('/proc'):
    if folder.count('/') == 1 or not folder.split('/')[2].isdigit() and 'self' not in folder:
        for file in files:
            try:
                open(os.path.join(folder, file), 'r+').close()
                if not stat.S_ISCHR(os.stat(os.path.join(folder, file)).st_mode):  # covered by /dev/null
                    print(os.path.join(folder, file))
            except OSError:
                pass
"""
    writable = python(shut_in, program).stdout.split()
    assert "/proc/sys/kernel/core_pattern" not in writable
    # What remains belongs to the sandbox's own ipc, uts and pid namespaces, or only watches (pressure).
    left = [one for one in writable if not Path(one).name.startswith(NAMESPACED) and "/pressure/" not in one]
    assert left == []


def test_the_program_is_nobody_on_the_host_and_has_no_capabilities(local: Sandbox, cache: Path) -> None:
    status = python(local, "open('/scratch/mine', 'w'); print(open('/proc/self/status').read())").stdout
    assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status
    [mine] = cache.glob("sessions/*/scratch/mine")
    assert mine.stat().st_uid == (UNPRIVILEGED if os.geteuid() == 0 else os.geteuid())


@keeps("network")
@of_the_service(NETWORK)
@pytest.mark.parametrize("kind", ["tcp", "abstract", "path"])
def test_services_of_the_host_cannot_be_reached(shut_in: Sandbox, open_file: Path, kind: str) -> None:
    name = str(open_file.parent / "service")
    family = socket.AF_INET if kind == "tcp" else socket.AF_UNIX
    address: Any = {"tcp": ("127.0.0.1", 0), "abstract": f"\0p2c-{os.getpid()}", "path": name}[kind]
    with socket.socket(family) as server:
        server.bind(address)
        server.listen()
        if kind == "path":
            Path(name).chmod(0o777)
        where = server.getsockname()
        where = where.decode() if isinstance(where, bytes) else where
        connect = f"socket.socket({int(family)}).connect({where!r})"
        here = subprocess.run([sys.executable, "-c", f"import socket; {connect}"], check=False)
        assert here.returncode == 0
        assert attempt(shut_in, connect) in {"ConnectionRefusedError", "FileNotFoundError"}


@keeps("network")
@of_the_service(NETWORK)
def test_no_network_and_no_names_when_programs_run(shut_in: Sandbox) -> None:
    assert attempt(shut_in, "socket.create_connection(('1.1.1.1', 53), 2)") == "OSError"
    assert attempt(shut_in, "socket.getaddrinfo('example.org', 443)") == "gaierror"
    assert (
        attempt(shut_in, "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))") == "OSError"
    )
    assert attempt(shut_in, "sorted(name for _, name in socket.if_nameindex())") == "got ['lo']"


@keeps("processes")
def test_a_fork_bomb_stays_small(enter: Open) -> None:
    sandbox = enter(processes=40)
    program = """
import os, time
count = 0
try:
    while count < 2000:
        if os.fork() == 0:
            time.sleep(60)
        count += 1
except BlockingIOError:
    pass
print(count)
"""
    result = python(sandbox, program)
    assert 0 < int(result.stdout) <= 40
    assert python(sandbox, "print('well')").stdout == "well\n"


@keeps("memory")
def test_a_memory_bomb_is_killed_and_told(enter: Open) -> None:
    sandbox = enter(memory=200 * MIB)
    result = python(sandbox, "x = bytearray(10**9); import time; time.sleep(20); print('survived')")
    assert result.oom_killed and result.exit_code is None and not result.timed_out and "survived" not in result.stdout
    assert f"more than {200 * MIB} bytes of memory" in result.stderr
    after = python(sandbox, "x = bytearray(50 * 2**20); print('well')")
    assert after.stdout == "well\n" and not after.oom_killed


@keeps("memory")
def test_memory_of_many_processes_counts_together(enter: Open) -> None:
    sandbox = enter(memory=300 * MIB)
    program = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        x = bytearray(100 * 2**20)
        time.sleep(20)
        os._exit(0)
for _ in range(6):
    if os.wait()[1]:
        raise SystemExit(3)
"""
    assert python(sandbox, program).oom_killed


def test_without_control_groups_a_watchdog_keeps_memory(opened: Open) -> None:
    sandbox = opened(memory=200 * MIB)
    without = replace(sandbox._runner, groups=None)  # type: ignore[attr-defined]
    sandbox._runner = without  # type: ignore[attr-defined]
    program = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        os.setsid(); x = bytearray(80 * 2**20); time.sleep(20)
time.sleep(20)
"""
    result = python(sandbox, program)
    assert result.oom_killed and result.exit_code is None and result.seconds < 10
    assert python(sandbox, "x = bytearray(50 * 2**20)").ok


@keeps("disk")
def test_filling_the_disk_is_stopped(enter: Open) -> None:
    sandbox = enter(disk=64 * MIB)
    program = """
import os, time
for n in range(400):
    open(f'fill{n}', 'wb').write(b'x' * 2**20); time.sleep(0.01)
print('filled')
"""
    result = python(sandbox, program)
    assert result.exit_code is None and "bytes on disk" in result.stderr and "filled" not in result.stdout


@keeps("disk")
def test_filling_the_disk_with_files_without_a_name_is_stopped(enter: Open) -> None:
    sandbox = enter(disk=64 * MIB)
    program = """
import os, time
file = open('gone', 'wb'); os.unlink('gone')
for n in range(400):
    file.write(b'x' * 2**20); file.flush(); time.sleep(0.01)
print('filled')
"""
    assert "bytes on disk" in python(sandbox, program).stderr


@keeps("disk")
def test_a_file_has_a_size(enter: Open) -> None:
    assert attempt(enter(file_size=8 * MIB), "open('big', 'wb').write(b'x' * 2**25)") == "OSError"


@here_only
def test_temporary_folders_have_a_size(enter: Open) -> None:
    sizes = attempt(enter(), "[os.statvfs(d).f_blocks * os.statvfs(d).f_frsize for d in ('/tmp', '/dev/shm')]")
    assert all(0 < int(size) <= 1024 * MIB for size in sizes.removeprefix("got [").removesuffix("]").split(", "))


@keeps("unprivileged")
def test_signals_reach_nobody_outside(shut_in: Sandbox) -> None:
    program = f"""
import os
try:
    os.kill({os.getpid()}, 9)
except OSError as error:
    print(type(error).__name__, flush=True)
os.kill(-1, 9)
"""
    victim = subprocess.Popen(["sleep", "30"])
    try:
        assert python(shut_in, program).stdout in {"ProcessLookupError\n", "PermissionError\n"}
        assert victim.poll() is None
    finally:
        victim.kill()
        victim.wait()


@keeps("kill_tree")
def test_a_daemon_does_not_outlive_its_command(shut_in: Sandbox) -> None:
    program = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(3): os.close(fd)
        time.sleep(2.5); open('alive', 'w'); time.sleep(60)
    os._exit(0)
print('left')
"""
    started = time.monotonic()
    result = python(shut_in, program)
    assert result.stdout == "left\n" and result.exit_code == 0
    time.sleep(max(0.0, started + 3.2 - time.monotonic()))
    assert shut_in.get(f"{shut_in.places.repo}/alive") is None


@keeps("kill_tree")
def test_a_daemon_that_holds_the_output_does_not_hold_the_command(shut_in: Sandbox) -> None:
    program = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True); print('left')"
    started = time.monotonic()
    assert python(shut_in, program).stdout == "left\n"
    assert time.monotonic() - started < 20


def test_there_is_no_terminal_to_type_into(shut_in: Sandbox) -> None:
    assert attempt(shut_in, "open('/dev/tty')") == "OSError"
    assert attempt(shut_in, "__import__('fcntl').ioctl(0, 0x5412, b'x')") == "OSError"


@here_only
def test_namespaces_mounts_and_devices_cannot_be_made(shut_in: Sandbox) -> None:
    calls = "__import__('ctypes').CDLL(None, use_errno=True)"
    assert attempt(shut_in, f"{calls}.unshare(0x10000000)") == "got -1"
    assert attempt(shut_in, f"{calls}.mount(b'none', b'/tmp', b'tmpfs', 0, 0)") == "got -1"
    assert attempt(shut_in, "os.mknod('/scratch/disk', 0o60666, os.makedev(8, 0))") == "PermissionError"
    assert attempt(shut_in, "os.chroot('/tmp')") == "PermissionError"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of system calls are those of x86_64")
def test_keyrings_and_risky_system_calls_are_refused(local: Sandbox) -> None:
    call = "import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.syscall({}), ctypes.get_errno())"
    for arguments in ("250, 0, -3, 1", "425, 8, 0", "321, 0, 0, 0", "298, 0, 0, 0, 0, 0", "323, 0", "0x40000027"):
        assert python(local, call.format(arguments)).stdout == "-1 1\n"
    assert python(local, call.format("39")).stdout.split()[0] != "-1"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of system calls are those of x86_64")
def test_sockets_that_no_network_namespace_holds_are_refused(local: Sandbox) -> None:
    program = """
import errno, socket
def asked(family):
    try:
        socket.socket(family, socket.SOCK_STREAM).close()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "made"
print([asked(family) for family in (socket.AF_VSOCK, 38, 31, 43, 45, 17)], [asked(f) for f in (1, 2, 10)])
socket.socketpair(); socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
"""
    for mode in ("none", "install"):
        local.set_network(mode)  # type: ignore[arg-type]
        assert python(local, program).stdout == f"{['EAFNOSUPPORT'] * 6} {['made'] * 3}\n"


def test_one_huge_line_is_cut(shut_in: Sandbox) -> None:
    result = python(shut_in, "import sys; sys.stdout.write('x' * 50_000_000)")
    assert result.ok and result.truncated and len(result.stdout) < 1_100_000


def test_deleting_the_workspace_does_not_break_the_sandbox(shut_in: Sandbox) -> None:
    shut_in.put(Repo({"a/b.py": "print('here')"}))
    program = """
import os, shutil
here = os.getcwd()
shutil.rmtree(here, ignore_errors=True)
try:
    os.chmod(here, 0)
except OSError:  # it is not the program's, or it is gone
    print('gone', os.listdir(here) if os.path.isdir(here) else [])
"""
    assert python(shut_in, program).stdout in {"", "gone []\n"}
    shut_in.put(Repo({"a/b.py": "print('here')"}))
    assert shut_in.exec(Command(("python3", "a/b.py"), 10)).stdout == "here\n"


PLANT = """
import os, sys
target, scratch = sys.argv[1:]
os.makedirs('sub/dark'); os.chmod('sub/dark', 0)
os.symlink(target, 'main.py'); os.symlink(os.path.dirname(target), 'pkg'); os.symlink(target, 'result.json')
os.symlink(os.getcwd(), 'loop'); os.mkfifo('pipe'); os.mkfifo('other.py'); os.mkdir('third.py')
os.symlink(target, scratch + '/report.json'); os.symlink(os.path.dirname(target), scratch + '/deep')
os.symlink(target, '.p2c-new')
"""


def test_symbolic_links_are_not_followed_by_upload_or_download(shut_in: Sandbox, open_file: Path) -> None:
    repo, scratch = shut_in.places.repo, shut_in.places.scratch
    shut_in.put(Repo({}))
    assert python(shut_in, PLANT, 30, str(open_file), scratch).ok
    for path in (f"{repo}/result.json", f"{repo}/pkg/secret.txt", f"{repo}/pipe", f"{scratch}/report.json"):
        assert shut_in.get(path) is None
    shut_in.add({"report.json": b"mine", "deep/secret.txt": b"mine"})
    files = {"main.py": "1", "pkg/secret.txt": "overwritten", "other.py": "2", "third.py": "3"}
    shut_in.put(Repo(files))
    assert open_file.read_text() == "host secret"
    assert sorted(one.name for one in open_file.parent.iterdir()) == ["secret.txt"]
    for path, text in files.items():
        assert shut_in.get(f"{repo}/{path}") == text.encode()
    assert shut_in.get(f"{scratch}/deep/secret.txt") == b"mine"
    listing = python(shut_in, "import os; print(sorted(os.listdir('.')))").stdout
    assert listing == "['main.py', 'other.py', 'pkg', 'third.py']\n"


def test_hard_links_pass_no_change_on_and_are_not_downloaded(shut_in: Sandbox, open_file: Path) -> None:
    repo, kept = shut_in.places.repo, f"{shut_in.places.scratch}/kept"
    shut_in.put(Repo({"a.py": "one", "b.py": "x"}))
    link = """
import os, sys
kept, target = sys.argv[1:]
try:
    os.link('a.py', kept)
except OSError:  # another volume
    os.link('a.py', '.kept')
os.unlink('b.py'); os.link('a.py', 'b.py')
try:
    os.link(target, 'host.txt')
except OSError:
    pass
"""
    assert python(shut_in, link, 30, kept, str(open_file)).ok
    if shut_in.backend in ("local", "docker"):  # elsewhere the host's file is there to be read anyway
        assert shut_in.get(f"{repo}/host.txt") is None
    shut_in.put(Repo({"a.py": "one", "b.py": "one", "host.txt": "mine"}))
    change = """
import os, sys
for name in (sys.argv[1], '.kept'):
    if os.path.exists(name): open(name, 'w').write('changed')
"""
    assert python(shut_in, change, 30, kept).ok
    assert shut_in.get(f"{repo}/a.py") == shut_in.get(f"{repo}/b.py") == b"one"
    assert shut_in.get(f"{repo}/host.txt") == b"mine" and open_file.read_text() == "host secret"


def test_archives_do_not_leave_their_folder(shut_in: Sandbox, tmp_path: Path) -> None:
    asset = tmp_path / "data.bin"
    asset.write_bytes(b"x")
    for path in ("../escaped", "/tmp/escaped", "a/../../escaped", "a\0b", ".."):
        with pytest.raises(InputError):
            shut_in.put(Repo({path: "x"}))
        with pytest.raises(InputError):
            shut_in.put(Repo({}, {path: asset}))
        with pytest.raises(InputError):
            shut_in.add({path: b"x"})
    for path in ("../scratch/x", "../../etc/passwd", "a/../../etc/passwd", "/etc/passwd"):
        assert shut_in.get(f"{shut_in.places.repo}/{path}") is None
    assert attempt(shut_in, "[p for p in ('../escaped', '/tmp/escaped') if os.path.lexists(p)]") == "got []"


DRIVER = """
import sys
from dataclasses import replace
from pathlib import Path
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Command
from p2c.sandboxes.local.sandbox import LocalSandbox
from p2c.sandboxes.options import SandboxOptions
sandbox = open_sandbox("local", SandboxOptions(cache=Path(sys.argv[1])))
program = "import os, time; print(os.readlink('/proc/self/ns/pid'), flush=True); os.fork(); os.setsid(); time.sleep(99)"
sandbox.exec(Command(("/usr/bin/python3", "-c", program), 120), lambda name, text: print(text, end="", flush=True))
"""


def test_sigkill_of_p2c_leaves_nothing_running_and_the_next_start_cleans_up(cache: Path, opened: Open) -> None:
    skip_without_bubblewrap()
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, str(cache)], stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None
    namespace = int(driver.stdout.readline().strip().removeprefix("pid:[").removesuffix("]"))
    assert len(list(processes(namespace))) >= 2
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    driver.stdout.close()
    deadline = time.monotonic() + 10
    while list(processes(namespace)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(processes(namespace)) == []
    sandbox = opened()
    assert len([one for one in (cache / "sessions").iterdir() if one.is_dir()]) == 1
    sandbox.close()
    assert list((cache / "sessions").iterdir()) == []


def test_a_time_out_leaves_no_process(local: Sandbox) -> None:
    seen: list[str] = []
    program = (
        "import os, time; print(os.readlink('/proc/self/ns/pid'), flush=True); os.fork(); os.setsid(); time.sleep(99)"
    )
    result = local.exec(Command(("python3", "-c", program), 1), lambda name, text: seen.append(text))
    assert result.timed_out
    assert list(processes(int(seen[0].strip().removeprefix("pid:[").removesuffix("]")))) == []


def test_no_thread_or_descriptor_is_left(local: Sandbox) -> None:
    def held() -> tuple[int, int]:
        gc.collect()  # what others have left would go away by itself meanwhile
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    python(local, "1")
    (files, threads), commands = held(), 8
    for _ in range(commands):
        python(local, "print(1)")
    # What is made ready for the next command counts, however many there were.
    assert held()[0] - files < commands and held()[1] - threads < 2


ORDINARY = """
import os, sys
from dataclasses import replace
from pathlib import Path
from p2c.sandboxes import open_sandbox
from p2c.sandboxes.base import Command
from p2c.sandboxes.options import ResourceLimits, SandboxOptions
from p2c.repo import Repo
sandbox = open_sandbox("local", SandboxOptions(ResourceLimits(memory=300 * 2**20), cache=Path(sys.argv[1])))
def python(program, timeout=20):
    return sandbox.exec(Command(("python3", "-c", program), timeout))
sandbox.put(Repo({"a.py": "1"}))
print(os.geteuid(), python("print(open('a.py').read())").stdout.strip())
print(python("import os; os.stat(%r)" % sys.argv[1]).stderr.splitlines()[-1].split(":")[0])
print(python("import socket; socket.create_connection(('1.1.1.1', 53), 2)").stderr.splitlines()[-1].split(":")[0])
print(python("x = bytearray(10**9); import time; time.sleep(9)").oom_killed)
print(python("import time; time.sleep(9)", 0.5).timed_out)
python("import os; os.makedirs('dark/er'); os.chmod('dark/er', 0); os.chmod('dark', 0)")
sandbox.put(Repo({"b.py": "1"}))
print(python("import os; print(os.listdir('.'))").stdout.strip())
sandbox.close()
print(os.listdir(sys.argv[1] + "/sessions"))
"""


AS_ANOTHER = ("setpriv", "--reuid", "61001", "--regid", "61001", "--clear-groups")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_works_as_an_ordinary_user() -> None:
    skip_without_bubblewrap()
    root = Path(__file__).parents[2]
    if not all(one.stat().st_mode & 0o001 for one in (root, *root.parents, *Path(sys.executable).parents)):
        pytest.skip("p2c lies where another user cannot read it")
    home = Path("/var/tmp") / f"p2c-user-{os.getpid()}"
    home.mkdir(mode=0o700)
    os.chown(home, 61001, 61001)
    try:
        done = subprocess.run(
            [*AS_ANOTHER, sys.executable, "-c", ORDINARY, str(home / "cache")],
            cwd=root, env={**os.environ, "HOME": str(home)}, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.stdout.splitlines() == [
            "61001 1", "FileNotFoundError", "OSError", "True", "True", "['b.py']", "[]",
        ], done.stderr  # fmt: skip
    finally:
        with contextlib.suppress(FileNotFoundError):
            subprocess.run(["rm", "-rf", str(home)], check=True)


@pytest.fixture
def host(tmp_path: Path, open_file: Path) -> Iterator[escaping.Host]:
    """This machine as the one that is attacked: an index, and canaries beside it."""
    with escaping.serving(tmp_path, open_file.parent) as one:
        yield one


@pytest.fixture
def installing(
    host: escaping.Host, backend: str, opened: Open, enter: Open, monkeypatch: pytest.MonkeyPatch
) -> Sandbox:
    """A sandbox of each kind that installs from that index, behind a proxy of the user's with a login."""
    opened(backend).close()  # the tools come from the real index
    monkeypatch.setenv("UV_DEFAULT_INDEX", host.url)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{escaping.SECRET}@127.0.0.1:9")
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS", "UV_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return escaping.begin(enter(memory=2 << 30))


@keeps("index_only")
@of_the_service(NETWORK)
def test_a_build_reaches_the_index_and_nothing_else(installing: Sandbox, host: escaping.Host) -> None:
    report = escaping.attack(installing, host)
    assert report["index"].endswith(" 200"), report
    lost = {"ConnectionRefusedError", "FileNotFoundError", "OSError", "PermissionError", "gaierror", "TimeoutError"}
    reached = {
        name: report[name] for name in (*escaping.DIRECT, *escaping.AWAY, "raw", "packet") if report[name] not in lost
    }
    # A datagram to a loopback of its own is sent, and heard by nobody.
    assert set(reached) <= {"udp"}, reached
    through = {name: report[name] for name in report if name.startswith(("tunnel", "get"))}
    assert len(through) == 15
    odd = {name: said for name, said in through.items() if said[9:12] not in ("400", "403", "405")}
    assert odd == {"tunnel without tls": ""}, "that one had its 200 before it was no TLS"
    assert report["own proxy's memory"] == [[], []]
    assert host.canaries.heard_besides() == []


@keeps("index_only")
@of_the_service(NETWORK)
def test_who_was_refused_in_a_build_is_told(installing: Sandbox, host: escaping.Host) -> None:
    refused = escaping.attack(installing, host)["refused"]
    assert "evil.example" in refused and f"127.0.0.1:{host.canaries.aims['proxied']}" in refused


@keeps("index_only")
@of_the_service(NETWORK)
def test_killing_all_that_can_be_killed_does_not_cut_the_way_to_the_index(
    installing: Sandbox, host: escaping.Host
) -> None:
    program = """
import os, urllib.request
try:
    os.kill(-1, 9)
except OSError:
    pass
print(urllib.request.urlopen(os.environ["UV_DEFAULT_INDEX"] + "/demo/", timeout=20).status)
"""
    done = installing.exec(Command(("python3", "-c", program), 60))
    assert done.stdout == "200\n", done.stderr
    assert escaping.install(installing, "demo").ok


@keeps("index_only")
@of_the_service(NETWORK)
def test_an_honest_package_is_fetched_and_built_as_ever(installing: Sandbox, host: escaping.Host) -> None:
    host.write_sdist("honest", "print('built')\n")
    done = escaping.install(installing, "demo", "honest")
    assert done.ok and refused_hosts(done.stderr) == (), done.stderr
    installing.set_network("none")
    python = f"{installing.places.environment}/bin/python"
    shown = installing.exec(Command((python, "-c", "import demo, honest; print(demo.version, honest.version)"), 30))
    assert shown.stdout == "2.0 1.0\n"
    assert any(path.endswith(".whl") for path in host.asked) and any(path.endswith(".tar.gz") for path in host.asked)


def test_the_canaries_hear_what_shares_the_network_of_the_host(
    host: escaping.Host, opened: Open, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened().close()
    elsewhere = {"http_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"}
    monkeypatch.setattr(uv_settings, "proxy_environment", lambda: elsewhere)
    shared = lambda self, jail, *rest: self._run_online(replace(jail, network=True), *rest)  # noqa: E731
    monkeypatch.setattr(LocalSandbox, "_run_installing", shared)
    environ = {"HOME": "/nonexistent", "UV_DEFAULT_INDEX": host.url}
    sandbox = escaping.begin(LocalSandbox(SandboxOptions(cache=cache), environ))
    try:
        report = escaping.attack(sandbox, host, escaping.DIRECT)
    finally:
        sandbox.close()
    reached = {"reached", "BrokenPipeError"}  # the canary may have hung up before all was sent
    assert {report[name] for name in ("tcp", "any", "tcp6", "abstract")} <= reached
    assert report["path"] == "FileNotFoundError", "folders were never shared"
    assert host.canaries.heard_besides() == ["abstract", "tcp", "tcp", "tcp6", "udp"]
