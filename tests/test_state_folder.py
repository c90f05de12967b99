from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p2c import state_folder
from p2c.errors import InputError, P2CError, UnavailableError, UsageError
from p2c.state_folder import STATE, StateFolder, alone, locate, read_lines, read_state, write_state
from p2c.state_folder import folder as access
from p2c.state_folder.identity import FORMAT
from p2c.state_folder.key import VARIABLE, code_of, key_file, load_key

FORK = multiprocessing.get_context("fork")


def kept(root: Path) -> list[str]:
    """What is in `.p2c`, besides what is always there."""
    always = {"id", "lock", "seals", ".gitignore"}
    return sorted(place.name for place in (root / STATE).iterdir() if place.name not in always)


def opened(root: Path) -> list[str]:
    """Hold the folder for a moment; return what is told of it."""
    told: list[str] = []
    with alone(root, tell=told.append):
        pass
    return told


# The key


def test_the_key_is_this_users_alone_and_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "new"))
    pipe: multiprocessing.SimpleQueue[bytes] = FORK.SimpleQueue()
    children = [FORK.Process(target=lambda: pipe.put(load_key())) for _ in range(8)]
    for child in children:
        child.start()
    keys = {pipe.get() for _ in children}
    for child in children:
        child.join()
    assert keys == {load_key()}
    place = key_file()
    assert place.is_relative_to(tmp_path)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("spoil", ["", "short", "\xff" * 64])
def test_a_damaged_key_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "key"))
    (tmp_path / "key").write_text(spoil)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(UnavailableError, match="damaged"):
        load_key()


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "key"))
    load_key()
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(UnavailableError, match="read by others"):
        load_key()


def test_no_two_lists_of_parts_have_one_code() -> None:
    assert code_of(b"k", b"a", b"bc") != code_of(b"k", b"ab", b"c") != code_of(b"k", b"abc")
    assert code_of(b"k", b"a") == code_of(b"k", b"a") != code_of(b"other", b"a")


# What is believed


def test_what_was_written_is_read_and_what_was_changed_is_not(tmp_path: Path) -> None:
    write_state(tmp_path, "deep/plan.json", {"a": "\udcff", "b": 1})
    assert read_state(tmp_path, "deep/plan.json", dict) == {"a": "\udcff", "b": 1}
    place = tmp_path / STATE / "deep" / "plan.json"
    place.write_bytes(place.read_bytes().replace(b"1", b"2"))
    assert read_state(tmp_path, "deep/plan.json", dict) is None
    write_state(tmp_path, "deep/plan.json", {"b": 3})
    assert read_state(tmp_path, "deep/plan.json", dict) == {"b": 3}
    assert (tmp_path / STATE / "foreign-1" / "deep" / "plan.json").read_bytes().count(b"2") == 1, "nothing is deleted"


def test_a_file_is_believed_under_its_own_name_in_its_own_folder_and_of_this_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for root in (one, other):
        root.mkdir()
        write_state(root, "a.json", [str(root)])
        write_state(root, "b.json", [])
    for folder in (one, other):  # another folder's file with its seal, another name's file with its seal
        shutil.copytree(folder / STATE / "seals", folder / "seals")
    shutil.copy(other / STATE / "a.json", one / STATE / "a.json")
    shutil.copytree(other / "seals", one / STATE / "seals", dirs_exist_ok=True)
    assert read_state(one, "a.json", list) is None
    shutil.copy(other / STATE / "a.json", other / STATE / "b.json")
    assert read_state(other, "b.json", list) is None
    assert read_state(other, "a.json", list) == [str(other)]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "somebody-else"))
    assert read_state(other, "a.json", list) is None


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree])
def test_a_folder_that_was_moved_or_copied_keeps_its_state(tmp_path: Path, how: Callable[[Path, Path], object]) -> None:
    root, new = tmp_path / "one", tmp_path / "deeper" / "two"
    root.mkdir()
    new.parent.mkdir()
    write_state(root, "plan.json", [1])
    state_folder.append_line(root / STATE / "journal.jsonl", '{"event": "a"}')
    opened(root)
    how(root, new)
    assert StateFolder(new).is_moved
    assert opened(new) == []
    assert not StateFolder(new).is_moved
    assert read_state(new, "plan.json", list) == [1]
    assert read_lines(new / STATE / "journal.jsonl") == ['{"event": "a"}']


