"""Title, authors and abstract of a paper, by the commands of the large classes."""

from __future__ import annotations

import re

from p2c.generator.readers.latex.scanner import drop_commands, find_commands, read_group, skip_blank

# In the order in which they are believed: a class's own command, then LaTeX's. AISTATS, MLSys, INFORMS, MDPI, theses.
TITLES = (
    "icmltitle aistatstitle mlsystitle TITLE title Title papertitle thesistitle dissertationtitle doctitle "
    "etitle ctitle"
).split()
_OF_CLASSES = (
    "icmlauthor icmlaffiliation icmlcorrespondingauthor icmlkeywords icmltitlerunning icmlsetsymbol icmladdress "
    "icmlEqualContribution icmladditionalkeywords aistatsauthor aistatsaddress runningtitle runningauthor mlsysauthor "
    "mlsysaffiliation mlsyscorrespondingauthor mlsyskeywords mlsystitlerunning mlsyssetsymbol "
    "mlsysEqualContribution AUTHOR AFF "
    "ARTICLEAUTHORS RUNAUTHOR RUNTITLE EMAIL HISTORY KEYWORDS titlerunning authorrunning coltauthor jmlrheading "
    "ShortHeadings setcopyright acmConference acmBooktitle acmYear acmDOI acmISBN acmPrice acmJournal acmVolume "
    "acmNumber "
    "acmArticle acmMonth acmSubmissionID copyrightyear settopmatter ccsdesc received shortauthors shorttitle "
    "authornote "
    "authornotemark IEEEauthorblockN IEEEauthorblockA IEEEspecialpapernotice affiliations correspondence"
).split()
NAMES = (*TITLES, "abstract", "ABSTRACT", *_OF_CLASSES)
"""Commands that a class beside the paper may define, and that are read here all the same."""
_DROPPED = (
    *TITLES,
    *_OF_CLASSES,
    *(
        "subtitle author Author date thanks keywords affiliation address email institute institution affil orcid "
        "orcidID "
        "inst fnm sur orgdiv orgname orgaddress ead cortext fntext corref name pacs preprint homepage altaffiliation "
        "collaboration correspondingauthor editor markboth journal AuthorNames corres firstnote ninept firstpageno"
    ).split(),
)
_ENVIRONMENTS = r"\\begin\{(icmlauthorlist|mlsysauthorlist|CCSXML|frontmatter-authors)\}.*?\\end\{\1\}"
_AMS = re.compile(r"\\title\b(?!\s*[\[{])(.{1,2000}?)\\endtitle", re.DOTALL)
_LARGE = re.compile(r"\\(?:Huge|huge|HUGE|LARGE|Large)(?![A-Za-z])")


def read_title(text: str) -> str:
    """The title; of a source that says none to LaTeX the one of its title page, or of the PDF that it makes."""
    for name in TITLES:
        for argument, _, _ in find_commands(text, name):
            if plain := plain_text(argument):
                return plain
    if (match := _AMS.search(text)) and (plain := plain_text(match.group(1))):
        return plain
    page = re.search(r"\\begin\{titlepage\}(.{0,8000}?)\\end\{titlepage\}", text, re.DOTALL)
    begin = re.search(r"\\begin\s*\{document\}(.{0,4000})", text, re.DOTALL)
    front = re.split(r"\\(?:chapter|section|begin\s*\{abstract)", begin.group(1))[0] if begin else ""
    for shown in (page.group(1) if page else "", front):
        if plain := _largest(shown):
            return plain
    given = re.search(r"\bpdftitle\s*=\s*(?=\{)", text)
    group = read_group(text, given.end()) if given else None
    return plain_text(group[0]) if group else ""


def _largest(page: str) -> str:
    """What a title page sets in its largest type."""
    sizes = [(match.group(0).lower() == "\\huge", -match.start(), match.end()) for match in _LARGE.finditer(page)]
    for _, _, end in sorted(sizes, reverse=True):
        group = read_group(page, skip_blank(page, end))
        line = group[0] if group else re.split(r"\}|\\\\\s*(?:\[|\n\s*\n)|\\par\b|\n\s*\n|\\end\{", page[end:])[0]
        line = re.sub(
            r"\\(?:bfseries|textbf|textsc|scshape|sffamily|itshape|selectfont|centering)(?![A-Za-z])", "", line
        )
        line = re.sub(r"^\s*\\newline", "", line)
        if len(plain := plain_text(line)) > 5 and re.search(r"[^\W\d_]{3}", plain):
            return plain
    return ""


def plain_text(latex: str) -> str:
    """A title in plain words: no footnotes, labels or line breaks; accents and simple mathematics as characters."""
    for name in ("thanks", "footnote", "footnotemark", "footnotetext", "label", "vspace", "hspace", "tnoteref"):
        latex = drop_commands(latex, name)
    latex = re.sub(r"\\texorpdfstring\s*\{", r"\\firstoftwo{", latex)
    for _, start, end in reversed(find_commands(latex, "firstoftwo")):
        plain = read_group(latex, skip_blank(latex, end))
        latex = latex[:start] + (plain[0] if plain else "") + latex[plain[1] if plain else end :]
    latex = re.sub(r"\\xspace(?![A-Za-z])", "", latex)
    latex = re.sub(r"\\\\(?:\[[^\]]*\])?|~|\\(?:newline|linebreak)\b", " ", latex)
    latex = re.sub(r"\\(?:url|href\s*\{[^{}]*\})\s*(?=\{)", "", latex)
    if not re.search(r"[\\$]", latex):
        return " ".join(re.sub(r"[{}]", "", latex).split())
    if re.search(r"[\\${}]", latex):
        from pylatexenc.latex2text import LatexNodes2Text

        try:
            latex = str(LatexNodes2Text(math_mode="text").latex_to_text(latex, tolerant_parsing=True))
        except (
            RecursionError,
            LookupError,
            ValueError,
            TypeError,
            AttributeError,
        ):  # it is nested too deeply, or no LaTeX
            latex = re.sub(r"[\\${}]+", " ", latex)
    return " ".join(latex.split())


def split_abstract(body: str) -> tuple[str, str]:
    """The abstract, and the body without it."""
    match = re.search(r"\\begin\{(abstract|Abstract|onecolabstract)\}(.*?)\\end\{\1\}", body, re.DOTALL)
    if match:
        return match.group(2), body[: match.start()] + body[match.end() :]
    for name in ("abstract", "ABSTRACT"):
        for argument, start, end in find_commands(body, name):
            return argument, body[:start] + body[end:]
    if match := re.search(r"\\abstract\b(?!\s*[\[{])(.*?)\\endabstract", body, re.DOTALL):
        return match.group(1), body[: match.start()] + body[match.end() :]
    return "", body


def drop_front_matter(text: str) -> str:
    """Without title, authors and addresses, which say nothing of the method."""
    for name in _DROPPED:
        for _, start, end in reversed(find_commands(text, name)):
            while group := read_group(text, skip_blank(text, end)):
                end = group[1]
            text = text[:start] + text[end:]
    text = re.sub(_ENVIRONMENTS, "", text, flags=re.DOTALL)
    text = re.sub(r"\\(?:begin|end)\{(?:frontmatter|mlsysauthorlist|icmlauthorlist|titlepage)\}", "", text)
    text = re.sub(r"\\twocolumn\s*\[|\\vskip\s*-?[\d.]+\s*[a-z]{2}\b", "", text)
    return re.sub(r"^\s*[\[\]]\s*|\\(?:twocolumn|and|And|AND|maketitle)\b", "", text, flags=re.MULTILINE)
