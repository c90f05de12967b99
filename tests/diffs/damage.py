"""What happens to a diff between a model's intention and its reply: one function a kind of damage."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from p2c.repair.patch import diff_repos
from p2c.repo import Repo
from tests.diffs.changes import Change

Want = Literal["right", "refuse", "right or refuse"]


@dataclass(frozen=True)
class Damaged:
    """A reply, the repository that it meets, what a right application makes of it, and what has to happen."""

    reply: str
    repo: Repo
    right: Repo
    want: Want


Damage = Callable[[random.Random, Change], Damaged]
HEAD = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$")


def _body(diff: str, change: Callable[[str], str | None]) -> str:
    """Map the lines of hunk bodies; None drops one."""
    rows = []
    inside = False
    for row in diff.split("\n")[:-1]:
        if row.startswith("@@"):
            inside = True
            rows.append(row)
        elif row.startswith(("diff ", "new file", "deleted")):
            inside = False
            rows.append(row)
        elif inside:
            new = change(row)
            rows += [] if new is None else [new]
        else:
            rows.append(row)
    return "\n".join(rows) + "\n"


def _heads(diff: str, change: Callable[[re.Match[str]], str | None]) -> str:
    rows = []
    for row in diff.split("\n"):
        match = HEAD.match(row)
        new = change(match) if match else row
        rows += [] if new is None else [new]
    return "\n".join(rows)


def _simple(change: Callable[[random.Random, str], str], want: Want = "right") -> Damage:
    def damage(rng: random.Random, real: Change) -> Damaged:
        return Damaged(change(rng, real.diff), real.before, real.after, want)

    return damage


def _in(before: str, after: str) -> Damage:
    return _simple(lambda _, diff: f"{before}{diff}{after}")


def _context(change: Callable[[str], str | None]) -> Damage:
    return _simple(lambda _, diff: _body(diff, lambda row: change(row) if row[:1] == " " else row))


def _wrong_counts(rng: random.Random, diff: str) -> str:
    def change(m: re.Match[str]) -> str:
        old, new = int(m[2] or 1) + rng.choice((-2, -1, 1)), int(m[4] or 1) + rng.choice((-2, -1, 1))
        return f"@@ -{m[1]},{max(0, old)} +{m[3]},{max(0, new)} @@{m[5]}"

    return _heads(diff, change)


def _wrong_lines(rng: random.Random, diff: str) -> str:
    def change(m: re.Match[str]) -> str:
        off = rng.choice((-40, -7, -1, 1, 2, 13, 55, 400))
        return f"@@ -{max(1, int(m[1]) + off)},{m[2] or 1} +{max(1, int(m[3]) + off)},{m[4] or 1} @@{m[5]}"

    return _heads(diff, change)


def _gutter(_: random.Random, diff: str) -> str:
    number = [0]

    def change(row: str) -> str:
        number[0] += 1
        return f"{row[:1]}{number[0]:4d} | {row[1:]}"

    return _body(diff, change)


def _numbered_signs(_: random.Random, diff: str) -> str:
    number = [0]

    def change(row: str) -> str:
        number[0] += 1
        return f"{number[0]:4d} | {row}"

    return _body(diff, change)


def _some_unblanked(rng: random.Random, diff: str) -> str:
    return _body(diff, lambda row: row[1:] if row[:1] == " " and rng.random() < 0.4 and row[1:2] not in "+-\\" else row)


def _reverse(_: random.Random, real: Change) -> Damaged:
    return Damaged(diff_repos(real.after, real.before), real.before, real.before, "refuse")


def _applied(_: random.Random, real: Change) -> Damaged:
    return Damaged(real.diff, real.after, real.after, "refuse")


def _cut(rng: random.Random, real: Change) -> Damaged:
    diff = real.diff
    begin = [match.end() for match in re.finditer(r"^@@ .*$", diff, re.MULTILINE)][-1]
    at = rng.randrange(begin + 1, max(begin + 2, len(diff) - 30))
    return Damaged(diff[:at], real.before, real.after, "right or refuse")


def _cut_fenced(rng: random.Random, real: Change) -> Damaged:
    cut = _cut(rng, real)
    return Damaged(f"```diff\n{cut.reply}", cut.repo, cut.right, "right or refuse")


def _moved_file(rng: random.Random, real: Change) -> Damaged:
    """Lines were added at the top of the file since the model saw it."""
    front = "".join(f"# line {n} of a licence\n" for n in range(rng.choice((1, 5, 30))))
    return _with_front(real, front, real.diff)


def _moved_bare(rng: random.Random, real: Change) -> Damaged:
    return _with_front(real, "# a new first line\n" * rng.choice((1, 9)), _heads(real.diff, lambda m: "@@ ... @@"))


def _with_front(real: Change, front: str, diff: str) -> Damaged:
    def moved(repo: Repo) -> Repo:
        return repo.with_files({real.path: front + repo.files[real.path]})

    return Damaged(diff, moved(real.before), moved(real.after), "right or refuse")


def _file_form(change: Callable[[str], str]) -> Damage:
    """The file has another form (line endings, tabs) than the diff."""

    def damage(_: random.Random, real: Change) -> Damaged:
        def other(repo: Repo) -> Repo:
            return repo.with_files({real.path: change(repo.files[real.path])})

        return Damaged(real.diff, other(real.before), other(real.after), "right or refuse")

    return damage


def _to_tabs(text: str) -> str:
    def swap(row: str) -> str:
        body = row.lstrip(" ")
        front = len(row) - len(body)
        return "\t" * (front // 4) + " " * (front % 4) + body

    return "\n".join(swap(row) for row in text.split("\n"))


def _crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def _dedented(_: random.Random, diff: str) -> str:
    """Each hunk loses the indentation that its lines have in common."""
    parts = re.split(r"(?m)^(@@ .*\n)", diff)
    for at in range(2, len(parts), 2):
        rows = parts[at].split("\n")
        texts = [row[1:] for row in rows if row[1:].strip()]
        least = min((len(text) - len(text.lstrip()) for text in texts), default=0)
        parts[at] = "\n".join(row[:1] + row[1 + least :] if row[1:].strip() else row for row in rows)
    return "".join(parts)


def _indented(_: random.Random, diff: str) -> str:
    return _body(diff, lambda row: row[:1] + "    " + row[1:] if row[1:].strip() and row[:1] in " +-" else row)


def _to_tabs_in_diff(_: random.Random, diff: str) -> str:
    return _body(diff, lambda row: row[:1] + _to_tabs(row[1:]))


def _stale_outer(_: random.Random, diff: str) -> str:
    """The first line of each hunk's context is not what the file has."""
    fresh = [False]
    rows = []
    lines = diff.split("\n")
    for at, row in enumerate(lines):
        if fresh[0] and row[:1] == " " and row.strip() and lines[at + 1][:1] == " ":
            row = " " + row[1:].rstrip() + " or something_else"
        fresh[0] = row.startswith("@@")
        rows.append(row)
    return "\n".join(rows)


