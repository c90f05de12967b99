from pathlib import Path

from p2c.journal import Event, Journal, read_events


def test_events_are_kept_and_told(tmp_path: Path) -> None:
    heard: list[Event] = []
    journal = Journal(tmp_path / "new" / "journal.jsonl", (heard.append,))
    journal.note("file.written", path="a.py", text="é\udce9")
    journal.note("repo.checked", verdict="runs")
    assert [event.name for event in heard] == ["file.written", "repo.checked"]
    assert [event.name for event in read_events(tmp_path / "new" / "journal.jsonl")] == ["file.written", "repo.checked"]


def test_a_line_cut_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).note("plan.made")
    with path.open("a") as stream:
        stream.write('{"event": "file.wri')
    assert [event.name for event in read_events(path)] == ["plan.made"]
