"""A score's document as HTML: the number, what is behind it, and the lines that it can be argued with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from p2c.formatting import plural
from p2c.reports.html.elements import Html, el, join, untrusted
from p2c.safe_text import one_line

_ORDER = ("high", "medium", "low")
_TONES: Mapping[str, str] = {"high": "bad", "medium": "warn", "met": "good", "partly": "warn", "not": "bad"}
MOST_PROBLEMS = 60
MOST_LISTED = 12


@dataclass(frozen=True)
class Problem:
    """What samples say of one place: the severity that most give it (the worse of two), how many name it, and the
    first wording of that severity."""

    severity: str
    place: str
    what: str
    samples: int


def headline(document: Mapping[str, Any]) -> str:
    """Return the score in one line."""
    if document.get("mean") is None:
        return f"no score: {document['why']}"
    parts = [f"{document['kind']} score {document['mean']:.2f} of 5"]
    if document.get("spread") is not None:
        parts.append(f"spread {document['spread']:.2f} ({document['lowest']} to {document['highest']})")
    unusable = f" (unusable replies: {document['unusable']})" if document["unusable"] else ""
    parts.append(f"{document['valid']} of {document['asked']} samples{unusable}")
    rubric = document.get("rubric")
    if rubric and rubric.get("score") is not None:
        of_all = f"{rubric['judged']} of {plural(len(rubric['items']), 'item')} judged"
        parts.append(f"rubric {rubric['score']:.2f} of 1 ({of_all})")
    return ", ".join(parts)


def problems_of(document: Mapping[str, Any]) -> list[Problem]:
    """Return what the samples name, joined by place (file and function), the worst and the most named first."""
    by_place: dict[str, list[tuple[int, str, str]]] = {}
    for number, sample in enumerate(document["samples"]):
        for component in sample["components"]:
            for problem in component["problems"]:
                place = _place(problem.get("where") or component.get("code") or component["name"])
                by_place.setdefault(place, []).append((number, str(problem["severity"]), str(problem["what"])))
    problems = [_problem(place, mentions) for place, mentions in by_place.items()]
    return sorted(problems, key=lambda problem: (_rank(problem.severity), -problem.samples))


def computed_rows(computed: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (what, value, note) of what was computed."""
    promises = computed.get("promises")
    if promises:
        value = f"{promises['kept']} of {promises['promised']}"
        yield "planned interfaces present", value, _listed(promises["broken"])
    claims = computed["provenance"]
    right = int(claims["claimed"]) - len(claims["wrong"])
    yield "configured values that come from the paper", f"{right} of {claims['claimed']}", _listed(claims["wrong"])
    smoke = computed.get("smoke")
    if smoke:
        stale = "; the files have changed since" if smoke.get("current") is False else ""
        left = f"left {', '.join(smoke['artifacts'])}" if smoke["left"] and smoke["artifacts"] else ""
        yield "last report", str(smoke["verdict"]), f"{left}{stale}".lstrip("; ")
    size = computed["size"]
    yield "code", f"{size['lines']} lines in {size['files']} files", f"tests: {size['test_lines']} lines"
    yield "functions that do nothing", f"{len(size['stubs'])} of {size['functions']}", _listed(size["stubs"])
    yield "TODO or FIXME", str(len(size["todos"])), _listed(size["todos"])


def render_score(document: Mapping[str, Any] | None) -> Html | None:
    """Return the section of the score, None where there is none."""
    if document is None:
        return None
    parts = [
        el("p", el("b", untrusted(one_line(headline(document), 400)))),
        _addressed(document["addressed"]),
        _problems(document),
        _rubric(document.get("rubric")),
        _computed(document["computed"]),
        *(el("p", untrusted(one_line(note, 400)), class_="soft") for note in document["notes"]),
    ]
    return el("section", el("h2", "Faithfulness", id="score"), *parts, aria_labelledby="score")


def _addressed(lines: Sequence[Mapping[str, Any]]) -> Html | None:
    if not lines:
        return None
    rows = [
        el("li", el("code", untrusted(spot_of(line))), " ", untrusted(one_line(line["text"], 300))) for line in lines
    ]
    head = el("p", "Addressed to the judge: text in the repository that tries to influence the score.")
    return el("div", head, el("ul", *rows, class_="findings"))


