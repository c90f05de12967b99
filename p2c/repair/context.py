"""What the debugger is shown of a case: everything a round found, and the code that it is about, within a size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from p2c.executor.report import Finding, Frame
from p2c.executor.requirements.declared import read_requirements
from p2c.prompts import data
from p2c.repair.case import Case
from p2c.repair.excerpts import merged, numbered, ranges
from p2c.repair.grouping import FindingGroup, group, own_frames
from p2c.repair.history import CONTEXT, Attempt
from p2c.repo import Repo
from p2c.run_contract import write_contract

CONFIG_SUFFIXES = (".yaml", ".yml", ".toml", ".json", ".cfg", ".ini")
PART = 6_000
"""Characters that one configuration or requirements file may take."""
DETAIL = 2_500
"""Characters of a finding's detail: its first and last half."""


@dataclass(frozen=True)
class Part:
    """A piece of the context; the smaller the rank, the later it is cut."""

    title: str
    text: str
    rank: int
    place: int
    """Where it stands among the others."""


def gather(case: Case, size: int) -> str:
    """Return the context as marked data, `size` characters at most; what had to be left out is said."""
    findings = case.report.gating or case.report.findings
    groups = group(findings)
    wide = case.history.level >= CONTEXT
    parts = [
        *_code(case.repo, groups, wide),
        *_setting(case),
        Part("the list of files", data("files", listing(case.repo)), 3, 0),
        Part("the findings", data("findings", _findings(groups, size // 2, case.repo)), 0, 8),
        *_advice(case),
        *([Part("the log", data("log", clipped(case.log, PART)), 2, 9)] if case.log else []),
    ]
    kept, left_out = _fitting(parts, size)
    text = "\n".join(part.text for part in sorted(kept, key=lambda part: part.place))
    if left_out:
        text += "\nLeft out, for length: " + ", ".join(left_out) + ".\n"
    return text


def _fitting(parts: Iterable[Part], size: int) -> tuple[list[Part], list[str]]:
    kept, left_out = list[Part](), list[str]()
    for part in sorted(parts, key=lambda part: part.rank):
        if len(part.text) <= size or part.rank == 0:
            kept.append(part)
            size -= len(part.text)
        else:
            left_out.append(part.title)
    return kept, left_out


def _code(repo: Repo, groups: tuple[FindingGroup, ...], wide: bool) -> Iterator[Part]:
    for path, spans, marks, rank in merged(ranges(repo, groups, wide)):
        text = numbered(repo.files[path], spans, marks)
        shown = data("code", text, path=path)
        yield Part(f"code of {path}", shown, {0: 1, 1: 4, 2: 5}[rank], 5)


def _setting(case: Case) -> Iterator[Part]:
    """What the repository needs, how it is configured, and how it is run."""
    declared = read_requirements(case.repo).path
    yield Part("the run contract", data("contract", write_contract(case.contract)), 1, 2)
    if declared:
        yield Part(declared, data("file", clipped(case.repo.files[declared], PART), path=declared), 1, 1)
    for path, text in case.repo.files.items():
        if path.endswith(CONFIG_SUFFIXES) and path not in {declared, "p2c.toml"}:
            yield Part(path, data("file", clipped(text, PART), path=path), 2, 3)


def _advice(case: Case) -> Iterator[Part]:
    """Findings that do not gate, one line each: they may point at the cause."""
    others = [finding for finding in case.report.findings if not finding.gates]
    if others and case.report.gating:
        lines = [f"{_where(f)} {f.rule}: {' '.join(f.message.split())[:200]}" for f in others[:20]]
        more = [f"and {len(others) - 20} more"] if len(others) > 20 else []
        yield Part("advice of the checks", data("advice", "\n".join(lines + more)), 6, 7)


def listing(repo: Repo) -> str:
    """Return every file with its number of lines, and files that are only on disk by name."""
    rows = [f"{path} ({text.count(chr(10)) + 1} lines)" for path, text in repo.files.items()]
    rows += [f"{path} (data, not shown)" for path in repo.assets]
    rows.sort()
    return "\n".join(rows[:200] + ([f"and {len(rows) - 200} more"] if len(rows) > 200 else []))


def _findings(groups: tuple[FindingGroup, ...], size: int, repo: Repo) -> str:
    texts = list[str]()
    for number, each in enumerate(groups, 1):
        text = _group(number, each, repo)
        if texts and size < len(text):
            texts.append(f"and {len(groups) - number + 1} more groups of findings")
            break
        texts.append(text)
        size -= len(text)
    return "\n\n".join(texts)


def _group(number: int, each: FindingGroup, repo: Repo) -> str:
    lead = each.lead
    times = f" ({len(each.findings)} times)" if len(each.findings) > 1 else ""
    rows = [f"{number}. {lead.rule}{times}, found by: {', '.join(each.checks)}", clipped(lead.message, DETAIL)]
    rows += [f"at {', '.join(each.places[:12])}"] if each.places else []
    frames = own_frames(lead)
    rows += ["the way there, innermost last:", *(_frame(frame, repo) for frame in frames[-6:])] if frames else []
    rows += [f"outside the repository: {_outside(lead)}"] if _outside(lead) else []
    rows += [f"known cure: {clipped(lead.fix, 600)}"] if lead.fix else []
    rows += [clipped(lead.detail, DETAIL)] if lead.detail else []
    return "\n".join(rows)


def _frame(frame: Frame, repo: Repo) -> str:
    lines = repo.files.get(frame.path, "").split("\n")
    code = frame.code or "".join(lines[frame.line - 1 : frame.line])  # a stack that was dumped has no code
    values = [f"      {name} = {value}" for name, value in list(frame.locals.items())[:24]]
    return "\n".join([f"  {frame.path}:{frame.line} in {frame.function}: {code.strip()}", *values])


def _outside(finding: Finding) -> str:
    """The last frame, where it is a library's."""
    last = finding.frames[-1] if finding.frames else None
    return f"{last.path}:{last.line} in {last.function}: {last.code.strip()}" if last and not last.inside else ""


def _where(finding: Finding) -> str:
    return f"{finding.path}:{finding.line or 1}" if finding.path else finding.check


def clipped(text: str, limit: int) -> str:
    """Return a text with its middle left out, and that said, where it is too long."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


def tried(case: Case, limit: int = 8, size: int = 12_000) -> str:
    """Return what was tried, as marked data: each different turn once, the last ones with their diffs."""
    turns = list(case.history.distinct())
    if not turns:
        return ""
    earlier = len(turns) - limit
    texts = [f"{earlier} earlier attempts are left out."] if earlier > 0 else []
    for attempt, times in turns[-limit:]:
        texts.append(_turn(attempt, times, size // limit))
    return data("tried", "\n\n".join(texts))


def _turn(attempt: Attempt, times: int, size: int) -> str:
    again = f" (came to this {times} times)" if times > 1 else ""
    head = f"{attempt.verdict}, by {attempt.patch.author}{again}: {attempt.patch.reason}"
    diff = clipped(attempt.patch.diff.strip(), size) if attempt.verdict != "kept" else ""
    return "\n".join(part for part in (head, f"outcome: {attempt.note}", diff) if part)