def _stale_removed(rng: random.Random, real: Change) -> Damaged:
    rows = real.diff.split("\n")
    marks = [at for at, row in enumerate(rows) if row[:1] == "-" and row[:4] != "--- " and row.strip("- ")]
    if not marks:
        return Damaged("", real.before, real.before, "refuse")
    at = rng.choice(marks)
    rows[at] = rows[at].rstrip() + "_stale"
    return Damaged("\n".join(rows), real.before, real.before, "refuse")


def _shuffled(rng: random.Random, diff: str) -> str:
    parts = re.split(r"(?m)^(?=@@ )", diff)
    hunks = [part if part.endswith("\n") else part + "\n" for part in parts[1:]]
    rng.shuffle(hunks)
    return parts[0] + "".join(hunks)


def _twice(_: random.Random, diff: str) -> str:
    parts = re.split(r"(?m)^(?=@@ )", diff)
    return parts[0] + "".join(parts[1:]) + parts[1]


def _fences(_: random.Random, diff: str) -> str:
    parts = re.split(r"(?m)^(?=@@ )", diff)
    blocks = [f"Step {n}:\n\n```diff\n{parts[0]}{part}```\n" for n, part in enumerate(parts[1:], 1)]
    return "\n".join(["I fixed it.\n", *blocks, "\nThat is all.\n"])


