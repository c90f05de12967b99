from __future__ import annotations

import pytest

from p2c.executor.checks.install import as_of
from p2c.executor.report import Finding
from p2c.executor.requirements.lock import mixes_builds
from p2c.run_contract import RunContract


@pytest.mark.parametrize(
    ("lock", "mixed"),
    [
        ("numpy==2.4.6\ntorch==2.13.0+cpu\ntorchvision==0.28.0\n", True),
        ("torch==2.13.0+cpu\ntorchvision==0.28.0+cpu\n", False),
        ("torch==2.13.0\ntorchvision==0.28.0\n", False),
        ("torch==2.13.0+cpu\ntorch-geometric==2.7.0\ntorchmetrics==1.9.0\n", False),
        ("numpy==2.4.6\n", False),
    ],
)
def test_torch_and_what_shares_its_compiled_code_are_of_one_build(lock: str, mixed: bool) -> None:
    assert mixes_builds(lock) is mixed


def test_what_has_no_wheel_in_an_era_is_told_with_its_day() -> None:
    """A build that fails for want of wheels says nothing of the day by itself."""
    failed = Finding("install", "BuildFailed", "numpy==1.21.0 failed to build", "requirements.txt", fix="take a wheel")
    told = as_of(failed, RunContract(era="2021-06-30"), "3.11.2")
    assert told.message == "as of [run] era 2021-06-30, with Python 3.11.2: numpy==1.21.0 failed to build"
    assert "later era" in told.fix and told.gates
    assert as_of(failed, RunContract(), "3.11.2") == failed
    other = Finding("install", "UnknownPackage", "no such thing")
    assert as_of(other, RunContract(era="2021-06-30"), "3.11.2") == other
