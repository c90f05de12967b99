"""Parts of a source that are not there: those that TeX has itself, those that a paper can be read without."""

from __future__ import annotations

import re

from p2c.errors import InputError
from p2c.generator.readers.latex.state import State

# Files that come with TeX itself and say nothing of the paper.
_OF_TEX = frozenset(
    "epsf psfig glyphtounicode glyphtounicode-cmr pdftexcmds amssym amstex xy xypic xyidioms pgfplots tikz pgf pgfcore "
    "pictex "
    "prepictex postpictex pstricks pst-node multido random binhex fp ulem ifpdf iftex cyracc ushyphex expl3-generic "
    "docstrip graphicx l3backend-pdftex mathtools insbox catchfile rotate psfrag dvipsnam supp-pdf supp-mis "
    "supp-pdf.mkii".split()
)
_OF_TEX_SUFFIX = re.compile(r"\.(?:def|fd|clo|cfg|map|enc|ldf|sty|cls|code\.tex|bbl|ind|gls|toc|aux)$", re.IGNORECASE)
# Names of parts that a paper is not one without.
_SECTION_NAME = re.compile(
    r"(?:^|/)(?:sec|chap|content|parts?/|text/|body|intro|method|model|approach|experiment|eval|result|append|abstract|main)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3,}")
LEAST_WORDS = 1_000
"""Of a text that may lack a part which is no section (a generated table): an extended abstract has as many."""


def is_of_tex(name: str) -> bool:
    """Tell whether an input is a file that comes with TeX, or that TeX writes itself."""
    return name.removesuffix(".tex") in _OF_TEX or bool(_OF_TEX_SUFFIX.search(name))


def refuse_torso(text: str, state: State) -> None:
    """Raise InputError where a section is missing, or more than what is there; other missing parts are notes."""
    for name, parent in state.missing:
        if _SECTION_NAME.search(name) or len(_WORD.findall(text)) < LEAST_WORDS:
            raise InputError(
                f"{parent} includes {name!r}, which is not in {state.root}",
                "Give the folder that holds every file of the paper, or put the missing file there.",
            )
    if state.missing:
        names = ", ".join(dict.fromkeys(repr(name) for name, _ in state.missing[:20]))
        more = f" and {len(state.missing) - 20} more" if len(state.missing) > 20 else ""
        which = "which is not there; it was" if len(state.missing) == 1 else "which are not there; they were"
        state.notes.append(f"{state.missing[0][1]} includes {names}{more}, {which} left out.")