def _fences_one_head(_: random.Random, diff: str) -> str:
    parts = re.split(r"(?m)^(?=@@ )", diff)
    blocks = [f"```diff\n{parts[0] if n == 0 else ''}{part}```\n" for n, part in enumerate(parts[1:])]
    return "Then:\n\n" + "\nand\n\n".join(blocks)


def _prefixed(prefix: str) -> Callable[[random.Random, str], str]:
    return lambda _, diff: "".join(f"{prefix}{row}\n" for row in diff.split("\n")[:-1])


def _head_only(keep: str) -> Callable[[random.Random, str], str]:
    heads = ("diff --git ", "--- a/", "+++ b/")
    return lambda _, diff: "\n".join(
        row for row in diff.split("\n") if not row.startswith(heads) or row.startswith(keep)
    )


def _begin_patch(_: random.Random, real: Change) -> Damaged:
    rows = [row for row in real.diff.split("\n")[:-1] if not row.startswith(("diff ", "--- ", "+++ "))]
    rows = ["@@" if row.startswith("@@") else row for row in rows]
    body = "\n".join(rows)
    reply = f"*** Begin Patch\n*** Update File: {real.path}\n{body}\n*** End Patch\n"
    return Damaged(reply, real.before, real.after, "right or refuse")


def _path(make: Callable[[str], str], want: Want = "refuse") -> Damage:
    def damage(_: random.Random, real: Change) -> Damaged:
        diff = real.diff.replace(f"a/{real.path}", make(real.path)).replace(f"b/{real.path}", make(real.path))
        return Damaged(diff, real.before, real.after, want)

    return damage


def _twin(_: random.Random, real: Change) -> Damaged:
    """Everything stands in the file twice and the header says nothing: refused, or nothing is known."""
    text = real.before.files[real.path]
    doubled = real.before.with_files({real.path: text + text})
    return Damaged(_heads(real.diff, lambda m: "@@ ... @@"), doubled, doubled, "refuse")


def _elided(_: random.Random, diff: str) -> str:
    """A run of context between two changes of one hunk becomes `...`."""
    rows = diff.split("\n")
    for at in range(1, len(rows) - 3):
        if all(row[:1] == " " for row in rows[at - 1 : at + 4]):
            rows[at + 1 : at + 2] = [" ..."]
            break
    return "\n".join(rows)


def _placeholder(_: random.Random, real: Change) -> Damaged:
    rows = real.diff.split("\n")
    mark = next(at for at, row in enumerate(rows) if row[:1] in "+-" and row[:3] not in ("+++", "---") and row)
    rows.insert(mark, "+# ... rest of the code unchanged ...")
    return Damaged("\n".join(rows), real.before, real.before, "refuse")


def _markers(_: random.Random, real: Change) -> Damaged:
    rows = real.diff.split("\n")
    mark = next(at for at, row in enumerate(rows) if row[:1] in "+-" and row[:3] not in ("+++", "---") and row)
    rows[mark:mark] = ["+<<<<<<< HEAD", "+x = 1", "+=======", "+x = 2", "+>>>>>>> branch"]
    return Damaged("\n".join(rows), real.before, real.before, "refuse")


def _context_only(_: random.Random, real: Change) -> Damaged:
    diff = _body(real.diff, lambda row: None if row[:1] == "+" else " " + row[1:] if row[:1] == "-" else row)
    return Damaged(diff, real.before, real.before, "refuse")


