"""The lines above a file's hunks, in git's, GNU's and the `*** Begin Patch` form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from p2c.diffs.model import NULL, Kind
from p2c.errors import PatchError

_HUNK = re.compile(r"^@@+\s*-\s*(\d+)(?:,(\d+))?\s+\+\s*(\d+)(?:,(\d+))?\s*(?:@@+)?[ \t]?(.*)$")
_LINE = re.compile(r"^@@\s*(?:lines?\s*)?(\d+)\b.*?(?:@@(.*))?$")
_BARE = re.compile(r"^@@\s*(.*?)\s*(?:@@\s*(.*))?$")
_STAMP = re.compile(r"(?:\t.*|\s+\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*)$")
_NOISE = re.compile(
    r"^(?:index (?:[0-9A-Za-z]+\.\.|\.\.\.$|[Xx0]{4,}$)|similarity index |dissimilarity index |={10,}$"
    r"|\*\*\* (?:Begin|End) Patch)"
)
_SINGLE = {
    "rename from ": "old",
    "rename to ": "new",
    "copy from ": "old",
    "copy to ": "new",
    "*** Move to: ": "new",
    "*** Update File: ": "old",
    "*** Add File: ": "new",
    "*** Delete File: ": "old",
    "--- ": "old",
    "+++ ": "new",
    "Index: ": "index",
}
_KINDS: dict[str, Kind] = {
    "rename from ": "rename",
    "rename to ": "rename",
    "copy from ": "copy",
    "copy to ": "copy",
    "*** Move to: ": "rename",
    "*** Add File: ": "create",
    "*** Delete File: ": "delete",
    "new file mode ": "create",
    "deleted file mode ": "delete",
}
_MODES = ("old mode ", "new mode ", "new file mode ", "deleted file mode ")


@dataclass
class FileHeader:
    """What a file's header said so far."""

    old: str | None = None
    new: str | None = None
    kind: Kind = "edit"
    others: list[str] = field(default_factory=list)

    def foreign(self, lines: Sequence[str]) -> bool:
        """Whether these lines name another file than the one that is made, moved or deleted above them."""
        own_names = {name.split("/", 1)[-1] for name in (*self.others, self.old, self.new) if name}
        names = [clean_name(line[4:]) for line in lines if line.startswith(("--- ", "+++ "))]
        return self.kind != "edit" and not any(
            name.split("/", 1)[-1] in own_names or name in own_names for name in names
        )

    def finish(self) -> FileHeader:
        """Settle the kind, and the names that only the `diff --git` line gave."""
        if len(self.others) >= 2 and self.old is None and self.new is None:
            self.old, self.new = self.others[0], self.others[1]
            if self.kind == "create":
                self.old = NULL
            elif self.kind == "delete":
                self.new = NULL
        if self.old == NULL and self.new == NULL:
            raise PatchError("path", "Nothing was changed. [path] A diff from /dev/null to /dev/null names no file.")
        if self.old == NULL:
            self.kind = "create"
        elif self.new == NULL:
            self.kind = "delete"
        return self


def read_head(lines: Sequence[str], at: int, head: FileHeader) -> int:
    """Take one header line at `at` into `head`; return the index after it, or `at` where it is none."""
    line = lines[at]
    if line.startswith(("GIT binary patch", "Binary files ", "literal ", "delta ")):
        raise PatchError(
            "binary", "Nothing was changed. [binary] A binary patch is not applied; only text files can be edited."
        )
    if line.startswith(("diff --cc ", "diff --combined ", "@@@ ")):
        raise PatchError(
            "format", "Nothing was changed. [format] A combined (merge) diff is not applied; send a unified diff."
        )
    if line.startswith("diff "):
        head.others += _git_names(line)
        return at + 1
    _mode(line)
    taken = False
    for start, side in _SINGLE.items():
        if line.startswith(start):
            _name(head, side, start, line)
            taken = True
    for start, kind in _KINDS.items():
        if line.startswith(start):
            head.kind = kind
            taken = True
    return at + 1 if taken or line.startswith(_MODES) or _NOISE.match(line) else at


