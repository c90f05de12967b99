"""docs/fidelity.md: what of the paper stands where in the code, by what it is shown, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from p2c.generator.criteria import Coverage, InventoryItem
from p2c.pipeline.documentation.code_index import CodeIndex, CodePlace
from p2c.pipeline.documentation.facts import BuildFacts, cell, claim_lines, code, numbers, patch_lines, table
from p2c.repair.fidelity.outcome import CriterionResult

MOST_PLACES = 3
MOST_ROWS = 30
"""Rows of one of the paper's tables that are listed."""
_STATUSES = """A model that judges says *met* or *partly*, and names lines that a program found to be there.
*Assumed*: the paper only implies it. *Left out*: by the plan. *Disputed*: a second sample agreed that no change of the
code can give it. *Not judged*: nobody looked; a program found what names the equation, algorithm, table or figure."""


@dataclass(frozen=True)
class ItemRow:
    """One thing of the paper: where it is, which tests use that, and how it stands."""

    what: str
    text: str
    places: tuple[str, ...]
    tests: tuple[str, ...]
    status: str
    why: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """As cells of a Markdown table."""
        places = ", ".join(map(code, self.places)) or "-"
        tests = ", ".join(map(code, self.tests)) or "-"
        return (
            cell(self.what, 60),
            cell(self.text, 160),
            places,
            tests,
            self.status + (f": {self.why}" * bool(self.why)),
        )


def fidelity_rows(facts: BuildFacts, index: CodeIndex) -> tuple[ItemRow, ...]:
    """Return a row for each criterion that is not sealed, and each item of the inventory."""
    judged = {result.criterion.id: result for result in facts.fidelity.open} if facts.fidelity else {}
    criteria = [item for item in facts.plan.criteria if not item.sealed]
    rows = [
        _judged(judged[item.id], index) if item.id in judged else _planned(item.id, item.requirement, (), facts, index)
        for item in criteria
    ]
    for item in facts.plan.inventory:
        named = index.naming(item.id)
        rows.append(_planned(item.id, item.text, named, facts, index))
        rows += _table_rows(item, facts.plan.coverage, index)
    if not facts.plan.inventory:
        rows += _named_rows(index)
    return tuple(rows)


def _named_rows(index: CodeIndex) -> Iterator[ItemRow]:
    """Yield what the code names of the paper, where no inventory says what there is to name."""
    for name in sorted({name for place in index.code for name in place.references}, key=_by_number):
        places = index.naming(name)
        tests = tuple(test.node for test in index.testing(places, name)[:MOST_PLACES])
        labels = tuple(place.label for place in places[:MOST_PLACES])
        yield ItemRow(name, "as the code names it", labels, tests, "not judged")


def _by_number(name: str) -> tuple[str, int, str]:
    kind, _, number = name.rpartition(" ")
    return kind, int(number) if number.isdigit() else 0, number


def _judged(result: CriterionResult, index: CodeIndex) -> ItemRow:
    places = tuple(dict.fromkeys(filter(None, (_place(text, index) for text in result.evidence))))
    tests = (result.test,) if result.test else tuple(test.node for test in index.testing(places)[:MOST_PLACES])
    why = cell(result.why, 200)
    if result.executed is False:
        why += f"{'; ' * bool(why)}no run executed these lines"
    status = {"not": "not met"}.get(result.status, result.status)
    named = tuple(place.label for place in places[:MOST_PLACES]) or result.evidence[:MOST_PLACES]
    return ItemRow(result.criterion.id, result.criterion.requirement, named, tests, status, why)


def _place(evidence: str, index: CodeIndex) -> CodePlace | None:
    path, _, lines = evidence.rpartition(":")
    start = lines.partition("-")[0]
    return index.at(path, int(start)) if start.isdigit() else None


def _planned(name: str, text: str, named: tuple[CodePlace, ...], facts: BuildFacts, index: CodeIndex) -> ItemRow:
    covered = next((coverage for coverage in facts.plan.coverage if coverage.id == name), None)
    if covered is not None and not covered.files:
        return ItemRow(name, text, (), (), "left out", cell(covered.why, 200))
    files = covered.files if covered else ()
    missing = [path for path in files if path not in facts.repo.files]
    places = named or tuple(CodePlace(path, "", 1, 1) for path in files if path not in missing)
    tests = tuple(test.node for test in index.testing(named, name)[:MOST_PLACES])
    why = f"planned in {', '.join(map(code, missing))}, which is not there" if missing else ""
    return ItemRow(name, text, tuple(place.label for place in places[:MOST_PLACES]), tests, "not judged", why)