def _missing_final(_: random.Random, real: Change) -> Damaged:
    def bare(repo: Repo) -> Repo:
        return repo.with_files({real.path: repo.files[real.path].rstrip("\n")})

    diff = diff_repos(bare(real.before), bare(real.after)).replace("\\ No newline at end of file\n", "")
    return Damaged(diff, bare(real.before), bare(real.after), "right or refuse")


def _smart(row: str) -> str:
    return row[:1] + row[1:].replace("'", "’").replace('"', "”")


def _spaced(row: str) -> str:
    body = row[1:].lstrip(" ")
    return row[:1] + "\u00a0" * (len(row) - 1 - len(body)) + body


KINDS: dict[str, Damage] = {
    "none": _simple(lambda _, diff: diff),
    "fenced": _in("Here is the fix.\n\n```diff\n", "```\nIt should run now.\n"),
    "fenced without a word": _in("```\n", "```\n"),
    "unclosed fence": _in("```diff\n", ""),
    "tilde fence": _in("~~~diff\n", "~~~\n"),
    "four backticks": _in("````patch\n", "````\n"),
    "indented fence": _simple(lambda r, d: "1. Fix:\n\n   ```diff\n" + _prefixed("   ")(r, d) + "   ```\n"),
    "prose in front": _in("The cause is a wrong name.\n\n", ""),
    "prose behind": _in("", "\nThis cures the error.\n"),
    "prose with bullets behind": _in("", "\nSummary:\n\n- one thing\n- another thing\n"),
    "indented as a whole": _simple(lambda r, d: "The fix:\n\n" + _prefixed("    ")(r, d) + "\nDone.\n"),
    "quoted": _simple(_prefixed("> ")),
    "tags around": _in("<diff>\n", "</diff>\n"),
    "one fence a hunk": _simple(_fences),
    "one fence a hunk, one header": _simple(_fences_one_head),
    "a snippet besides": _in("Before:\n```python\nx = 1\n```\nNow:\n```diff\n", "```\n"),
    "wrong counts": _simple(_wrong_counts),
    "no counts": _simple(lambda _, d: _heads(d, lambda m: f"@@ -{m[1]} +{m[3]} @@")),
    "counts of nought": _simple(lambda _, d: _heads(d, lambda m: f"@@ -{m[1]},0 +{m[3]},0 @@")),
    "wrong lines": _simple(_wrong_lines),
    "all at line one": _simple(lambda _, d: _heads(d, lambda m: f"@@ -1,{m[2] or 1} +1,{m[4] or 1} @@")),
    "@@ ... @@": _simple(lambda _, d: _heads(d, lambda m: "@@ ... @@"), "right or refuse"),
    "@@": _simple(lambda _, d: _heads(d, lambda m: "@@"), "right or refuse"),
    "no @@": _simple(lambda _, d: _heads(d, lambda m: None), "right or refuse"),
    "only ---": _simple(_head_only("--- ")),
    "only +++": _simple(_head_only("+++ ")),
    "only diff --git": _simple(_head_only("diff --git")),
    "no a/ b/": _path(lambda path: path, "right"),
    "time stamps": _path(lambda path: f"{path}\t2024-05-01 10:00:00.000000000 +0200", "right"),
    "./ in front": _path(lambda path: f"./{path}", "right"),
    "file name alone": _path(lambda path: path.rsplit("/", 1)[-1], "right"),
    "absolute path": _path(lambda path: f"/{path}"),
    "path that leaves": _path(lambda path: f"../{path}"),
    "path that leaves behind a/": _path(lambda path: f"a/../../{path}"),
    "git's folder": _path(lambda path: f".git/{path}"),
    "drive letter": _path(lambda path: f"C:/{path}"),
    "backslashes": _path(lambda path: "a\\" + path.replace("/", "\\")),
    "other file": _path(lambda path: f"a/other_{path}"),
    "context lost its blank": _context(lambda row: row[1:]),
    "some context lost its blank": _simple(_some_unblanked, "right or refuse"),
    "blank lines lost theirs": _simple(lambda _, d: _body(d, lambda row: row.rstrip() if row == " " else row)),
    "a blank after every sign": _simple(
        lambda _, d: _body(d, lambda row: f"{row[:1]} {row[1:]}" if row[:1] in "+-" and row[1:] else row),
        "right or refuse",
    ),
    "trailing blanks gone": _context(lambda row: row.rstrip() if row.strip() else row),
    "trailing blanks more": _simple(lambda _, d: _body(d, lambda row: row + "  "), "right or refuse"),
    "CRLF in the diff": _simple(lambda _, d: _crlf(d)),
    "CRLF in the file": _file_form(_crlf),
    "CRLF in both": _simple(lambda _, d: _crlf(d)),
    "tabs in the file": _file_form(_to_tabs),
    "tabs in the diff": _simple(_to_tabs_in_diff, "right or refuse"),
    "dedented": _simple(_dedented, "right or refuse"),
    "indented": _simple(_indented, "right or refuse"),
    "no indentation": _simple(
        lambda _, d: _body(d, lambda row: row[:1] + row[1:].lstrip()), "right or refuse"
    ),
    "final newline gone": _simple(lambda _, d: d.rstrip("\n")),
    "no newline marks": _missing_final,
    "HTML escaped": _simple(lambda _, d: _body(d, lambda row: row[:1] + html.escape(row[1:])), "right or refuse"),
    "curly quotes": _simple(lambda _, d: _body(d, _smart), "right or refuse"),
    "no-break blanks": _simple(lambda _, d: _body(d, _spaced), "right or refuse"),
    "line numbers": _simple(_gutter, "right or refuse"),
    "line numbers before signs": _simple(_numbered_signs, "right or refuse"),
    "hunks out of order": _simple(_shuffled),
    "a hunk twice": _simple(_twice),
    "the diff twice": _simple(lambda _, d: f"```diff\n{d}```\nAgain:\n```diff\n{d}```\n"),
    "Begin Patch": _begin_patch,
    "file moved on": _moved_file,
    "file moved on, no numbers": _moved_bare,
    "stale outer context": _simple(_stale_outer, "right or refuse"),
    "stale removed line": _stale_removed,
    "elided context": _simple(_elided, "right or refuse"),
    "twins": _twin,
    "reversed": _reverse,
    "applied already": _applied,
    "cut": _cut,
    "cut in a fence": _cut_fenced,
    "placeholder": _placeholder,
    "merge marks": _markers,
    "only context": _context_only,
    "empty": lambda _, real: Damaged("", real.before, real.before, "refuse"),
    "prose only": lambda _, real: Damaged("I could not find the bug.\n", real.before, real.before, "refuse"),
}  # fmt: skip


