"""What a sandbox costs beside plain processes, `python -m venv` with pip, and the `docker run` of the command line.

python -m benchmarks.sandboxes [BACKEND ...] [--image NAME] [--repeat N]

Medians of several repetitions in one run, printed as Markdown; each time is followed by its ratios to the plain way
and to `docker run`. A backend that is not there is left out, and the reason printed. p2c's tools are warm; uv's and
pip's caches are cold for a first environment and warm for a second. Nothing of the person's own caches is touched,
and downloads come from the package index that pip is set up for.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from p2c.errors import P2CError
from p2c.repo import Repo
from p2c.sandboxes import open_sandbox, probe
from p2c.sandboxes.base import Command, Sandbox
from p2c.sandboxes.docker.container_roles import store_name
from p2c.sandboxes.options import SandboxOptions
from p2c.sandboxes.safe_files import remove

TYPICAL = ("numpy", "scipy", "pandas", "scikit-learn", "matplotlib", "pyyaml", "tqdm")
MORE = "networkx"
TRUE = "/bin/true"
PAUSE = 0.05
FILES = 500
BACKENDS = ("local", "docker", "unsafe")
ROWS = (
    "start, to the end of a first no-op command",
    "no-op command",
    "upload of one changed file among 500",
    "first environment (7 requirements, cold cache)",
    "second environment (the same, warm cache)",
    "one requirement more",
    "an environment that is there",
)
START, NO_OP, UPLOAD, FIRST, SECOND, ONE_MORE, UNCHANGED = ROWS
Times = dict[str, list[float]]


def clock(action: Callable[[], object]) -> float:
    """Return the seconds that it takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def spaced(action: Callable[[], object], count: int, beside: list[float]) -> list[float]:
    """Time an action with pauses in between, as p2c makes them when it reads what a command printed.

    A plain process is timed each time too, `beside` it, because machines are not always equally busy.
    """
    times = []
    for _ in range(count):
        time.sleep(PAUSE)
        beside.append(clock(lambda: run(TRUE)))
        time.sleep(PAUSE)
        times.append(clock(action))
    return times


def repository(changed: int) -> Repo:
    """Return 500 files of about 4 kB, of which one differs."""
    return Repo(
        {f"pkg{n // 50}/m{n}.py": f"x = {changed if n == 123 else 0}\n" + "# text\n" * 600 for n in range(FILES)}
    )


def run(*argv: str, env: Mapping[str, str] | None = None) -> None:
    """Run a program that has to end well."""
    subprocess.run(argv, check=True, capture_output=True, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})


def plain(base: Path, repeat: int, beside: list[float]) -> Times:
    """Measure copying, and venv with pip; plain processes were measured beside the others."""
    times: Times = {NO_OP: beside, START: beside}
    source = base / "source"
    for path, text in repository(0).files.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text)
    times[UPLOAD] = [clock(lambda: shutil.copytree(source, Path(tempfile.mkdtemp(dir=base), "to"))) for _ in range(5)]
    for n in range(repeat):
        for row, seconds in with_pip(base / f"plain{n}").items():
            times.setdefault(row, []).append(seconds)
    return times


def with_pip(base: Path) -> dict[str, float]:
    """Time venv and pip with a cold cache and a warm one; then what is added to, or found in, what is there."""
    env = {"PIP_CACHE_DIR": str(base / "cache")}

    def install(place: Path, *names: str) -> None:
        run(str(place / "bin/pip"), "install", "--quiet", "--only-binary", ":all:", *names, env=env)

    def build(place: Path) -> None:
        run(sys.executable, "-m", "venv", str(place))
        install(place, *TYPICAL)

    second = base / "second"
    return {
        FIRST: clock(lambda: build(base / "first")),
        SECOND: clock(lambda: build(second)),
        UNCHANGED: clock(lambda: install(second, *TYPICAL)),
        ONE_MORE: clock(lambda: install(second, MORE)),
    }


def docker_run(image: str, repeat: int, beside: list[float]) -> Times:
    """Measure `docker run`; the environment where the image has what `python -m venv` needs."""
    times: Times = {}
    command = ("docker", "run", "--rm", image)
    times[START] = times[NO_OP] = spaced(lambda: run(*command, "true"), 8, beside)
    try:
        run(*command, "python3", "-c", "import ensurepip")
    except subprocess.CalledProcessError:
        print(f"docker run: {image} has no ensurepip, so no environment was made in it", file=sys.stderr)
        return times
    words = f"python3 -m venv /tmp/e && /tmp/e/bin/pip install --quiet --only-binary :all: {' '.join(TYPICAL)}"
    times[FIRST] = [clock(lambda: run(*command, "sh", "-c", words)) for _ in range(repeat)]
    times[SECOND] = times[FIRST]  # nothing is kept from one to the next
    return times


@contextmanager
def opened(backend: str, cache: Path, image: str) -> Iterator[Sandbox]:
    """Give a sandbox."""
    sandbox = open_sandbox(backend, SandboxOptions(cache=cache, image=image if backend == "docker" else ""))
    try:
        yield sandbox
    finally:
        sandbox.close()