@pytest.mark.parametrize("step", range(1, 8))
@pytest.mark.parametrize("kills", [1, 3])
def test_a_kill_at_any_moment_leaves_what_was_there_or_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, kills: int
) -> None:
    write_state(tmp_path, "a.json", ["old"])
    calls = 0

    def killed(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def call(*words: object, **more: object) -> object:
            nonlocal calls
            calls += 1
            if calls == step:
                raise KeyboardInterrupt
            return real(*words, **more)

        return call

    for number in range(kills):
        calls = 0
        with monkeypatch.context() as patch:
            patch.setattr(os, "rename", killed("rename"))
            patch.setattr(os, "fchmod", killed("fchmod"))
            with contextlib.suppress(KeyboardInterrupt):
                write_state(tmp_path, "a.json", ["new", number])
        assert read_state(tmp_path, "a.json", list) in (["old"], *(["new", n] for n in range(number + 1)))
    write_state(tmp_path, "a.json", ["last"])
    assert read_state(tmp_path, "a.json", list) == ["last"]
    assert opened(tmp_path) == [], "nothing of it is taken for somebody else's"


def _works(root: Path) -> None:
    """Go on where the last one was killed: a file, a line and a reply for each number."""
    with alone(root, patience=30.0):
        journal = root / STATE / "journal.jsonl"
        for number in range(len(read_lines(journal)), 1_000_000):
            write_state(root, "a.json", number)
            write_state(root, f"replies/m/{number % 7}.json", number)
            state_folder.append_line(journal, str(number))
            state_folder.set_mark(root, "writing")
            state_folder.clear_mark(root, "writing")


def test_killed_at_random_moments_nothing_is_lost_and_nothing_is_taken_for_others(tmp_path: Path) -> None:
    chance, most = random.Random(10), -1
    for _ in range(8):
        child = FORK.Process(target=_works, args=(tmp_path,))
        child.start()
        before, end = len(read_lines(tmp_path / STATE / "journal.jsonl")), 3 + chance.randrange(15)
        while len(read_lines(tmp_path / STATE / "journal.jsonl")) < before + end:
            assert child.is_alive()
        child.kill()
        child.join()
        assert opened(tmp_path) == []
        lines = read_lines(tmp_path / STATE / "journal.jsonl")
        assert lines == [str(number) for number in range(len(lines))]
        last = read_state(tmp_path, "a.json", int)
        assert last is not None and last >= max(most, len(lines) - 1)
        most = last


def test_lines_are_believed_one_by_one_and_one_that_was_cut_is_dropped(tmp_path: Path) -> None:
    place = tmp_path / STATE / "journal.jsonl"
    state_folder.append_line(place, "one")
    with place.open("a") as stream:
        stream.write("tor")  # killed in the middle of a line
    [seal] = (tmp_path / STATE / "seals").iterdir()
    with seal.open("a") as stream:
        stream.write("0123")  # and another time in the middle of its code
    state_folder.append_line(place, "two\u2028\udcff")
    with place.open("a") as stream:
        stream.write("forged\n")
    state_folder.append_line(place, "three")
    assert read_lines(place) == ["one", "two\u2028\\udcff", "three"]
    assert opened(tmp_path) == []


def test_others_lines_alone_make_a_file_that_is_set_aside(tmp_path: Path) -> None:
    write_state(tmp_path, "a.json", 1)
    (tmp_path / STATE / "journal.jsonl").write_text('{"event": "run.ended", "time": "t", "verdict": "runs"}\n')
    [said] = opened(tmp_path)
    assert "journal.jsonl" in said and kept(tmp_path) == ["a.json", "foreign-1"]


# What others left


def test_a_folder_of_nobodys_is_set_aside_whole_and_told_in_one_sentence(tmp_path: Path) -> None:
    state = tmp_path / STATE
    (state / "replies" / "m").mkdir(parents=True)
    (state / "foreign-1").mkdir()
    for name in ("repair.json", "attempts.json", "replies/m/a.json", "foreign-1/x", "rubric.json", ".gitignore"):
        (state / name).write_text("{}")
    said = opened(tmp_path)
    assert len(said) == 1 and said[0].count("\n") == 0 and "foreign-2" in said[0]
    assert kept(tmp_path) == ["foreign-1", "foreign-2"]
    assert (state / "foreign-2" / "replies" / "m" / "a.json").read_text() == "{}"
    assert (state / ".gitignore").read_text() == "*\n"
    assert opened(tmp_path) == [], "only once"


def test_what_p2c_wrote_stays_where_something_was_laid_over_it(tmp_path: Path) -> None:
    for name in ("plan.json", "replies/m/a.json", "replies/m/b.json", "reports/x.json", "unfinished", "results/r.json"):
        write_state(tmp_path, name, name)
    state = tmp_path / STATE
    (state / "replies" / "m" / "b.json").write_text("forged")
    (state / "replies" / "other").mkdir()
    (state / "replies" / "other" / "c.json").write_text("forged")
    (state / "plan.json").unlink()
    (state / "plan.json").symlink_to("/etc/passwd")
    (state / "rubric.json").write_text("a person edits it")
    (state / "logs").mkdir()
    (state / "logs" / "x.log").write_text("not believed anyway")
    [said] = opened(tmp_path)
    assert "'plan.json' and 2 more" in said
    assert read_state(tmp_path, "replies/m/a.json", str) == "replies/m/a.json"
    assert read_state(tmp_path, "replies/m/b.json", str) is None
    assert state_folder.has_mark(tmp_path, "unfinished")
    assert (state / "rubric.json").exists() and (state / "logs" / "x.log").exists()
    assert (state / "foreign-1" / "plan.json").readlink() == Path("/etc/passwd")


def test_a_newer_p2cs_state_is_set_aside_and_never_written_into(tmp_path: Path) -> None:
    write_state(tmp_path, "plan.json", 1)
    known = StateFolder(tmp_path).whose()
    (tmp_path / STATE / "id").write_bytes(replace(known, version=FORMAT + 1).to_file())
    assert read_state(tmp_path, "plan.json", int) is None
    with pytest.raises(InputError, match="newer"):
        write_state(tmp_path, "plan.json", 2)
    [told] = opened(tmp_path)
    assert "newer p2c" in told and kept(tmp_path) == ["foreign-1"]
    write_state(tmp_path, "plan.json", 2)
    assert read_state(tmp_path, "plan.json", int) == 2


IDS = ["", "[]", "[" * 900, '{"version": 1}', '{"version": true, "id": "a", "place": "", "code": "b"}',
       '{"version": 1, "id": "a", "place": "", "code": "b"}', '{"version": 1e999, "id": 3, "place": [], "code": {}}',
       '{"version": 1, "id": "\\ud800", "place": "\\ud800", "code": "\\ud800"}']  # fmt: skip


@pytest.mark.parametrize("id", IDS)
def test_an_id_that_p2c_did_not_write_is_none(tmp_path: Path, id: str) -> None:
    write_state(tmp_path, "plan.json", 1)
    (tmp_path / STATE / "id").write_text(id)
    assert read_state(tmp_path, "plan.json", int) is None
    assert len(opened(tmp_path)) == 1


# Links, pipes, folders


def to_a_file(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "precious")


def to_a_folder(place: Path, outside: Path) -> None:
    place.symlink_to(outside)


def to_nothing(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "new")


def in_a_circle(place: Path, outside: Path) -> None:
    place.symlink_to(place.name)


def a_second_name(place: Path, outside: Path) -> None:
    os.link(outside / "precious", place)


def a_pipe(place: Path, outside: Path) -> None:
    os.mkfifo(place)


def a_folder(place: Path, outside: Path) -> None:
    (place / "deep").mkdir(parents=True)


STRANGE = [to_a_file, to_a_folder, to_nothing, in_a_circle, a_second_name, a_pipe, a_folder]
NAMES = [
    "a.json",
    "journal.jsonl",
    "lock",
    "id",
    "seals",
    "reports",
    "reports/a.json",
    ".gitignore",
    "foreign-1",
    "logs/l",
]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """What must stay as it is."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "precious").write_text("precious")
    return folder


def untouched(outside: Path) -> bool:
    return [place.name for place in outside.iterdir()] == ["precious"] and (
        (outside / "precious").read_text() == "precious"
    )


@pytest.mark.parametrize("own", [True, False], ids=["laid over p2c's own", "all of it foreign"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", STRANGE)
def test_no_name_leads_out(
    tmp_path: Path, outside: Path, make: Callable[[Path, Path], None], name: str, own: bool
) -> None:
    root = tmp_path / "root"
    (root / STATE).mkdir(parents=True)
    if own:
        write_state(root, "other.json", 1)
        opened(root)
    place = root / STATE / name
    place.parent.mkdir(exist_ok=True)
    if place.is_dir():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    make(place, outside)
    with contextlib.suppress(P2CError):
        _use(root)  # before it is set aside
    told = opened(root)
    assert len(told) <= 1
    assert _use(root) == (["written"], ["line"], ["written"])
    assert untouched(outside)


def _use(root: Path) -> tuple[list[str] | None, list[str], list[str] | None]:
    state = StateFolder(root)
    for name in ("a.json", "reports/a.json"):
        write_state(root, name, ["written"])
    os.close(state.open_log("logs/l"))
    state.names("reports")
    if not state.lines("journal.jsonl"):
        state.append("journal.jsonl", "line")
    read = read_state(root, "a.json", list), state.lines("journal.jsonl"), read_state(root, "reports/a.json", list)
    state.move("reports/a.json", "unusable/a.json")
    state_folder.forget_run(root)
    return read


@pytest.mark.parametrize("make", [to_a_file, to_a_folder, to_nothing, in_a_circle, a_second_name, a_pipe])
def test_the_folder_itself_is_a_folder_or_an_input_that_cannot_be_used(
    tmp_path: Path, outside: Path, make: Callable[[Path, Path], None]
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    make(root / STATE, outside)
    for use in (lambda: opened(root), lambda: write_state(root, "a.json", 1), lambda: read_state(root, "a.json", int)):
        with pytest.raises(InputError, match=r"\.p2c' is (a link|not a folder)") as error:
            use()
        assert error.value.exit_code == 2
    assert untouched(outside)


def test_a_root_that_is_a_link_is_the_persons_own_word(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_state(tmp_path / "link", "a.json", 1)
    assert read_state(tmp_path / "real", "a.json", int) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["a.json", "id", "seals", "reports/r.json", "x\udcff"]), st.binary(max_size=90)))
)
def test_whatever_lies_there_it_is_read_or_set_aside(tmp_path: Path, laid: list[tuple[str, bytes]]) -> None:
    root = tmp_path / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    write_state(root, "a.json", 1)
    write_state(root, "reports/r.json", 2)
    for name, data in laid:
        place = root / STATE / name
        if place.is_dir():
            place = place / access._seal("a.json")
        place.write_bytes(data)
    read_state(root, "a.json", int)
    assert len(opened(root)) <= 1
    write_state(root, "a.json", 3)
    assert read_state(root, "a.json", int) == 3


# What commands use


@pytest.mark.parametrize("data", ["1000000", "-5", '"x"', "1e309", "true", "[1]", "null", "{}", "1" * 5_000])
def test_no_number_of_attempts_that_others_wrote_counts(tmp_path: Path, data: str) -> None:
    from p2c.budget import Budget
    from p2c.pipeline.verify import forgive_attempts

    class Run:
        budget = Budget()

    (tmp_path / STATE).mkdir()
    (tmp_path / STATE / "attempts.json").write_text(data)
    forgive_attempts(Run(), tmp_path)  # type: ignore[arg-type]
    assert Run.budget.attempts == 0
    StateFolder(tmp_path).write("attempts.json", data.encode())  # even if p2c itself had written it
    forgive_attempts(Run(), tmp_path)  # type: ignore[arg-type]
    assert Run.budget.attempts == (-1_000_000 if data == "1000000" else 0)


def test_only_a_run_that_goes_on_keeps_what_an_earlier_one_found(tmp_path: Path) -> None:
    tmp_path.joinpath(STATE).mkdir()
    assert not state_folder.begin(tmp_path)
    write_state(tmp_path, "attempts.json", 7)
    write_state(tmp_path, "reports/a.json", {})
    assert state_folder.begin(tmp_path)
    state_folder.end(tmp_path, finished=False)
    assert state_folder.begin(tmp_path)
    assert read_state(tmp_path, "attempts.json", int) == 7
    state_folder.end(tmp_path, finished=True)
    assert not state_folder.begin(tmp_path)
    assert read_state(tmp_path, "attempts.json", int) is None
    assert StateFolder(tmp_path).names("reports") == []


def test_a_folder_with_somebody_elses_build_is_refused_untouched_and_an_empty_one_is_not(tmp_path: Path) -> None:
    (tmp_path / STATE).mkdir()
    (tmp_path / STATE / "build.json").write_text('{"paper": "x"}')
    state_folder.refuse_output(tmp_path, {"paper": "x"}, force=False)  # nothing but `.p2c`: there is nothing to lose
    (tmp_path / "main.py").write_text("mine")
    with pytest.raises(UsageError, match="not made by your p2c build"):
        state_folder.open_output(tmp_path, {"paper": "x"}, force=False)
    assert (tmp_path / STATE / "build.json").read_text() == '{"paper": "x"}'
    state_folder.open_output(tmp_path, {"paper": "x"}, force=True)
    state_folder.refuse_output(tmp_path, {"paper": "x"}, force=False)


def test_paths_that_lead_into_the_folder_are_known(tmp_path: Path) -> None:
    state, name = locate(tmp_path / "a" / STATE / "events" / "x.jsonl") or (None, "")
    assert state is not None and (state.root, name) == (tmp_path / "a", "events/x.jsonl")
    assert locate(Path(STATE) / "x") is not None
    assert locate(tmp_path / STATE) is None and locate(tmp_path / "x.jsonl") is None
    state_folder.write_file(tmp_path / "new" / "x", b"plain")
    assert (tmp_path / "new" / "x").read_bytes() == b"plain" and not (tmp_path / "new" / STATE).exists()
