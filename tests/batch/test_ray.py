"""A real Ray cluster on this machine: workers and a whole node are killed; nothing is lost, nothing paid twice."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.batch.making import FAILS, Counted, batch, manifest, papers, process_of, repository, start, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("ray"),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed: pip install 'p2c[ray]'"),
]

NUMBER = 12


def test_a_worker_is_killed_in_the_middle(tmp_path: Path) -> None:
    counted = Counted(delay=0.3)
    out = tmp_path / "out"
    path = manifest(tmp_path, papers(tmp_path, NUMBER))
    words = [str(path), "-o", str(out), "--engine", "ray", "--workers", "3", "--json"]
    with counted.server, start(*words, "--model", "m", "--base-url", counted.server.base_url) as driver:
        until(lambda: counted.calls_of("No. 1 ") >= 6, 180)
        _, worker = process_of(out / ".p2c/events/paper-01.jsonl")
        assert Path(f"/proc/{worker}/cmdline").read_bytes().startswith(b"ray::"), "a process of Ray, not ours"
        killed = time.monotonic()
        os.kill(worker, signal.SIGKILL)
        until(lambda: counted.under_way(killed - 0.3), 10)
        under_way = counted.under_way(killed - 0.3)
        text, said = driver.communicate(timeout=400)
    data = json.loads(text)
    check(out, data, counted, NUMBER)
    assert driver.returncode == 0, said
    assert {prompt for prompt in counted.twice() if "No. 1 " not in prompt} == set(), "others never noticed"
    assert counted.twice() <= under_way | counted.under_way(killed - 0.3)
    assert {item["name"]: item["starts"] for item in data["items"] if item["starts"] != 1} == {"paper-01": 2}


def check(out: Path, data: dict[str, Any], counted: Counted, number: int) -> None:
    """Each item has one result and runs; what the rows count is what the server was asked for and answered."""
    names = [f"paper-{at:02}" for at in range(number)]
    assert [(item["name"], item["verdict"]) for item in data["items"]] == [(name, "runs") for name in names]
    assert sorted(place.name for place in (out / ".p2c/results").iterdir()) == [f"{name}.json" for name in names]
    spent = data["spent"]["prompt_tokens"] + data["spent"]["completion_tokens"]
    least = sum(counted.tokens.values())
    most = least + sum(counted.tokens.get(prompt, 0) for prompt in counted.twice())
    assert least <= spent <= most, "each reply was paid for once, but those that came while their process was killed"
    calls = {item["calls"] for item in data["items"]}
    assert len(calls) == 1 and data["spent"]["calls"] == len(counted.tokens)


def _patiently(begin: Callable[[], Any], tries: int = 3) -> Any:
    """Start a part of Ray; on a busy machine it gives up on itself after half a minute."""
    for left in reversed(range(tries)):
        try:
            return begin()
        except Exception:
            if not left:
                raise
    raise AssertionError


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two nodes: one for the head, one to lose."""
    from ray.cluster_utils import Cluster

    made = Cluster()
    try:
        _patiently(lambda: made.add_node(num_cpus=1, include_dashboard=False))
        yield made
    finally:
        made.shutdown()


def test_a_whole_node_is_lost(tmp_path: Path, cluster: Any) -> None:
    counted = Counted(delay=0.3)
    out = tmp_path / "out"
    node = _patiently(lambda: cluster.add_node(num_cpus=2))
    path = manifest(tmp_path, papers(tmp_path, 4), ray={"address": cluster.address})
    words = [str(path), "-o", str(out), "--engine", "ray", "--json", "--model", "m"]
    with counted.server, start(*words, "--base-url", counted.server.base_url) as driver:
        until(lambda: counted.asked.total() >= 15, 180)
        killed = time.monotonic()
        cluster.remove_node(node, allow_graceful=False)
        time.sleep(1.0)
        text, said = driver.communicate(timeout=400)
    assert driver.returncode == 0, said
    data = json.loads(text)
    check(out, data, counted, 4)
    assert counted.twice() <= {p for p, at in counted.answered.items() if at >= killed - 0.3}
    assert max(counted.asked.values()) <= 2
    assert sum(item["starts"] for item in data["items"]) > 4, "some were begun again on the node that is left"


def test_endings_are_the_same_as_here_and_needs_are_heard(tmp_path: Path) -> None:
    repository(tmp_path / "bad", FAILS)
    repository(tmp_path / "big")
    fast = {"only": ["smoke"], "run": "python main.py"}
    items: list[dict[str, Any]] = [{"check": "bad", **fast}, {"check": "big", **fast, "cpus": 2, "memory_gb": 0.1}]
    items.append({"name": "bigger", "check": "big", "cpus": 3})
    path = manifest(tmp_path, items, ray={"local_cpus": 2})
    code, data, said = batch(str(path), "-o", str(tmp_path / "out"), "--engine", "ray")
    assert code == 1, said
    assert [(item["name"], item["verdict"]) for item in data["items"]] == [
        ("bad", "broken"),
        ("big", "runs"),
        ("bigger", "usage"),
    ]
    assert data["items"][2]["why"] == "it needs 3 cpus, and this machine has 2"


def test_a_cluster_that_is_not_there(tmp_path: Path) -> None:
    repository(tmp_path / "r")
    path = manifest(tmp_path, [{"check": "r"}], ray={"address": "127.0.0.1:9"})
    code, _, said = batch(str(path), "-o", str(tmp_path / "out"), "--engine", "ray")
    assert code == 3 and "no Ray cluster at '127.0.0.1:9'" in said


def test_what_is_missing_is_said_with_the_way_to_it(tmp_path: Path) -> None:
    repository(tmp_path / "r")
    blind = tmp_path / "blind"
    for name in ("ray", "submitit"):
        (blind / name).mkdir(parents=True)
        (blind / name / "__init__.py").write_text(f"raise ImportError({name!r})\n")
    path = manifest(tmp_path, [{"check": "r"}])
    for name in ("ray", "slurm"):
        code, _, said = batch(str(path), "-o", str(tmp_path / name), "--engine", name, env={"PYTHONPATH": str(blind)})
        assert code == 2 and f"pip install 'p2c[{name}]'" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    started = tmp_path / "started"
    repository(tmp_path / "slow", f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(600)\n")
    path = manifest(tmp_path, [{"check": "slow", "only": ["smoke"], "run": "python main.py"}])
    out = tmp_path / "out"
    with start(str(path), "-o", str(out), "--engine", "ray", "--workers", "1", "--json") as driver:
        until(started.exists, 180)
        driver.send_signal(number)
        text, said = driver.communicate(timeout=120)
    assert driver.returncode == 130, said
    assert json.loads(text)["items"][0]["verdict"] == "interrupted"
    until(lambda: process_of(out / ".p2c/events/slow.jsonl") == (0, 0), 30)