def _table_rows(item: InventoryItem, coverage: Sequence[Coverage], index: CodeIndex) -> Iterator[ItemRow]:
    """Yield the rows of a table with the code whose names they are: a baseline that nothing names is looked for."""
    left = any(answer.id == item.id and not answer.files for answer in coverage)
    for head in item.rows[:MOST_ROWS] if not left else ():
        wanted = _plain(head)
        places = (
            tuple(place for place in index.code if len(wanted) > 1 and wanted in _plain(place.name)) if wanted else ()
        )
        labels = tuple(place.label for place in places[:MOST_PLACES])
        yield ItemRow(
            f"{item.id}, row", head, labels, (), "not judged", "" if labels else "no function or class is named so"
        )


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def fidelity_page(facts: BuildFacts, index: CodeIndex) -> str:
    """Return docs/fidelity.md."""
    rows = fidelity_rows(facts, index)
    parts = [
        "# Fidelity\n\nWhat of the paper is in this repository, as far as it is known at the end of the build.\n",
        *_checked(facts),
        *_requirements(facts, rows),
        *_assumptions(facts),
        *_changes(facts),
        *_measured(facts),
    ]
    return "\n".join(parts)


def _checked(facts: BuildFacts) -> Iterator[str]:
    yield "## What was checked\n"
    how = "from a clean clone, in a fresh environment" if facts.runs else "as the repository stands"
    yield f"Verdict: **{facts.verdict}** ({cell(facts.why, 600)}). Checked by programs, {how}:\n"
    rows = [(result.check, result.status, cell(result.note)) for result in facts.report.results]
    yield table(("check", "result", "note"), rows)
    fidelity = facts.fidelity
    if fidelity is None:
        yield "Whether the code is the paper's was not judged: no one compared it with the paper.\n"
        return
    met = sum(result.status == "met" for result in fidelity.open)
    yield (
        f"A model judged {len(fidelity.open)} requirements of the paper, {met} are met; the loop ended: {fidelity.stop}"
        f"{f' ({cell(fidelity.why)})' if fidelity.why else ''}.\n"
    )
    sealed = sum(result.criterion.sealed for result in fidelity.criteria)
    if sealed and fidelity.sealed_share is not None:
        noise = "" if fidelity.noise is None else f"; two samples of the judge differed by {100 * fidelity.noise:.0f} %"
        yield (
            f"{sealed} more were never shown to what wrote or changed the code, and are not listed here: "
            f"{100 * fidelity.sealed_share:.0f} % of their weight is met{noise}.\n"
        )
    yield from (f"- {cell(note)}" for note in fidelity.notes)


def _requirements(facts: BuildFacts, rows: Sequence[ItemRow]) -> Iterator[str]:
    yield "## The paper and the code\n"
    if not rows:
        yield "The plan has no list of the paper's requirements, so none can be compared.\n"
        return
    yield f"{_STATUSES}\n"
    yield table(("item", "what", "where", "tests", "status"), [row.cells for row in rows])


def _assumptions(facts: BuildFacts) -> Iterator[str]:
    assumed = [value for value in facts.plan.values if value.assumed]
    derived = [value for value in facts.plan.values if value.derived and not value.assumed]
    yield "## Assumed\n"
    if not (assumed or derived or facts.plan.open_points):
        yield "No value and no choice is recorded as assumed.\n"
        return
    lines = [f"- value {code(value.key)} = {code(repr(value.value))}: {cell(value.assumed)}" for value in assumed]
    lines += [
        f"- value {code(value.key)} = {code(repr(value.value))} follows: {cell(value.derived)}" for value in derived
    ]
    lines += [f"- choice in the code: {cell(point, 600)}" for point in facts.plan.open_points]
    yield "\n".join(lines) + "\n"


def _changes(facts: BuildFacts) -> Iterator[str]:
    yield "## What repair changed\n"
    lines = patch_lines(facts.commits) or ["Nothing: the code is as it was first written."]
    yield "\n".join(lines) + "\n"
    if facts.left:
        yield "Left for a person to judge:\n"
        yield "\n".join(f"- {cell(point.line, 600)}" for point in facts.left) + "\n"


def _measured(facts: BuildFacts) -> Iterator[str]:
    yield "## What the small run measured\n"
    measured = numbers(facts.metrics)
    if not measured:
        yield "Nothing: no run left numbers that can be read.\n"
    else:
        yield "At a small size, on stand-ins where there are some; these are not the paper's results.\n"
        yield table(("metric", "value"), [(code(key), value) for key, value in measured])
    if facts.claims:
        yield "Compared by a program with what the plan claims:\n"
        yield "\n".join(claim_lines(facts.claims)) + "\n"
