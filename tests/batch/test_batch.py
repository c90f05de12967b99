"""`p2c batch` as people start it: many items, killed and gone on with, within its limits, and what it leaves."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.batch.making import FAILS, RUNS, Counted, batch, manifest, papers, process_of, repository, start, until
from tests.end_to_end.toy import PAPER, p2c
from tests.scoring.samples import critique

FAST = {"only": ["smoke"], "run": "python main.py"}


def ending(data: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["verdict"] for item in data["items"]}


def counting(folder: Path, number: int) -> tuple[list[dict[str, Any]], Path]:
    """Repositories whose programs each add their number to one file when they have run."""
    done = folder / "done"
    done.touch()
    items = []
    for at in range(number):
        repository(folder / f"r{at:02}", f"open({str(done)!r}, 'a').write('{at:02}\\n')\n")
        items.append({"check": f"r{at:02}", **FAST})
    return items, done


def test_fifty_items_killed_in_the_middle_and_gone_on_with(tmp_path: Path) -> None:
    items, done = counting(tmp_path, 50)
    path, out = manifest(tmp_path, items), tmp_path / "out"
    results = out / ".p2c" / "results"
    with start(str(path), "-o", str(out), "--workers", "4") as process:
        until(lambda: results.is_dir() and len(list(results.glob("*.json"))) >= 20)
        process.send_signal(signal.SIGKILL)
    kept = {place.stem: place.read_bytes() for place in results.glob("*.json")}
    assert 20 <= len(kept) < 50
    code, data, said = batch(str(path), "-o", str(out), "--workers", "4")
    assert code == 0, said
    assert Counter(ending(data).values()) == {"runs": 50}
    assert f"{len(kept)} of 50 finished earlier and are kept" in said
    for name, text in kept.items():
        assert (results / f"{name}.json").read_bytes() == text, "what had ended is not touched"
    runs = Counter(f"r{line}" for line in done.read_text().split())
    assert set(runs) == {f"r{at:02}" for at in range(50)}
    assert all(runs[name] == 1 for name in kept), "no item was done twice"
    assert sum(runs.values()) <= 50 + 4, "at most what was under way has run before"
    assert {item["name"]: item["starts"] for item in data["items"] if item["name"] in kept} == dict.fromkeys(kept, 1)
    code, data, said = batch(str(path), "-o", str(out))
    assert code == 0 and "50 of 50 finished earlier" in said
    assert Counter(done.read_text().split()) == Counter(name[1:] for name in runs.elements())


def test_one_failure_stops_no_other(tmp_path: Path) -> None:
    repository(tmp_path / "good")
    repository(tmp_path / "bad", FAILS)
    repository(tmp_path / "none", "x = 1\n")
    (tmp_path / "not.pdf").write_text("<html>no paper</html>")
    items: list[dict[str, Any]] = [
        {"paper": "not.pdf", "model": f"replay:{tmp_path}"},
        {"check": "bad", **FAST},
        {"check": "good", **FAST},
        {"name": "contract", "check": "good", "run": "python gone.py"},
    ]
    (tmp_path / "main.json").write_text("{}")
    code, data, _ = batch(str(manifest(tmp_path, items)), "-o", str(tmp_path / "out"), "--workers", "2")
    assert code == 1
    told = ending(data)
    assert (told["bad"], told["good"], told["contract"]) == ("broken", "runs", "broken")
    assert told["not"] in ("input", "usage") and "not.pdf" in next(
        i["why"] for i in data["items"] if i["name"] == "not"
    )


def test_a_changed_definition_is_another_item(tmp_path: Path) -> None:
    items, done = counting(tmp_path, 3)
    out = tmp_path / "out"
    batch(str(manifest(tmp_path, items)), "-o", str(out))
    (tmp_path / "r01" / "main.py").write_text((tmp_path / "r01" / "main.py").read_text() + "# changed\n")
    items[2]["timeout"] = 99
    code, _, said = batch(str(manifest(tmp_path, items)), "-o", str(out))
    assert code == 0 and "1 of 3 finished earlier" in said
    assert Counter(done.read_text().split()) == {"00": 1, "01": 2, "02": 2}


def test_again(tmp_path: Path) -> None:
    repository(tmp_path / "bad", FAILS)
    repository(tmp_path / "good")
    path = manifest(tmp_path, [{"check": "bad", **FAST}, {"check": "good", **FAST}])
    out = str(tmp_path / "out")
    assert batch(str(path), "-o", out)[0] == 1
    code, data, said = batch(str(path), "-o", out, "--again", "broken")
    assert code == 1 and "1 of 2 finished earlier" in said
    assert {item["name"]: item["starts"] for item in data["items"]} == {"bad": 2, "good": 1}
    assert "finished earlier" not in batch(str(path), "-o", out, "--again", "all")[2]


def test_ctrl_c_ends_all_and_says_how_to_go_on(tmp_path: Path) -> None:
    started = tmp_path / "started"
    repository(tmp_path / "quick")
    repository(tmp_path / "slow", f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(600)\n")
    path = manifest(tmp_path, [{"check": "quick", **FAST}, {"check": "slow", **FAST}, {"name": "c", "check": "quick"}])
    out = tmp_path / "out"
    with start(str(path), "-o", str(out), "--workers", "1", "--json") as process:
        until(started.exists)
        process.send_signal(signal.SIGINT)
        text, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "to resume" in said
    assert ending(json.loads(text)) == {"quick": "runs", "slow": "interrupted", "c": "interrupted"}
    assert process_of(out / ".p2c" / "events" / "slow.jsonl") == (0, 0), "nothing is left behind"
    (tmp_path / "slow" / "main.py").write_text(RUNS)
    code, _, said = batch(str(path), "-o", str(out))
    assert code == 0 and "1 of 3 finished earlier" in said, said


def test_two_batches_never_share_a_folder(tmp_path: Path) -> None:
    started = tmp_path / "started"
    repository(tmp_path / "slow", f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(600)\n")
    path = manifest(tmp_path, [{"check": "slow", **FAST}])
    with start(str(path), "-o", str(tmp_path / "out")) as process:
        until(started.exists)
        code, _, said = batch(str(path), "-o", str(tmp_path / "out"), env={"P2C_PATIENCE": "0.2"})
        process.send_signal(signal.SIGTERM)
    assert code == 2 and "another p2c is running" in said


def test_wrong_use_starts_nothing(tmp_path: Path) -> None:
    repository(tmp_path / "r")
    (tmp_path / "p.md").write_text(PAPER)
    good = manifest(tmp_path, [{"check": "r"}])
    out = tmp_path / "out"
    assert batch(str(tmp_path / "gone.toml"))[0] == 2
    assert batch(str(good), "-o", str(tmp_path / "r"))[0] == 2, "not the folder of a batch"
    assert batch(str(good), "-o", str(out), "--engine", "magic")[0] == 2
    code, _, said = batch(str(manifest(tmp_path, [{"paper": "p.md"}])), "-o", str(out))
    assert code == 2 and "'p': no language model is configured" in said
    assert not (out / "index.html").exists()


def test_a_repair_works_on_a_copy_of_its_own(tmp_path: Path) -> None:
    source = repository(tmp_path / "repo", "import numpi\nprint('x')\n".replace("numpi", "json"))
    (source / "requirements.txt").write_text("```\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)  # the batch lies in somebody's checkout
    before = {place: place.read_bytes() for place in source.iterdir()}
    path = manifest(tmp_path, [{"repair": "repo", "no_model": True, "run": "python main.py"}])
    code, data, said = batch(str(path), "-o", str(tmp_path / "out"))
    assert code == 0, (data, said)
    assert {place: place.read_bytes() for place in source.iterdir()} == before
    [item] = data["items"]
    assert item["kept"] == 1 and item["report"] == "repo/.p2c/report.html"
    log = ["git", "-C", str(tmp_path / "out" / "repo"), "log", "--reverse", "--format=%s"]
    first, *cures = subprocess.run(log, capture_output=True, text=True, check=True).stdout.splitlines()
    assert first == "As it was given" and len(cures) == 1
    assert (tmp_path / "out" / "repo" / "requirements.txt").read_text() != "```\n"


def test_a_repair_in_place(tmp_path: Path) -> None:
    source = repository(tmp_path / "repo")
    (source / "requirements.txt").write_text("```\n")
    path = manifest(tmp_path, [{"repair": "repo", "no_model": True, "run": "python main.py", "in_place": True}])
    assert batch(str(path), "-o", str(tmp_path / "out"))[0] == 0
    assert (source / "requirements.txt").read_text() != "```\n"
    assert not (tmp_path / "out" / "repo").exists()


def build(folder: Path, path: Path, counted: Counted, *more: str) -> tuple[int, dict[str, Any], str]:
    words = ["--model", "m", "--base-url", counted.server.base_url, "-o", str(folder / "out")]
    return batch(str(path), *words, "--workers", "2", *more)


@pytest.mark.index
def test_papers_become_repositories_and_a_table(tmp_path: Path) -> None:
    counted = Counted()
    path = manifest(tmp_path, papers(tmp_path, 2))
    with counted.server:
        code, data, said = build(tmp_path, path, counted)
        assert code == 0, said
        before = counted.asked.total()
        again, _, _ = build(tmp_path, path, counted)
    assert (again, counted.asked.total()) == (0, before)
    assert set(counted.asked.values()) == {1}
    out = tmp_path / "out"
    for item in data["items"]:
        assert (item["verdict"], item["usd"], item["starts"]) == ("runs", None, 1)
        assert item["calls"] * 2 == before
        assert (out / item["report"]).is_file()
    assert data["spent"]["calls"] == before
    assert data["spent"]["prompt_tokens"] + data["spent"]["completion_tokens"] == sum(counted.tokens.values())
    with (out / "summary.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["name"], row["verdict"], row["usd"]) for row in rows] == [
        ("paper-00", "runs", ""),
        ("paper-01", "runs", ""),
    ]
    assert json.loads((out / "summary.json").read_text())["counts"] == {"runs": 2}
    assert 'href="paper-00/.p2c/report.html"' in (out / "index.html").read_text()
    assert p2c("report", str(out / "paper-00")).returncode == 0, "an item's folder is that of a usual build"


@pytest.mark.index
def test_the_wholes_tokens_hold_and_more_of_them_go_on(tmp_path: Path) -> None:
    counted = Counted()
    path = manifest(tmp_path, papers(tmp_path, 2))
    with counted.server:
        code, data, said = build(tmp_path, path, counted, "--max-tokens", "40000")
        assert code == 4, said
        assert "budget" in ending(data).values()
        spent = data["usage"]["prompt_tokens"] + data["usage"]["completion_tokens"]
        assert 0 < spent == sum(counted.tokens.values()) <= 40_000
        code, data, said = build(tmp_path, path, counted)
    assert code == 0, said
    assert set(counted.asked.values()) == {1}, "what was paid for is not asked again"
    assert set(ending(data).values()) == {"runs"}


@pytest.mark.index
def test_a_killed_batch_pays_for_nothing_twice(tmp_path: Path) -> None:
    counted = Counted(delay=0.4)
    path = manifest(tmp_path, papers(tmp_path, 2), batch={"requests_per_minute": 3000})
    words = ["--model", "m", "--base-url", counted.server.base_url, "-o", str(tmp_path / "out"), "--workers", "2"]
    with counted.server:
        with start(str(path), *words) as process:
            until(lambda: counted.calls_of("No. 1") >= 6)
            killed = time.monotonic()
            process.send_signal(signal.SIGKILL)
        until(lambda: process_of(tmp_path / "out/.p2c/events/paper-01.jsonl") == (0, 0), 30)
        under_way = counted.under_way(killed - 0.3)
        code, data, said = build(tmp_path, path, counted)
    assert code == 0, said
    assert counted.twice() <= under_way, "only calls that were under way are made again"
    assert len(under_way) < 0.5 * len(counted.asked)
    assert max(counted.asked.values()) == 2
    assert [item["starts"] for item in data["items"]] == [2, 2]
    pace = json.loads((tmp_path / "out" / ".p2c" / "pace.json").read_text())
    assert list(pace) == [counted.server.base_url], "all items share one limit"


@pytest.mark.index
def test_what_was_built_is_scored(tmp_path: Path) -> None:
    counted = Counted()
    [item] = papers(tmp_path, 1)
    scored = {**item, "score": True, "no_rubric": True, "samples": 2}
    with counted.server:
        code, data, said = build(tmp_path, manifest(tmp_path, [item]), counted)
        assert code == 0 and data["items"][0]["score"] is None
        built = counted.asked.total()
        code, data, said = build(tmp_path, manifest(tmp_path, [scored]), counted, "--max-tokens", "500")
        assert (code, ending(data)) == (4, {"paper-00": "runs"}) and "no score" in data["items"][0]["why"], data
        counted.says["# Criticise the repository"] = critique(4)
        code, data, said = build(tmp_path, manifest(tmp_path, [scored]), counted)
        assert code == 0, said
        assert (data["items"][0]["score"], data["items"][0]["spread"]) == (4.0, 0.0), data
        assert counted.asked.total() == built + 2, "what was built is not built again"
        assert data["items"][0]["calls"] == counted.asked.total()
        code, _, said = build(tmp_path, manifest(tmp_path, [scored]), counted)
    assert "1 of 1 finished earlier" in said
    assert counted.asked.total() == built + 2
    assert "4.00" in (tmp_path / "out" / "index.html").read_text()
