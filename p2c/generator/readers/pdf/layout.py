"""One row of a formula as LaTeX, from the places of its parts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from p2c.generator.readers.pdf.arrays import build_arrays
from p2c.generator.readers.pdf.atoms import Atom, is_big, main_size
from p2c.generator.readers.pdf.fonts import BLACKBOARD, BOLD, CALLIGRAPHIC, FRAKTUR, PLAIN
from p2c.generator.readers.pdf.glyphs import SMALL, Rule
from p2c.generator.readers.pdf.limits import RELATIONS, Limits, take_limits
from p2c.generator.readers.pdf.ruled import attach_accents, build_ruled


def layout_row(atoms: Sequence[Atom], rules: Sequence[Rule], depth: int = 0) -> str:
    """One row of a formula as LaTeX."""
    if not atoms:
        return ""
    if depth > 7:
        return "".join(atom.tex for atom in sorted(atoms, key=lambda atom: atom.x0))
    parts = build_ruled(atoms, rules, lambda inside, bars: layout_row(inside, bars, depth + 1))
    parts = attach_accents(parts, styled)
    parts = build_arrays(parts, lambda inside, bars: layout_row(inside, bars, depth + 1))
    size = main_size(parts)
    base = _main_base(parts, size)
    parts, limits = take_limits(parts, size, base)
    return _assemble(parts, limits, (size, base), depth)


def _main_base(atoms: Sequence[Atom], size: float) -> float:
    bases = sorted(atom.base for atom in atoms if atom.size > 0.9 * size and atom.glyph and not is_big(atom))
    bases = bases or sorted(atom.base for atom in atoms if atom.size > 0.9 * size)
    return bases[len(bases) // 2]


def styled(atom: Atom) -> str:
    """An atom with the style of its letter: bold, calligraphic, blackboard."""
    glyph = atom.glyph
    if glyph is None:
        return atom.tex
    style = glyph.font.style
    capital = len(atom.tex) == 1 and atom.tex.isalpha() and atom.tex.isascii() and atom.tex.isupper()
    if style in (CALLIGRAPHIC, BLACKBOARD) and not (capital or (style == BLACKBOARD and atom.tex == "1")):
        style = PLAIN
    if style == BOLD and not atom.tex.isalnum():
        style = PLAIN
    text = "\\" + atom.tex if atom.tex in ("{", "}", "#", "%", "&", "$", "_") else atom.tex
    return rf"\{style}{{{text}}}" if style in (BOLD, CALLIGRAPHIC, BLACKBOARD, FRAKTUR) else text


def _is_upright(atom: Atom) -> bool:
    glyph = atom.glyph
    return bool(
        glyph
        and atom.tex.isalpha()
        and atom.tex[0] < "\u0370"
        and not glyph.font.italic
        and not glyph.font.mathematical
        and glyph.font.style in (PLAIN, BOLD)
    )


def _assemble(atoms: Sequence[Atom], limits: Limits, main: tuple[float, float], depth: int) -> str:
    size, base = main
    out: list[str] = []
    end: float | None = None
    at = 0
    while at < len(atoms):
        atom = atoms[at]
        if end is not None and _is_apart(atom, atom.x0 - end, size, depth):
            out.append(" ")
        if _is_script(atom, size, base):
            run = _script_run(atoms, at, size, base)
            _append_scripts(out, run, main, depth)
            at += len(run)
            end = max(part.x1 for part in run)
            continue
        count = _word_length(atoms, at, size, base, limits)
        if count > 1:
            word = "".join(part.tex for part in atoms[at : at + count])
            out.append(rf"\mathrm{{{word}}}" if atom.glyph and atom.glyph.font.style != BOLD else rf"\mathbf{{{word}}}")
            at += count - 1
        else:
            out.append(styled(atom))
        end = atoms[at].x1
        if at in limits:
            out.append(_with_limits(out.pop(), limits[at], depth))
        at += 1
    return _tidy("".join(out))


def _with_limits(tex: str, limits: tuple[list[Atom], list[Atom]], depth: int) -> str:
    """An operator, a word or a relation with what stands under and over it."""
    under, over = (layout_row(part, [], depth + 1) for part in limits)
    if tex in RELATIONS:
        return rf"\overset{{{over}}}{{{tex}}} "
    return tex + (f"_{{{under}}}" if under else "") + (f"^{{{over}}}" if over else "") + " "


def _is_apart(atom: Atom, gap: float, size: float, depth: int) -> bool:
    word = atom.glyph is not None and atom.glyph.spaced and not atom.glyph.font.mathematical
    return gap > (0.12 if word else 0.38 if depth else 0.22) * size


def _tidy(tex: str) -> str:
    """One command for letters of one style that follow each other; single spaces."""
    for _ in range(4):
        tex = re.sub(r"\\(math\w{2,5})\{([^{}\\]{1,80})\}([.,]?)\\\1\{(?=[^{}\\]{1,80}\})", r"\\\1{\2\3", tex)
    for _ in range(8):
        tex = re.sub(r"\\(?:mathrm|text)\{([^{}\\]{1,200})\} \\mathrm\{([^{}\\]{1,80})\}", r"\\text{\1 \2}", tex)
    return re.sub(r" {2,}", " ", tex).strip()


def _is_script(atom: Atom, size: float, base: float) -> bool:
    if atom.glyph is None and abs(atom.base - base) < 0.2 * size:  # a fraction in a line of text
        return False
    return atom.size < SMALL * size and not is_big(atom)


def _script_run(atoms: Sequence[Atom], at: int, size: float, base: float) -> list[Atom]:
    run = [atoms[at]]
    for atom in atoms[at + 1 :]:
        if not _is_script(atom, size, base) or atom.x0 - max(part.x1 for part in run) > 0.55 * size:
            break
        run.append(atom)
    return run


def _append_scripts(out: list[str], run: Sequence[Atom], main: tuple[float, float], depth: int) -> None:
    """Add `_{...}` and `^{...}`; type smaller than the scripts' own belongs to the script it stands at."""
    size, base = main
    largest = max(atom.size for atom in run)
    parts: dict[bool, list[Atom]] = {False: [], True: []}
    for atom in run:
        raised = atom.base > base + 0.12 * size
        if atom.size < 0.9 * largest:
            before = [part for part in run if part.size >= 0.9 * largest and part.x0 <= atom.x0 + 0.1 * size]
            if before:
                nearest = min(before, key=lambda part: (abs(part.base - atom.base) > 0.6 * size, atom.x0 - part.x1))
                raised = nearest.base > base + 0.12 * size
        parts[raised].append(atom)
    while out and not out[-1].strip():
        out.pop()
    if out:
        out[-1] = out[-1].rstrip()
    if parts[False]:
        out.append(f"_{{{layout_row(parts[False], [], depth + 1)}}}")
    if parts[True]:
        tex = layout_row(parts[True], [], depth + 1)
        out.append("'" * len(tex) if tex and not tex.strip("′") else f"^{{{tex}}}")


def _word_length(atoms: Sequence[Atom], at: int, size: float, base: float, limits: Limits) -> int:
    """How many upright letters from here on make a word."""
    count = 0
    for place in range(at, len(atoms)):
        atom = atoms[place]
        if not _is_upright(atom) or _is_script(atom, size, base):
            break
        if count and atom.x0 - atoms[place - 1].x1 > 0.16 * size:
            break
        count += 1
        if place in limits:
            break
    return count