def _new_file(change: Callable[[str], str], want: Want) -> Damage:
    """The change is a whole new module."""

    def damage(_: random.Random, real: Change) -> Damaged:
        new = real.after.files[real.path]
        before = real.before.with_files({real.path: None})
        after = before.with_files({real.path: new})
        return Damaged(change(diff_repos(before, after)), before, after, want)

    return damage


def _existing(_: random.Random, real: Change) -> Damaged:
    diff = diff_repos(real.before.with_files({real.path: None}), real.after)
    return Damaged(diff, real.before, real.before, "refuse")


def _deleted(stale: bool) -> Damage:
    def damage(_: random.Random, real: Change) -> Damaged:
        after = real.before.with_files({real.path: None})
        diff = diff_repos(real.after if stale else real.before, after)
        return Damaged(diff, real.before, after, "refuse" if stale else "right")

    return damage


def _half(rng: random.Random, real: Change) -> Damaged:
    """One file fits, another one does not."""
    stale = Change(
        real.before.with_files({"conf/main.yaml": "lr: 9\n"}),
        real.after.with_files({"conf/main.yaml": "lr: 8\n"}),
        real.path,
    )
    return Damaged(stale.diff, real.before, real.before, "refuse")


def _two_files(rng: random.Random, real: Change) -> Damaged:
    after = real.after.with_files(
        {"conf/main.yaml": "lr: 0.2\nsteps: 10\n", "fresh/__init__.py": "", "fresh/a.py": "x = 1\n"}
    )
    diff = _wrong_counts(rng, diff_repos(real.before, after)).replace("@@ -0,0 +1,0 @@", "@@ -0,0 +1 @@")
    return Damaged(f"```diff\n{diff}```\n", real.before, after, "right or refuse")


