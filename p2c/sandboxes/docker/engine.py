"""A Docker engine through its SDK: containers that are shut in, and programs run in them with their streams apart."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from docker.types import DeviceRequest, Mount, Ulimit
from requests.exceptions import RequestException

from p2c.errors import SandboxError, UsageError
from p2c.sandboxes.disk_space import telling
from p2c.sandboxes.docker.specs import (
    ContainerSpec,
    Image,
    OwnedResource,
    StreamDemuxer,
    buffered,
    described,
    name_and_tag,
)

CHUNK, REMOVAL = 1 << 18, 10  # bytes read at once; seconds in which an engine lets go of a container's volumes
START = (
    "Start it (systemctl start docker, or Docker Desktop), or set DOCKER_HOST or `docker context use`; "
    "or choose another sandbox with --sandbox."
)
HINTS = (
    ("permission denied", "Your user has no permission for the engine: usermod -aG docker $USER, then log in again."),
    (
        "no space left",
        "The engine's disk is full: `docker system df` shows the usage, `docker system prune` frees space.",
    ),
    ("could not select device driver", "--gpus needs the NVIDIA container toolkit on the engine's machine."),
    ("bind source path does not exist", "A folder of your package index settings is not on the engine's machine."),
    ("docker-init", "The engine lacks docker-init (Debian: apt-get install tini)."),
)


def engine_errors(what: str, otherwise: str = "") -> contextlib.AbstractContextManager[None]:
    """Turn what the engine or its connection says into a SandboxError with what to do, or `otherwise`."""

    def hint(error: Exception) -> str:
        message = str(getattr(error, "explanation", None) or error).lower()
        return next((hint for sign, hint in HINTS if sign in message), otherwise)

    return telling(what, (DockerException, RequestException, OSError), hint)


class Engine:
    """One Docker engine, found as the command line finds it (DOCKER_HOST, contexts); SandboxError if none answers."""

    def __init__(self, timeout: int = 300) -> None:
        with engine_errors("no Docker engine answers", START):
            self._client = docker.from_env(timeout=timeout)
            self.about: Mapping[str, Any] = self._client.info()

    @property
    def is_local(self) -> bool:
        """It is reached by a socket of this machine, so it sees this machine's folders."""
        return str(self._client.api.base_url).startswith(("http+docker://localhost", "unix://", "npipe://"))

    def image(self, name: str) -> Image:
        """Return an image, pulling it where it is not there; raises SandboxError where that fails."""
        with engine_errors(f"the image {name!r} cannot be inspected"), contextlib.suppress(ImageNotFound):
            return described(self._client.images.get(name).attrs)
        get = f"Pull it (docker pull {name}), or choose a local image (docker images) with --image."
        with engine_errors(f"the image {name!r} is not available and cannot be pulled", get):
            repository, tag = name_and_tag(name)
            for line in self._client.api.pull(repository, tag=tag, stream=True, decode=True):
                # An answer that began well can go on to fail, on which the SDK says nothing.
                if "error" in line:
                    raise DockerException(line["error"])
            return described(self._client.images.get(name).attrs)

    def run(self, shape: ContainerSpec) -> Container:
        """Start a container that does nothing by itself, and ends when p2c does, or its life is over."""
        with engine_errors("the container could not be started"):
            api = self._client.api
            host = api.create_host_config(**_host_config(shape))
            created = api.create_container(
                shape.image,
                ["timeout", str(shape.life), "cat"],
                entrypoint=[],
                stdin_open=True,
                user="0:0",
                hostname="sandbox",
                working_dir="/",
                labels=dict(shape.labels),
                host_config=host,
                healthcheck={"test": ["NONE"]},
                # The default hands the person's proxies, with their logins, to every program.
                use_config_proxy=False,
            )
            container = Container(self._client, created["Id"])
            try:
                container.attach()
                api.start(created["Id"])
            except BaseException:
                container.remove()
                raise
            return container

    def owned(self, label: str) -> Iterator[OwnedResource]:
        """Yield each container, then each volume, that has a label."""
        with engine_errors("the engine's containers cannot be listed"):
            wanted = {"label": label}
            for description in self._client.api.containers(all=True, filters=wanted):
                yield OwnedResource(description["Labels"], Container(self._client, description["Id"]).remove)
            for volume in self._client.api.volumes(filters=wanted)["Volumes"] or ():
                yield OwnedResource(volume["Labels"], partial(self.remove_volume, volume["Name"]), is_volume=True)

    def keep_volume(self, name: str) -> None:
        """Make a volume that outlives sessions, where it is not there."""
        with engine_errors(f"the volume {name!r} could not be made"):
            self._client.api.create_volume(name, labels={"p2c.store": "1"})

    def remove_volume(self, name: str) -> None:
        """Remove a volume; one that is not there, or in use, is left."""
        with contextlib.suppress(DockerException, RequestException):
            self._client.api.remove_volume(name, force=True)

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(Exception):
            self._client.close()