def measured(backend: str, base: Path, image: str, repeat: int, beside: list[float]) -> Times:
    """Measure a backend."""
    cache = base / f"{backend}-cache"
    true = Command((TRUE,), 60)
    with opened(backend, cache, image):
        pass  # the tools are there now

    def start() -> None:
        with opened(backend, cache, image) as sandbox:
            sandbox.exec(true)

    times: Times = {START: [clock(start) for _ in range(max(repeat, 5))]}
    with opened(backend, cache, image) as sandbox:
        count = 40 if backend != "docker" else 15
        sandbox.exec(true)
        times[NO_OP] = spaced(lambda: sandbox.exec(true), count, beside)
        sandbox.put(repository(0))
        times[UPLOAD] = [clock(lambda n=n: sandbox.put(repository(n))) for n in range(1, 11)]  # type: ignore[misc]
    for n in range(repeat):
        with own_uv_cache(base / f"{backend}-uv{n}"):
            for row, seconds in environments(backend, base / f"{backend}-cache{n}", image).items():
                times.setdefault(row, []).append(seconds)
    return times


@contextmanager
def own_uv_cache(place: Path) -> Iterator[None]:
    """Keep the backend without a cache of its own from the person's."""
    before = os.environ.get("UV_CACHE_DIR")
    os.environ["UV_CACHE_DIR"] = str(place)
    try:
        yield
    finally:
        if before is None:
            del os.environ["UV_CACHE_DIR"]
        else:
            os.environ["UV_CACHE_DIR"] = before


def environments(backend: str, cache: Path, image: str) -> dict[str, float]:
    """Build with a cold cache, again with a warm one, with one requirement more; then ask for what is there."""
    found: dict[str, float] = {}
    try:
        with opened(backend, cache, image) as sandbox:
            if backend == "unsafe":  # its tools came through the same cache
                remove(Path(os.environ["UV_CACHE_DIR"]))
            for number, (row, names) in enumerate(
                ((FIRST, TYPICAL), (SECOND, TYPICAL), (ONE_MORE, (*TYPICAL, MORE))), start=1
            ):
                found[row] = clock(lambda number=number, names=names: build(sandbox, f"{number:08x}", names))  # type: ignore[misc]
            found[UNCHANGED] = clock(lambda: sandbox.choose_environment(f"{1:08x}"))
    finally:
        remove(cache)
        if backend == "docker":
            run("docker", "volume", "rm", "--force", store_name(cache))
    return found


def build(sandbox: Sandbox, key: str, names: Sequence[str]) -> None:
    """Resolve, make and seal an environment as the install check does."""
    places = sandbox.places
    sandbox.set_network("install")
    sandbox.add({"requirements.in": "\n".join(names).encode()})

    def uv(*words: str) -> str:
        done = sandbox.exec(Command((f"{places.tools}/bin/uv", *words), 900))
        if not done.ok:
            raise RuntimeError(done.stderr)
        return done.stdout

    only = ("--only-binary", ":all:")
    lock = uv("pip", "compile", "--no-header", "--no-annotate", *only, f"{places.scratch}/requirements.in")
    if sandbox.choose_environment(key):
        raise RuntimeError(f"{key} was there before")
    uv("venv", "--relocatable", "--allow-existing", "--quiet", places.environment)
    sandbox.add({"requirements.lock": lock.encode()})
    python = f"{places.environment}/bin/python"
    uv("pip", "install", "--no-deps", *only, "--python", python, "-r", f"{places.scratch}/requirements.lock")
    sandbox.seal_environment()
    sandbox.set_network("none")


def show(times: Mapping[str, Times]) -> None:
    """Print the table."""
    names = [name for name in ("plain", "docker run", *BACKENDS) if name in times]
    print(f"| what | {' | '.join(names)} |\n|---|{'--:|' * len(names)}")
    for row in ROWS:
        middle = {name: statistics.median(times[name][row]) for name in names if row in times[name]}
        cells = [_cell(name, middle) for name in names]
        print(f"| {row} | {' | '.join(cells)} |")


def _cell(name: str, middle: Mapping[str, float]) -> str:
    if name not in middle:
        return "-"
    seconds = middle[name]
    text = (
        f"{seconds * 1000:.2g} ms"
        if seconds < 0.01
        else f"{seconds * 1000:.0f} ms"
        if seconds < 1
        else f"{seconds:.1f} s"
    )
    ratios = [_ratio(seconds / middle[other]) if other in middle else "-" for other in ("plain", "docker run")]
    return f"{text} ({' / '.join(ratios)})" if name in BACKENDS else text


def _ratio(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}" if value >= 0.001 else "<0.001"


def main() -> None:
    """Measure what is there and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("backends", nargs="*", default=BACKENDS, metavar="BACKEND")
    parser.add_argument("--image", default="p2c-base:latest", help="docker's base image (scripts/start-docker)")
    parser.add_argument("--repeat", type=int, default=3, help="how often environments are built (0: not)")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    times: dict[str, Times] = {}
    beside: list[float] = []
    try:
        for name in asked.backends:
            try:
                probe(name, SandboxOptions(image=asked.image))
            except P2CError as error:
                print(f"{name}: left out: {error.message}", file=sys.stderr)
                continue
            print(f"{name} ...", file=sys.stderr, flush=True)
            times[name] = measured(name, folder, asked.image, asked.repeat, beside)
        if "docker" in times and shutil.which("docker"):
            times["docker run"] = docker_run(asked.image, asked.repeat, beside)
            run("docker", "volume", "rm", "--force", store_name(folder / "docker-cache"))
        times["plain"] = plain(folder, asked.repeat, beside)
    finally:
        remove(folder)
    show(times)


if __name__ == "__main__":
    main()
