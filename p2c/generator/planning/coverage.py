"""Coverage: which file answers for each criterion and for each thing that the paper numbers, or why none does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from p2c.generator.config_files import PAPER, SMOKE
from p2c.generator.criteria import Coverage, open_criteria
from p2c.generator.inventory_tables import compared
from p2c.generator.plan import FileSpec, Plan
from p2c.generator.planning.schemas import CoverageReply
from p2c.generator.quote_check import plain
from p2c.paper_references import expand
from p2c.prompts import data, render

UNSAID = "the plan does not say"
_CONFIGS = frozenset({PAPER, SMOKE})


def to_cover(plan: Plan) -> dict[str, str]:
    """Return every id that a design has to answer for -> what it is.

    Besides the open criteria and the inventory these are the methods that tables compare, as `table 2: SVM`, each where
    it is met first.
    """
    requirements = {item.id: item.requirement for item in open_criteria(plan.criteria)}
    methods: set[str] = set()
    for item in plan.inventory:
        requirements[item.id] = item.text
        for name in compared(item):
            if plain(name) not in methods:
                methods.add(plain(name))
                requirements[f"{item.id}: {name}"] = "compared there"
    return requirements


def coverage_task(plan: Plan) -> str:
    """Return what the design is asked besides; empty for a plan without criteria."""
    if not plan.criteria:
        return ""
    criteria = {item.id for item in plan.criteria}
    items = {name: text for name, text in to_cover(plan).items() if name not in criteria}
    shown = [f"- {name}: {text}" if text else f"- {name}" for name, text in items.items()]
    listed = data("items", "\n".join(shown)) if shown else "No item is numbered in this paper.\n"
    return f"\n{render('plan_coverage')}\n{listed}"


def read_coverage(
    said: Sequence[CoverageReply], plan: Plan, specs: Iterable[FileSpec]
) -> tuple[tuple[Coverage, ...], list[str]]:
    """Return an answer for each id, and what is wrong, in words for the design's author.

    What has no answer is left out with the reason that the plan does not say.
    """
    paths, wrong = {spec.path for spec in specs} | _CONFIGS, list[str]()
    wanted = to_cover(plan)
    answers: dict[str, Coverage] = {}
    for item in said:
        files = tuple(dict.fromkeys(path.strip().removeprefix("./") for path in item.files))
        wrong += [f"coverage: {path!r} is not a file of the design" for path in files if path not in paths]
        if not files and not item.why.strip():
            wrong.append(f"coverage: {', '.join(item.ids)} has neither files nor the reason why it is left out")
            continue
        known = tuple(path for path in files if path in paths)
        for name in _ids(item.ids, wanted):
            answers.setdefault(name, Coverage(name, known, item.why.strip() if known or item.why else UNSAID))
    answers |= _of_tables(answers, wanted)
    missing = [name for name in wanted if name not in answers]
    wrong += [f"coverage: nothing is said about {name} ({wanted[name][:80]})" for name in missing]
    return tuple(answers.get(name, Coverage(name, (), UNSAID)) for name in wanted), wrong


def requirements_of(plan: Plan, path: str) -> str:
    """Return what one file answers for, as marked data with the task to meet it; empty where it is nothing."""
    ids = {item.id for item in plan.coverage if path in item.files}
    lines = [
        f'{item.id}. {item.requirement}\n   The paper ({item.section}): "{" ".join(item.quote.split())}"'
        for item in open_criteria(plan.criteria)
        if item.id in ids
    ]
    lines += [f"{item.id}: {item.text}" for item in plan.inventory if item.id in ids]
    lines += [name for name in sorted(ids) if ": " in name]
    if not lines:
        return ""
    return data("requirements", "\n".join(lines), path=path) + render("file_requirements")


def covers_method(plan: Plan, path: str) -> bool:
    """Whether a file answers for a method criterion, an equation or an algorithm: what has to be thought through."""
    kinds: dict[str, str] = {item.id: item.kind for item in open_criteria(plan.criteria)}
    kinds |= {item.id: item.kind for item in plan.inventory}
    return any(
        kinds.get(item.id) in ("method", "equation", "algorithm") for item in plan.coverage if path in item.files
    )


def _ids(names: Iterable[str], wanted: Mapping[str, str]) -> list[str]:
    """The ids that are meant: as they stand, in ranges, or but for marks and case."""
    by_form = {plain(name): name for name in wanted} | {
        plain(name.split(": ", 1)[1]): name for name in wanted if ": " in name
    }
    ids: list[str] = []
    for name in names:
        parts = (
            [name] if name in wanted or ": " in name else [part for piece in name.split(",") for part in expand(piece)]
        )
        for part in (item_id for each in parts for item_id in _criteria_range(each)):
            known = by_form.get(plain(part))
            ids += [known] if known else []
    return ids


def _criteria_range(name: str) -> list[str]:
    """`c1-c4` and `c1-4` are four criteria."""
    first, _, last = name.strip().partition("-")
    a, b = first.strip().removeprefix("c"), last.strip().removeprefix("c")
    if first.strip().startswith("c") and a.isdigit() and b.isdigit() and 0 < int(b) - int(a) < 60:
        return [f"c{number}" for number in range(int(a), int(b) + 1)]
    return [name]


def _of_tables(answers: Mapping[str, Coverage], wanted: Mapping[str, str]) -> dict[str, Coverage]:
    """Answers for methods of tables: left out with the whole table, or named in the words of an answer."""
    coverage: dict[str, Coverage] = {}
    whys = [(answer, plain(answer.why)) for answer in answers.values() if answer.why]
    for name in wanted:
        table, _, method = name.partition(": ")
        if not method or name in answers:
            continue
        whole = answers.get(table)
        if whole is not None and not whole.files:
            coverage[name] = Coverage(name, (), whole.why)
        elif len(plain(method)) > 2:
            named = next((answer for answer, why in whys if plain(method) in why), None)
            coverage |= {name: Coverage(name, (), named.why)} if named is not None else {}
    return coverage