def hunk_numbers(line: str) -> tuple[int | None, int | None, int | None, str]:
    """Return (start, old count, new count, title) of a header line, None for what it does not say."""
    match = _HUNK.match(line)
    if match:
        start, old, _, new, title = match.groups()
        return int(start), int(old or 1), int(new or 1), title.strip()
    match = _LINE.match(line)
    if match and not re.match(r"^@@\s*(?:def|class)\b", line):
        return int(match[1]), None, None, (match[2] or "").strip()
    match = _BARE.match(line)
    title = " ".join(part for part in match.groups() if part) if match else ""
    return None, None, None, title


def clean_name(text: str) -> str:
    """Return a name from a header line without quotes, time stamp and marks around it."""
    text = text.rstrip("\r")
    if text.startswith('"'):
        end = re.match(r'"((?:[^"\\]|\\.)*)"', text)
        return _unquote(end[1]) if end else text
    stripped = _STAMP.sub("", text)
    if stripped == text:
        stripped = text.strip()
    for mark in ("**", "`", "'"):
        if len(stripped) > 2 * len(mark) and stripped.startswith(mark) and stripped.endswith(mark):
            stripped = stripped[len(mark) : -len(mark)]
    return stripped


def _name(head: FileHeader, side: str, start: str, line: str) -> None:
    name = clean_name(line[len(start) :])
    if side == "index":
        head.others.append(name)
        head.others.append(name)
        return
    earlier = head.old if side == "old" else head.new
    if earlier is not None and earlier != name:
        head.others.append(earlier)
    if side == "old":
        head.old = name
    else:
        head.new = name
    if start == "*** Update File: ":
        head.new = name
    elif start == "*** Add File: ":
        head.old = NULL
    elif start == "*** Delete File: ":
        head.new = NULL


def _mode(line: str) -> None:
    if line.startswith(_MODES) and line.rstrip()[-6:] in ("120000", "160000", "040000"):
        what = "a symbolic link" if line.rstrip().endswith("120000") else "a submodule or folder"
        raise PatchError(
            "mode", f"Nothing was changed. [mode] {line.strip()!r} makes {what}; only ordinary files are written."
        )
    if line.startswith("index ") and line.rstrip().endswith((" 120000", " 160000")):
        raise PatchError("mode", f"Nothing was changed. [mode] {line.strip()!r} is no ordinary file.")


def _git_names(line: str) -> list[str]:
    rest = line.split(" ", 2)[2].rstrip("\r") if line.startswith("diff --git ") and line.count(" ") >= 2 else ""
    if not rest:
        return []
    quoted = re.findall(r'"(?:[^"\\]|\\.)*"', rest)
    if len(quoted) == 2:
        return [clean_name(name) for name in quoted]
    if quoted:
        other = rest.replace(quoted[0], "").strip()
        names = [clean_name(quoted[0]), other]
        return names if rest.startswith('"') else names[::-1]
    half = (len(rest) - 1) // 2
    if rest[half : half + 1] == " " and rest[:half].split("/", 1)[-1] == rest[half + 1 :].split("/", 1)[-1]:
        return [rest[:half], rest[half + 1 :]]
    left, separator, right = rest.partition(" b/")
    return [left, "b/" + right] if separator else rest.split()[:2]


def _unquote(text: str) -> str:
    data = bytearray()
    at = 0
    plain = {"n": 10, "t": 9, "r": 13, '"': 34, "\\": 92, "a": 7, "b": 8, "f": 12, "v": 11}
    while at < len(text):
        octal = re.match(r"\\([0-3][0-7]{2})", text[at : at + 4])
        if octal:
            data.append(int(octal[1], 8))
            at += 4
        elif text[at] == "\\" and text[at + 1 : at + 2] in plain:
            data.append(plain[text[at + 1]])
            at += 2
        else:
            data += text[at].encode("utf-8", "surrogateescape")
            at += 1
    return data.decode("utf-8", "surrogateescape")
