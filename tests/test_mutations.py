"""A share of `benchmarks/mutations.py`: random damage to each kind of text, the whole command, no crash and no hang."""

from __future__ import annotations

import pytest

from benchmarks import mutations
from benchmarks.originals import ORIGINALS

EXAMPLES = 12


@pytest.mark.parametrize("kind", mutations.KINDS)
def test_a_few_examples_of_each_kind(kind: str) -> None:
    told = mutations.run_kind(kind, EXAMPLES, start=1)
    assert told["failures"] == []
    assert set(told["codes"]) <= mutations.ALLOWED and sum(told["codes"].values()) >= EXAMPLES - 2


def test_a_crash_and_a_hang_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2c.executor.checks.rules.check", lambda repo: 1 / 0)
    assert "exit 70" in mutations.run_kind("setup.cfg", 1, start=1)["failures"][0]

    def endless(place: str, password: str) -> dict[str, object]:
        while True:
            pass

    monkeypatch.setattr("p2c.generator.readers.local_files.paper_data", endless)
    with pytest.raises(TimeoutError), mutations.on_time(0.2):
        endless("", "")


@pytest.mark.parametrize("kind", ORIGINALS)
def test_the_originals_are_read_as_they_are(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert mutations.example(kind, ORIGINALS[kind], tmp_path_factory.mktemp("example")) == 0