def _renamed(_: random.Random, real: Change) -> Damaged:
    body = real.diff.split("\n", 1)[1].replace(f"+++ b/{real.path}", "+++ b/renamed.py")
    head = (
        f"diff --git a/{real.path} b/renamed.py\nsimilarity index 90%\nrename from {real.path}\nrename to renamed.py\n"
    )
    after = real.after.with_files({real.path: None, "renamed.py": real.after.files[real.path]})
    return Damaged(head + body, real.before, after, "right")


def _link(_: random.Random, real: Change) -> Damaged:
    head = "diff --git a/link b/link\nnew file mode 120000\n--- /dev/null\n+++ b/link\n@@ -0,0 +1 @@\n+/etc/passwd\n"
    return Damaged(head + real.diff, real.before, real.before, "refuse")


def _search_replace(_: random.Random, real: Change) -> Damaged:
    """Each hunk as a block with the whole of its old and new lines."""
    rows: list[str] = [real.path]
    for hunk in re.split(r"(?m)^@@.*\n", real.diff)[1:]:
        lines = hunk.removesuffix("\n").split("\n")
        rows += ["<<<<<<< SEARCH", *(line[1:] for line in lines if line[:1] in " -")]
        rows += ["=======", *(line[1:] for line in lines if line[:1] in " +"), ">>>>>>> REPLACE"]
    return Damaged("The fix:\n\n" + "\n".join(rows) + "\n", real.before, real.after, "right or refuse")


def _heredoc(rng: random.Random, real: Change) -> Damaged:
    made = _begin_patch(rng, real)
    reply = f"```bash\napply_patch <<'EOF'\n{made.reply}EOF\n```\n"
    return Damaged(reply, made.repo, made.right, made.want)


def _no_trailing_context(diff: str) -> str:
    """Each hunk ends with its last change; the counts are git's."""
    heads = re.split(r"(?m)^(?=@@ |diff |--- )", diff)
    return "".join(
        re.sub(r"(?:^ .*\n|^\n)+\Z", "", part, flags=re.M) if part.startswith("@@") else part for part in heads
    )


def _index(text: str) -> Damage:
    return _simple(lambda _, diff: re.sub(r"(?m)^(?=--- a/)", f"{text}\n", diff))