def _problems(document: Mapping[str, Any]) -> Html | None:
    problems = problems_of(document)
    if not problems:
        return None
    rows = [
        el("tr", el("td", _pill(p.severity)), el("td", f"{p.samples} of {document['valid']}", class_="number"),
           el("td", el("code", untrusted(one_line(p.place, 120)))), el("td", untrusted(one_line(p.what, 600))))
        for p in problems[:MOST_PROBLEMS]
    ]  # fmt: skip
    return el(
        "details",
        el("summary", "Problems that the critics found"),
        el("div", _table(("severity", "samples", "place", "what"), rows)),
    )


def _rubric(rubric: Mapping[str, Any] | None) -> Html | None:
    if not rubric:
        return None
    rows = [_item(item) for item in rubric["items"]]
    table = _table(("item", "share", "verdict", "requirement", "evidence"), rows)
    value = rubric.get("score")
    words = f"Rubric ({one_line(rubric['origin'], 120)}): " + ("not judged" if value is None else f"{value:.2f} of 1")
    return el("details", el("summary", untrusted(words)), el("div", table), open=True)


def _item(item: Mapping[str, Any]) -> Html:
    place = f"{item.get('section') or ''}: “{item['quote']}”" if item.get("quote") else ""
    asked = join(
        untrusted(one_line(item["requirement"], 400)), el("div", untrusted(one_line(place, 300)), class_="soft")
    )
    why = el("div", untrusted(one_line(item["why"], 600)), class_="soft")
    lines = [el("div", el("code", untrusted(one_line(quote, 160)))) for quote in item["evidence"]]
    refused = [el("div", "refused: ", untrusted(one_line(quote, 200)), class_="soft") for quote in item["refused"]]
    return el(
        "tr",
        el("th", untrusted(one_line(item["id"], 60)), scope="row"),
        el("td", f"{100 * item['share']:.1f}%", class_="number"),
        el("td", _pill(word_of(item)), class_="brief"),
        el("td", asked, why),
        el("td", *lines, *refused, class_="places"),
    )


def _computed(computed: Mapping[str, Any]) -> Html:
    rows = [
        el("tr", el("th", what, scope="row"), el("td", untrusted(one_line(value, 120))),
           el("td", untrusted(one_line(note, 600))))
        for what, value, note in computed_rows(computed)
    ]  # fmt: skip
    return el(
        "details", el("summary", "Computed, no model"), el("div", _table(("what", "value", "note"), rows)), open=True
    )


_HEADS = {"share": "number", "samples": "number", "verdict": "brief"}


def _table(names: Sequence[str], rows: Sequence[Html]) -> Html:
    heads = [el("th", name, scope="col", class_=_HEADS.get(name)) for name in names]
    return el("table", el("thead", el("tr", *heads)), el("tbody", *rows))


def word_of(item: Mapping[str, Any]) -> str:
    """Return the verdict on an item: met, partly, not, unproven, unjudged."""
    if item.get("verdict") is None:
        return "unjudged"
    return str(item["verdict"]) if item["proven"] else "unproven"


def _pill(word: str) -> Html:
    return el("span", one_line(word, 20), class_=f"pill {_TONES.get(word, 'soft')}")


def spot_of(line: Mapping[str, Any]) -> str:
    """Return `path:line`, the path alone where that is what addresses the judge."""
    return f"{line['path']}:{line['line']}" if line["line"] else str(line["path"])


def _problem(place: str, mentions: Sequence[tuple[int, str, str]]) -> Problem:
    often = Counter(severity for _, severity, _ in mentions)
    severity = min(often, key=lambda word: (-often[word], _rank(word)))
    what = next(words for _, word, words in mentions if word == severity)
    return Problem(severity, place, what, len({number for number, _, _ in mentions}))


def _place(where: str) -> str:
    """Return the first place that is named, without line numbers: what two samples mean by it is the same."""
    first = where.replace(";", ",").split(",")[0].strip().strip("`")
    path, _, rest = first.partition(":")
    name = rest.strip().split(" ")[0].removesuffix("()")
    return f"{path}:{name}" if name and not name[0].isdigit() else path


def _rank(severity: str) -> int:
    return _ORDER.index(severity) if severity in _ORDER else len(_ORDER)


def _listed(items: Sequence[str]) -> str:
    more = f", and {len(items) - MOST_LISTED} more" if len(items) > MOST_LISTED else ""
    return ", ".join(items[:MOST_LISTED]) + more
