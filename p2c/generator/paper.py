"""A paper as a value, and the text of it that a model is shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Section:
    """A heading with its level (1 is a section, 2 a subsection) and the text up to the next heading."""

    title: str
    text: str
    level: int = 1


@dataclass(frozen=True)
class Figure:
    """A figure's label and caption; its file, or the page (1-based) of the PDF that shows it."""

    label: str
    caption: str
    file: Path | None = None
    page: int | None = None


@dataclass(frozen=True)
class Paper:
    """A paper as read. Section texts keep equations as LaTeX (or as near as the source allows) and tables as rows."""

    id: str
    title: str
    abstract: str
    sections: tuple[Section, ...]
    figures: tuple[Figure, ...] = ()
    source: str = ""
    """The form it came in: latex, pdf, s2orc, markdown."""
    date: str = ""
    """ISO date, where the source tells one."""
    notes: tuple[str, ...] = ()
    """What a reader could not read for certain, in words for people."""
    file: Path | None = None
    """The PDF that figures with a page are drawn from."""
    excerpt: str = ""
    """What a model is shown in place of the text, where its window is too small for that."""

    @property
    def text(self) -> str:
        """The whole paper as Markdown: title, abstract, sections, and the captions that no section holds already."""
        parts = [f"# {self.title}", *([f"## Abstract\n\n{self.abstract}"] if self.abstract else [])]
        parts += [f"{'#' * (s.level + 1)} {s.title}\n\n{s.text}".rstrip() for s in self.sections]
        body = " ".join(" ".join(s.text for s in self.sections).split())
        unseen = [f for f in self.figures if f.caption and " ".join(f.caption.split())[:60] not in body]
        if unseen:
            parts.append("## Figures\n\n" + "\n".join(f"- {f.label}: {f.caption}" for f in unseen))
        return "\n\n".join(parts) + "\n"
