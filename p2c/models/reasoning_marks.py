"""Telling a model's reasoning apart from its answer, by one table of the marks that models put around it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class ReasoningMarks:
    """What opens and what closes reasoning, as regular expressions.

    `alone`: the closing mark may come without an opening one, because the chat template has put that into the prompt.
    """

    opening: str
    closing: str
    alone: bool = True


_WORD = (
    r"(?:think|thinking|thoughts?|reasoning|reflection|scratchpad|inner_monologue|deliberation|rationale|cot"
    r"|chain_of_thought|analysis)"
)
_TAG = rf"(?:\w+[:_])?{_WORD}"
MARKS: tuple[ReasoningMarks, ...] = (
    # think of DeepSeek-R1, QwQ, Qwen3, GLM and MiniMax, thinking of Claude, thought of EXAONE and Gemini,
    # reasoning of Reka, seed:think of Seed-OSS; others put words of their own before it
    ReasoningMarks(
        rf"(?i:<(?P<tag>{_TAG})(?:\s[^<>\n/]{0, 200})?>)", rf"(?i:</\s*(?P<tag>{_TAG})\s*>)|(?i:<(?:{_TAG})\s*/>)"
    ),
    ReasoningMarks(rf"(?i:&lt;(?P<tag>{_TAG})&gt;)", rf"(?i:&lt;/(?P<tag>{_TAG})&gt;)"),
    ReasoningMarks(r"\[(?P<tag>THINK|THINKING|REASONING)\]", r"\[/(?P<tag>THINK|THINKING|REASONING)\]"),  # Magistral
    ReasoningMarks(
        rf"<\|(?:start_|begin_)?(?i:{_WORD})(?:_start)?\|>", rf"<\|(?:/|end_)(?i:{_WORD})\|>|<\|{_WORD}_end\|>"
    ),
    ReasoningMarks(r"◁think▷", r"◁/think▷"),  # Kimi
    ReasoningMarks(r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),  # Sky-T1, OpenThinker
    ReasoningMarks(r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),  # Command A
    ReasoningMarks(r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),  # Apertus
    ReasoningMarks(r"<\|channel>\s*thought\b", r"<channel\|>"),  # Gemma 4
    # gpt-oss: the channels of harmony, and what is left of them where the special tokens were dropped
    ReasoningMarks(
        r"(?:<\|start\|>assistant)?<\|channel\|>\s*(?:analysis|commentary)\b",
        r"(?:<\|end\|>\s*)?(?:<\|start\|>\s*assistant)?<\|channel\|>\s*final\b(?:[^\n<]*(?:<\|constrain\|>[^\n<]*)?<\|message\|>)?",
    ),
    ReasoningMarks(r"\Aanalysis(?=[A-Z\"'])", r"(?<!assistant)(?:assistant){1,3}final(?=[^\W_]|\W|\Z)"),
    ReasoningMarks(
        r"<details[^<>]{0,99}>\s{0,9}<summary>[^<]{0,40}(?i:think|thought|reason)[^<]{0,40}</summary>",
        r"</details>",
        alone=False,
    ),
    ReasoningMarks(r"<details\s+type=\"reasoning\"[^<>]{0,200}>", r"</details>", alone=False),  # Open WebUI
    ReasoningMarks(r"\AHere is my thought process:", r"Here is my response:", alone=False),  # Granite 3
)
"""Add a row for a model that marks its reasoning in another way."""

MOST_PIECES = 50
"""Pieces of reasoning that are taken out of one reply."""
MOST_MARKS = 300
"""Marks that are looked at in one reply: each is held against the others."""

_TURN = re.compile(
    r"\A\s*(?:<\|(?:im_start|start_header_id)\|>\s*)?"
    r"(?:<\|assistant\|>|assistant(?:<\|end_header_id\|>|\n)|<role>\s*(?i:assistant)\s*</role>)\s*"
)
_UNKNOWN = re.compile(r"\A\s*(?P<mark><\|[^|<>\n]{1,40}\|?>|◁[^◁▷\n]{1,40}▷)")
_WRAPPED = re.compile(
    r"\A\s*(?:<(?P<tag>answer|response|solution|final|final_answer|output)>(?P<text>.*?)</(?P=tag)>"
    r"|<\|(?P<begin>begin_of_|START_)(?P<name>\w+)\|>(?P<marked>.*?)<\|(?:end_of_|END_)(?P=name)\|>)\s*\Z",
    re.DOTALL,
)
_ENDS = (
    *(
        f"<|{name}|>"
        for name in ("return", "end", "im_end", "eot_id", "end_of_turn", "endoftext", "end_of_text", "eom_id")
    ),
    "<|END_OF_TURN_TOKEN|>",
    "<end_of_turn>",
    "<turn|>",
    "</s>",
)
"""What ends a turn, where a server leaves it in the text."""
# What follows a mark that is only spoken of: "up to the </think> tag", "between <think> and </think>."
_SPOKEN_OF = re.compile(
    r"(?:[ \t]+(?:tags?|tokens?|marks?|markers?|blocks?|elements?|sections?|delimiters?|strings?|and|or|is|are|in|to"
    r"|from|before|after|at|with|which|that|then)\b|[,;:)\]]|\.(?:\s|\Z))"
)
_AROUND = frozenset({"{}", "()", "||"})
_CLOSE_AROUND = frozenset(before + other for before in "\"'`\\" for other in "\"'`\\")
_QUOTES = ('"""', "'''")
_FENCE = re.compile(r"^[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class TextWithoutReasoning:
    """A reply's text without its reasoning; `unclear` says why the two cannot be told apart, "" where they can."""

    text: str
    unclear: str = ""


@dataclass(frozen=True)
class _Mark:
    start: int
    end: int
    opens: bool
    kind: str
    alone: bool


def without_reasoning(text: str, whole: bool = True) -> TextWithoutReasoning:
    """Return the answer of a reply. Marks in code, in strings and in JSON are the answer's own.

    `whole` is False for a reply that was cut: a fence that is open at its end may then have no fault.
    """
    if _is_json(text):
        return TextWithoutReasoning(text)
    rest = _without_end(_TURN.sub("", text))
    removed = rest != text
    for _ in range(MOST_PIECES):
        cut = _step(rest, whole)
        if isinstance(cut, TextWithoutReasoning):
            return cut if cut.unclear else _checked(_unwrapped(cut.text) if removed else cut.text)
        rest, removed = cut, True
    return TextWithoutReasoning(text, "it is full of marks of reasoning")


def _checked(text: str) -> TextWithoutReasoning:
    unknown = _UNKNOWN.match(text)
    return TextWithoutReasoning(
        text, f"it begins with {unknown['mark']!r}, a mark that is not known" if unknown else ""
    )


def _step(text: str, whole: bool) -> TextWithoutReasoning | str:
    """Return the text with one piece of reasoning less, or what is told once there is none."""
    marks_found = _found(text)
    if len(marks_found) > MOST_MARKS:
        return TextWithoutReasoning(text, "it is full of marks of reasoning")
    quoted = [mark for mark in marks_found if _is_quoted(text, mark)]
    marks = [mark for mark in marks_found if mark not in quoted and not _ends_quoted(text, mark, quoted)]
    head = next((mark for mark in marks if not text[: mark.start].strip()), None)
    if head is not None and head.opens:
        # Reasoning holds whatever it likes, fences that it never closes too: the first closing mark ends it.
        ends = (mark for mark in marks if not mark.opens and mark.kind == head.kind and mark.start >= head.end)
        end = next(ends, None)
        return text[end.end :].lstrip() if end is not None else TextWithoutReasoning("")
    marks = [mark for mark in marks if mark.kind != "analysis" or not mark.opens]
    inside, outside = _by_fences(text, marks)
    pairs, lone = _paired(outside)
    if lone:
        return _behind(text, lone[-1])
    for opening, closing in pairs:
        if _stands_alone(text, opening.start, closing.end):
            return text[: opening.start].rstrip() + "\n\n" + text[closing.end :].lstrip()
    left = [mark for mark in outside if mark.opens and mark not in {opened for opened, _ in pairs}]
    if any(not _line_before(text, mark.start).strip() for mark in left):
        return TextWithoutReasoning(text, "reasoning begins in the middle of it and does not end")
    return _in_open_fence(text, inside, whole)


def _behind(text: str, mark: _Mark) -> TextWithoutReasoning | str:
    after = text[mark.end :]
    if re.match(r"[ \t]+[a-z]", after) and re.search(r"[ \t]\Z", text[: mark.start]):
        return TextWithoutReasoning(text, "it cannot be told where its reasoning ends")
    return after.lstrip()


def _in_open_fence(text: str, inside: list[_Mark], whole: bool) -> TextWithoutReasoning | str:
    """A draft in the reasoning may have opened a fence and left it open, so that what follows seems to be code."""
    lone = [mark for mark in _paired(inside)[1] if _stands_alone(text, mark.start, mark.end)]
    if not lone or not _fences(text)[1]:
        return TextWithoutReasoning(text)
    after = text[lone[-1].end :]
    if _fences(after)[1] or not whole:
        return TextWithoutReasoning(text, "its reasoning cannot be told from its code")
    return after.lstrip()


def _found(text: str) -> list[_Mark]:
    marks = []
    for row in MARKS:
        for pattern, opens in ((row.opening, True), (row.closing, False)):
            for match in re.finditer(pattern, text):
                tag = match.groupdict().get("tag")
                marks.append(_Mark(*match.span(), opens, tag or row.opening, row.alone))
    return sorted(marks, key=lambda mark: (mark.start, -mark.end))


def _is_quoted(text: str, mark: _Mark) -> bool:
    """A mark in quotes, in a string or in a span of code, or one that is spoken of, opens and closes nothing."""
    before = text[text.rfind("\n", 0, mark.start) + 1 : mark.start]
    line_end = text.find("\n", mark.end)
    after = text[mark.end : line_end if line_end >= 0 else len(text)]
    if before.rstrip()[-1:] + after.lstrip()[:1] in _AROUND or before[-1:] + after[:1] in _CLOSE_AROUND:
        return True
    plain = re.sub(r"\\.", "", before)
    if (plain.count('"') % 2 and '"' in after) or (plain.count("`") % 2 and "`" in after):
        return True
    if _is_in_hunk(text[: mark.start]) or _is_in_string(text, mark):
        return True
    return bool(before.strip()) and bool(_SPOKEN_OF.match(text[mark.end :]))


def _is_in_hunk(before: str) -> bool:
    """Whether a text ends inside a hunk of a diff: all lines since its head are context, added or removed."""
    head = before.rfind("\n@@ ")
    return head >= 0 and all(line[:1] in ("+", "-", " ", "\\") for line in before[head + 1 :].split("\n")[1:])


def _is_in_string(text: str, mark: _Mark) -> bool:
    """Whether a string over several lines begins before a mark and ends behind it."""
    return any(text.count(quotes, 0, mark.start) % 2 and text.count(quotes, mark.end) % 2 for quotes in _QUOTES)


def _ends_quoted(text: str, mark: _Mark, quoted: list[_Mark]) -> bool:
    """Whether a closing mark belongs to an opening one of its line that is only spoken of."""
    return not mark.opens and any(
        opening.opens
        and opening.kind == mark.kind
        and opening.end <= mark.start
        and "\n" not in text[opening.end : mark.start]
        for opening in quoted
    )


def _by_fences(text: str, marks: list[_Mark]) -> tuple[list[_Mark], list[_Mark]]:
    """Return the marks inside of fenced blocks, and those outside."""
    spans = _fences(text)[0]
    inside = [mark for mark in marks if any(start <= mark.start < end for start, end in spans)]
    return inside, [mark for mark in marks if mark not in inside]


def _paired(marks: list[_Mark]) -> tuple[list[tuple[_Mark, _Mark]], list[_Mark]]:
    """Return the outermost pairs of marks, and the closing ones that nothing has opened."""
    pairs, lone = [], []
    opened: dict[str, _Mark] = {}
    for mark in marks:
        if mark.opens:
            opened.setdefault(mark.kind, mark)
        elif mark.kind in opened:
            pairs.append((opened.pop(mark.kind), mark))
        elif mark.alone:
            lone.append(mark)
    return pairs, lone


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a span begins and ends with its lines: a format that is told in a sentence does not."""
    return not _line_before(text, start).strip() and not text[end : (text.find("\n", end) + 1 or len(text) + 1)].strip()


def _line_before(text: str, start: int) -> str:
    return text[text.rfind("\n", 0, start) + 1 : start]


def _fences(text: str) -> tuple[list[tuple[int, int]], bool]:
    """Return where fenced blocks are, and whether the last one is open; one with an info string opens an inner one."""
    spans: list[tuple[int, int]] = []
    opened: list[re.Match[str]] = []
    for fence in _FENCE.finditer(text):
        if not opened:
            opened = [fence]
        elif fence["mark"][0] != opened[-1]["mark"][0] or len(fence["mark"]) < len(opened[-1]["mark"]):
            continue
        elif fence["info"]:
            opened.append(fence)
        else:
            first = opened.pop()
            if not opened:
                spans.append((first.start(), fence.end()))
    if opened:
        spans.append((opened[0].start(), len(text)))
    return spans, bool(opened)


def _without_end(text: str) -> str:
    while text.rstrip().endswith(_ENDS):
        text = text.rstrip()
        text = text.removesuffix(next(end for end in _ENDS if text.endswith(end)))
    return text


def _unwrapped(text: str) -> str:
    """Return an answer without what some models put around it after their reasoning."""
    text = _TURN.sub("", text)
    match = _WRAPPED.match(text)
    return (match["text"] or match["marked"] or "") if match else text


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True