KINDS |= {
    "search and replace": _search_replace,
    "Begin Patch in a here-document": _heredoc,
    "no trailing context in a closed fence": _simple(
        lambda _, diff: f"```diff\n{_no_trailing_context(diff)}```\n", "right or refuse"
    ),
    "index placeholder": _index("index abcdefg..hijklmn 100644"),
    "index of X": _index("index XXXXXXX..YYYYYYY"),
    "index elided": _index("index ..."),
    "new file": _new_file(lambda diff: diff, "right"),
    "new file in a fence": _new_file(lambda diff: f"New:\n```diff\n{diff}```\n", "right"),
    "new file, wrong counts": _new_file(
        lambda diff: "```diff\n" + _heads(diff, lambda m: f"@@ -0,0 +1,{int(m[4] or 1) + 3} @@") + "```\n", "right"
    ),
    "new file, blank lines without a sign": _new_file(
        lambda diff: _body(diff, lambda row: "" if row == "+" else row), "right"
    ),
    "new file, no signs": _new_file(lambda diff: _body(diff, lambda row: row[1:]), "right or refuse"),
    "new file, cut": _new_file(lambda diff: diff[: len(diff) * 2 // 3], "right or refuse"),
    "new file that exists": _existing,
    "deleted": _deleted(stale=False),
    "deleted, other content": _deleted(stale=True),
    "one file of two is stale": _half,
    "several files": _two_files,
    "renamed": _renamed,
    "symbolic link": _link,
}


NOTES = (
    "# Notes\n\nRun it:\n\n```bash\npip install one\n```\n\n1. Then:\n\n   ```python\n   import one\n   ```\n\nEnd.\n"
)


def _with_notes(around: Callable[[str], str]) -> Damage:
    """The change is in a Markdown file too, whose fences stand in the diff's context."""

    def damage(_: random.Random, real: Change) -> Damaged:
        before = real.before.with_files({"docs/notes.md": NOTES})
        text = NOTES.replace("install one", "install two").replace("import one", "import two")
        after = real.after.with_files({"docs/notes.md": text + "---\n"})
        return Damaged(around(diff_repos(before, after)), before, after, "right")

    return damage


def _lost_minus(bare: bool) -> Damage:
    def damage(rng: random.Random, real: Change) -> Damaged:
        rows = real.diff.split("\n")
        marks = [at for at, row in enumerate(rows) if row.startswith("-") and not row.startswith("--- ")]
        if marks:
            at = rng.choice(marks)
            rows[at] = rows[at][1:] if bare else " " + rows[at][1:]
        return Damaged("\n".join(rows), real.before, real.after, "right or refuse")

    return damage


def _appended(cut: int) -> Damage:
    """A reply that is nothing but an unclosed fence, whose last line is an added one, whole or not."""

    def damage(_: random.Random, real: Change) -> Damaged:
        text = real.before.files[real.path] + "\n\nEVERYTHING_IS_WELL = checked + 1000\n"
        diff = diff_repos(real.before, real.before.with_files({real.path: text}))
        return Damaged("```diff\n" + diff[: len(diff) - cut], real.before, real.before, "refuse")

    return damage


def _back_again(_: random.Random, real: Change) -> Damaged:
    """A first version, and then the right one as a diff against it."""
    text = real.after.files[real.path]
    first = real.after.with_files({real.path: "# first version\n" + text})
    reply = f"```diff\n{diff_repos(real.before, first)}```\nWait:\n```diff\n{diff_repos(first, real.after)}```\n"
    return Damaged(reply, real.before, real.after, "right or refuse")


def _new_twice(_: random.Random, real: Change) -> Damaged:
    after = real.after.with_files({"fresh/__init__.py": "", "fresh/a.py": "x = 1\n"})
    diff = diff_repos(real.before, after)
    return Damaged(f"```diff\n{diff}```\nIn full:\n```diff\n{diff}```\n", real.before, after, "right")


def _empty_above_plain(_: random.Random, real: Change) -> Damaged:
    """git's header of an empty new file, and right below it the bare header of another file."""
    plain = real.diff.split("\n", 1)[1]
    head = "diff --git a/fresh/__init__.py b/fresh/__init__.py\nnew file mode 100644\n"
    return Damaged(head + plain, real.before, real.after.with_files({"fresh/__init__.py": ""}), "right")


def _same_end(_: random.Random, real: Change) -> Damaged:
    """What is removed ends like the context above it, and one removed line is not the file's."""
    entry = '  {{\n    "name": "{0}",\n    "size": {0}\n  }},\n\n'
    text = "[\n" + "".join(entry.format(number) for number in range(1, 9)) + "  {}\n]\n"
    before = real.before.with_files({"data.json": text})
    diff = diff_repos(before, before.with_files({"data.json": text.replace(entry.format(4), "")}))
    reply = real.diff + diff.replace('-    "size": 4', '-    "size": 44')
    return Damaged(reply, before, before, "refuse")


def _titles_alone(_: random.Random, real: Change) -> Damaged:
    """Two hunks that are alike but for the function in their headers."""
    twin = "def {0}(x):\n    y = x\n    y += 1\n    return y\n\n\ndef other_{0}(x):\n    return 0\n\n\n"
    text = twin.format("one") + twin.format("two")
    before = Repo({"twins.py": text})
    after = Repo({"twins.py": text.replace("+= 1", "+= 2")})
    body = "     y = x\n-    y += 1\n+    y += 2\n     return y\n"
    reply = f"--- a/twins.py\n+++ b/twins.py\n@@ ... @@ def one(x):\n{body}@@ ... @@ def two(x):\n{body}"
    return Damaged(reply, before, after, "right or refuse")


def _whole_context(_: random.Random, real: Change) -> Damaged:
    """Every line of a long file as context, one of them stale far from the change."""
    lines = [f"value_{number} = {number}" for number in range(3000)]
    lines[2000:2000] = ["changed = 1"]
    rows = [" " + line for line in lines]
    rows[5], rows[2000] = " value_5 = 'stale'", "-changed = 1\n+changed = 2"
    before = Repo({"long.py": "\n".join(lines) + "\n"})
    after = Repo({"long.py": "\n".join(lines).replace("changed = 1", "changed = 2") + "\n"})
    reply = "--- a/long.py\n+++ b/long.py\n@@ -1,3001 +1,3001 @@\n" + "\n".join(rows) + "\n"
    return Damaged(reply, before, after, "right or refuse")


def _left_out_in_prose(_: random.Random, real: Change) -> Damaged:
    body = " # Notes\n \n+<!-- the rest remains unchanged -->\n - one\n - two\n"
    diff = "--- a/README.md\n+++ b/README.md\n@@ -1,4 +1,5 @@\n" + body
    return Damaged(real.diff + diff, real.before, real.before, "refuse")


def _two_kinds(rng: random.Random, real: Change) -> Damaged:
    """Two kinds of damage to the text of one diff."""
    text = real.diff
    for kind in rng.sample(_MIXED, 2):
        text = KINDS[kind](rng, _Written(real, text)).reply  # type: ignore[arg-type]
    return Damaged(text, real.before, real.after, "right or refuse")


@dataclass(frozen=True)
class _Written:
    """A change whose diff is damaged already."""

    real: Change
    diff: str

    @property
    def before(self) -> Repo:
        return self.real.before

    @property
    def after(self) -> Repo:
        return self.real.after


_MIXED = (
    "wrong counts", "all at line one", "wrong lines", "blank lines lost theirs", "trailing blanks gone", "fenced",
    "indented as a whole", "quoted", "CRLF in the diff", "hunks out of order", "only +++", "trailing blanks more",
    "context lost its blank", "dedented", "curly quotes", "no-break blanks", "stale outer context", "tags around",
)  # fmt: skip

KINDS |= {
    "mail with signature": _in(
        "From 83db48f Mon Sep 17 00:00:00 2001\nSubject: [PATCH] Fix\n\n---\n a.py | 2 +-\n\n", "-- \n2.34.1\n\n"
    ),
    "fences in the context": _with_notes(lambda diff: "The cause:\n\n" + diff + "\nDone.\n"),
    "fences in an indented diff": _with_notes(lambda diff: re.sub(r"(?m)^(?=.)", "    ", diff)),
    "a - that became a blank": _lost_minus(bare=False),
    "a - that is gone": _lost_minus(bare=True),
    "ends inside an added line": _appended(4),
    "ends with an added line, unclosed": _appended(1),
    "first version, then back": _back_again,
    "new file twice": _new_twice,
    "empty new file above a plain header": _empty_above_plain,
    "removed lines end like the context": _same_end,
    "hunks alike but for their titles": _titles_alone,
    "whole long file as context": _whole_context,
    "placeholder in prose": _left_out_in_prose,
    "unseen character in a path": _path(lambda path: f".gi\u200ct/{path}"),
    "percent signs in a path": _path(lambda path: f"%2e%2e/{path}"),
    "two kinds at once": _two_kinds,
}
