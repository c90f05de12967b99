"""What a document of a folder is: a paper, a supplement, a letter or slides, the example that a template came with."""

from __future__ import annotations

import re
from pathlib import Path

_CLASS = re.compile(r"\\document(?:class|style)\s*(?:\[[^\]]*\]\s*)?\{([^{}]*)\}")
_OTHER_CLASS = re.compile(r"letter|beamer|poster|cv$|resume|exam|minimal|ltxdoc|scrlttr", re.IGNORECASE)
_EXAMPLE_TITLE = re.compile(
    r"formatting (?:instructions|guidelines|requirements)|instructions? (?:for|to|and)\b.*\b(?:authors?|papers?"
    r"|submissions?|"
    r"conference|proceedings|manuscripts?|journals?)|author(?:'s|s)? (?:guide|guidelines|instructions|kit)|"
    r"^(?:your )?(?:paper|full|full paper|title|article) title(?: here)?\b|^title of (?:the |your )?(?:paper|article)|"
    r"^(?:conference|sample|example|test|demo|untitled|a sample|your) (?:paper|article|document|title|manuscript)|"
    r"\b(?:latex|article|paper|acm|ieee|journal|elsevier|springer) template\b|template for\b|bare demo"
    r"|preparation of papers|"
    r"how to (?:use|write|prepare)|the name of the title is hope|submission guidelines|"
    r"user(?:'s)? (?:guide|manual)|^contribution title|lorem ipsum",
    re.IGNORECASE,
)
_EXAMPLE_NAME = re.compile(
    r"^(?:example|sample|bare_|template|demo)|[_-](?:example|sample|template|instructions)|instructions|guidelines"
)
_EXAMPLE_WORDS = (
    "should be indented", "lorem ipsum", "camera-ready", "camera ready", "style file", "do not change", "point type",
    "margins", "page limit", "read the instructions", "footnotes should", "all headings", "word processors",
    "these instructions", "this template", "column width", "blind review", "papers must", "submissions must",
    "must be submitted", "font size", "artwork", "acknowledgments section", "electronic submission",
)  # fmt: skip
_SUPPLEMENT = re.compile(
    r"supp(?:l|\b|_|-|mat)|supporting[ _-]?info|^si$|^sm$|(?:^|[_-])(?:appendix|appendices|esm)(?:$|[_-])"
    r"|^additional (?:material|results|file)",
    re.IGNORECASE,
)
_SUPPLEMENT_TITLE = re.compile(
    r"supplement(?:ary|al)?\b|supporting information|^appendi(?:x|ces)\b|online appendix|additional material",
    re.IGNORECASE,
)
_LETTER = re.compile(
    r"(?:^|[_-])(?:cover|letter|coverletter|rebuttal|respon[sc]e|reply|replies|reviews?|reviewers?|answers?"
    r"|slides|poster|talk|presentation|checklist|ethics|cv|resume|notes?|todo|diff|highlights|figures?|tikz)(?:$|[_\d-])|cover[_-]?letter",
    re.IGNORECASE,
)
_LETTER_TITLE = re.compile(
    r"^(?:cover letter|response to|responses to|rebuttal|reply to|answers? to|author response)|(?:response|reply) "
    r"to (?:the )?(?:reviewers?|referees?|editor)",
    re.IGNORECASE,
)
PAPER, OTHER, EXAMPLE = 2, 1, 0


def kind_of(path: Path, text: str, title: str) -> int:
    """A paper (a supplement is one), a letter or slides, or the example that a template came with."""
    name, documentclass = path.stem.lower(), _CLASS.search(text)
    begin = text.lower()
    boilerplate = sum(phrase in begin for phrase in _EXAMPLE_WORDS)
    if _EXAMPLE_TITLE.search(title) or boilerplate >= 5 or (boilerplate >= 2 and _EXAMPLE_NAME.search(name)):
        return EXAMPLE
    other = documentclass is not None and _OTHER_CLASS.search(documentclass.group(1))
    if other or _LETTER.search(name) or _LETTER_TITLE.search(title):
        return OTHER
    if re.search(r"\\DIFadd(?:begin|FL)?\b", text):
        return OTHER
    return PAPER


def is_supplement(name: str, title: str) -> bool:
    """Tell a supplement by the name of its file, or by its title."""
    return bool(_SUPPLEMENT.search(name) or _SUPPLEMENT_TITLE.search(title[:200]))


def is_example_name(name: str) -> bool:
    """Tell by its name that a file may be the example of a template."""
    return bool(_EXAMPLE_NAME.search(name))
