"""Jobs through submitit, by its executor of local processes: real processes, but no Slurm."""

from __future__ import annotations

import importlib.util
import signal
from pathlib import Path

import pytest

from p2c.batch.engines import EnginePlan
from p2c.batch.jobs import BatchFolder, BatchJob
from tests.batch.making import FAILS, batch, manifest, repository, start, until

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("submitit") is None, reason="submitit is not installed: pip install 'p2c[slurm]'"
)
FAST = {"only": ["smoke"], "run": "python main.py"}
LOCAL = {"cluster": "local", "look": 0.2}


def test_items_are_jobs(tmp_path: Path) -> None:
    repository(tmp_path / "good")
    repository(tmp_path / "bad", FAILS)
    path = manifest(tmp_path, [{"check": "good", **FAST}, {"check": "bad", **FAST}], slurm=LOCAL)
    out = tmp_path / "out"
    code, data, said = batch(str(path), "-o", str(out), "--engine", "slurm")
    assert code == 1, said
    assert [(item["name"], item["verdict"]) for item in data["items"]] == [("good", "runs"), ("bad", "broken")]
    assert len(list((out / ".p2c/slurm").rglob("*_submitted.pkl"))) == 2, "each was a job"
    assert "2 of 2 finished earlier" in batch(str(path), "-o", str(out), "--engine", "slurm")[2]


def test_a_job_that_dies_is_told_and_gone_on_with(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    deadly = f"import os, time\nif not os.path.exists({str(mark)!r}):\n    open({str(mark)!r}, 'w').close()\n"
    repository(tmp_path / "dies", deadly + "    time.sleep(600)\nprint('later')\n")
    path = manifest(tmp_path, [{"check": "dies", **FAST}], slurm=LOCAL)
    out = tmp_path / "out"
    with start(str(path), "-o", str(out), "--engine", "slurm", "--json") as driver:
        until(mark.exists)
        for job in _jobs(out):
            job.kill()
        text, said = driver.communicate(timeout=60)
    assert driver.returncode == 3, said
    assert '"verdict": "killed"' in text and "was lost" in text
    assert batch(str(path), "-o", str(out), "--engine", "slurm")[0] == 0


def _jobs(out: Path) -> list[_Process]:
    """The processes that submitit started for the jobs of a batch."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes() if folder.name.isdigit() else b""
        except OSError:
            continue
        if b"submitit.core._submit" in words and str(out).encode() in words:
            found.append(_Process(int(folder.name)))
    return found


class _Process:
    """A process by its number."""

    def __init__(self, number: int) -> None:
        self.number = number

    def kill(self) -> None:
        """End it at once."""
        import os

        os.kill(self.number, signal.SIGKILL)


def test_what_a_job_needs(tmp_path: Path) -> None:
    from p2c.batch.engines.slurm import SlurmEngine
    from p2c.batch.jobs import Allowance
    from p2c.batch.manifest import BatchItem

    table = {"cluster": "debug", "timeout_min": 90, "slurm_partition": "short"}
    engine = SlurmEngine(EnginePlan(BatchFolder(tmp_path), table=table))
    item = BatchItem("a", "build", "/p.md", {"cpus": 2.5, "gpus": 1, "memory_gb": 16})
    needs = engine._needs(BatchJob(item, str(tmp_path), "k", "c", Allowance(minutes=20)))
    assert needs == {
        "name": "a",
        "cpus_per_task": 3,
        "gpus_per_node": 1,
        "mem_gb": 16,
        "timeout_min": 35,
        "slurm_partition": "short",
    }
    assert engine._needs(BatchJob(item, str(tmp_path), "k", "c"))["timeout_min"] == 90


def test_no_slurm_is_said(tmp_path: Path) -> None:
    repository(tmp_path / "r")
    path = manifest(tmp_path, [{"check": "r"}], slurm={"cluster": "slurm"})
    code, _, said = batch(str(path), "-o", str(tmp_path / "out"), "--engine", "slurm")
    assert code == 3 and "Slurm" in said