class Container:
    """One container, by its id."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.id = name
        self._attached: Any = None

    def attach(self) -> None:
        """Hold its standard input; the engine ends that when p2c is gone, and `cat` with it, and all that is inside."""
        self._attached = self._client.api.attach_socket(self.id, params={"stdin": 1, "stream": 1})

    def exec(self, argv: Sequence[str], user: str, env: Mapping[str, str], where: tuple[str, bool]) -> ExecStream:
        """Start a program; `where` is its working directory and whether it gets a stdin."""
        directory, stdin = where
        with engine_errors("a command could not be started in the container"):
            created = self._client.api.exec_create(
                self.id, list(argv), stdin=stdin, user=user, environment=dict(env), workdir=directory
            )
            stream = self._client.api.exec_start(created["Id"], socket=True)
            return ExecStream(self._client, created["Id"], stream)

    def is_running(self) -> bool:
        """Tell whether it lives, as far as the engine says so."""
        try:
            return bool(self._client.api.inspect_container(self.id)["State"]["Running"])
        except (DockerException, RequestException):
            return False

    def ran_out_of_memory(self, since: float) -> bool:
        """Tell whether the engine has noted so since a time (seconds of the epoch)."""
        with engine_errors("the engine's events cannot be read"):
            wanted = {"container": self.id, "event": "oom"}
            until = int(time.time()) + 1
            return any(self._client.api.events(since=int(since), until=until, filters=wanted, decode=True))

    def remove(self) -> None:
        """Kill it and all in it; never raises. It has gone then, so that its volumes are in nobody's use."""
        with contextlib.suppress(DockerException, RequestException):
            try:
                self._client.api.remove_container(self.id, force=True, v=True)
            except APIError:  # the engine is at it already, because its program ended
                self._client.api.wait(self.id, timeout=REMOVAL, condition="removed")
        _close(self._attached)


class ExecStream:
    """A program that was started in a container, seen through the connection that the engine has opened for it."""

    def __init__(self, client: Any, name: str, stream: Any) -> None:
        self._client = client
        self._id = name
        self._stream = stream
        self._socket = getattr(stream, "_sock", stream)
        self._frames = StreamDemuxer()
        self._early = buffered(stream, self._socket)
        self._over = False

    @property
    def ended(self) -> bool:
        """Its streams have ended, and all that came on them was read."""
        return self._over and not self._early

    def send(self, chunks: Iterable[bytes]) -> None:
        """Write to the program's stdin, as long as it reads: one that ended early says itself why."""
        for chunk in chunks:
            left = memoryview(chunk)
            while left and not self._over:
                with engine_errors("the connection to the container broke"):
                    if select.select([self._socket], [], [], 0)[0]:
                        # Taken at once: what it said last is lost where the engine resets the connection.
                        self._early += self._receive(0.001)
                        continue
                    self._socket.settimeout(1.0)
                    try:
                        left = left[self._socket.send(left) :]
                    except TimeoutError:
                        # It takes no more: is it gone, or waiting for somebody to take what it prints?
                        self._early += self._receive(0.001)
                    except (BrokenPipeError, ConnectionResetError):
                        return

    def read(self, wait: float) -> list[tuple[str, bytes]]:
        """Return what came within some seconds: (stdout or stderr, bytes); `ended` tells that nothing will."""
        data, self._early = self._early, b""
        return self._frames.feed(data or self._receive(wait))

    def _receive(self, wait: float) -> bytes:
        if self._over:
            return b""
        with engine_errors("the connection to the container broke"):
            self._socket.settimeout(max(wait, 0.001))
            try:
                data = bytes(self._socket.recv(CHUNK))
            except (TimeoutError, BlockingIOError):
                return b""
            except ConnectionResetError:
                data = b""  # it ended while more was sent; its exit code tells the rest
        self._over = not data
        return data

    @property
    def connection(self) -> tuple[Any, bytes]:
        """Return the engine's socket, for one who reads and writes it himself, and what was read from it already."""
        early, self._early = self._early, b""
        return self._socket, early

    def exit_code(self, patience: float = 10.0) -> int:
        """Return the program's exit code, once its streams have ended."""
        deadline = time.monotonic() + patience
        while True:
            with engine_errors("the engine does not say how a command ended"):
                about = self._client.api.exec_inspect(self._id)
            if about["ExitCode"] is not None and not about["Running"]:
                return int(about["ExitCode"])
            if time.monotonic() > deadline:
                raise SandboxError("the engine does not say how a command ended")
            time.sleep(0.01)

    def close(self) -> None:
        """Close the connection; the program goes on."""
        _close(self._stream)


def _close(stream: Any) -> None:
    """Close a connection that the engine has handed over; never raises."""
    for layer in (getattr(stream, "_sock", None), stream, getattr(stream, "_response", None)):
        with contextlib.suppress(Exception):
            layer.close()  # type: ignore[union-attr]


def _host_config(shape: ContainerSpec) -> dict[str, Any]:
    labels = dict(shape.labels)
    volumes = [
        Mount(vol.place, vol.name, read_only=not vol.writable, no_copy=True, labels=None if vol.kept else labels)
        for vol in shape.volumes
    ]
    folders = [Mount(folder, folder, type="bind", read_only=True) for folder in shape.folders]
    return {
        "network_mode": "bridge" if shape.network else "none",
        "mounts": [*volumes, *folders],
        "tmpfs": dict(shape.temporary),
        "read_only": True,
        "init": True,
        "auto_remove": True,
        "privileged": False,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": shape.memory,
        "memswap_limit": shape.memory,
        "shm_size": shape.shared_memory,
        "pids_limit": shape.processes,
        "cpu_shares": 512,  # the machine's own work goes first
        "nano_cpus": round(shape.cpus * 1e9) or None,
        "ulimits": [Ulimit(name=name, soft=most, hard=most) for name, most in shape.ulimits.items()],
        "log_config": {"type": "none", "config": {}},
        "device_requests": [_gpus(shape.gpus)] if shape.gpus else None,
    }


def _gpus(wanted: str) -> DeviceRequest:
    if wanted == "all" or wanted.isdigit():
        return DeviceRequest(count=-1 if wanted == "all" else int(wanted), capabilities=[["gpu"]])
    if wanted.startswith("device="):
        return DeviceRequest(device_ids=wanted.removeprefix("device=").split(","), capabilities=[["gpu"]])
    raise UsageError(f"--gpus {wanted!r} is not valid", "Use all, a number, or device=0,1.")
