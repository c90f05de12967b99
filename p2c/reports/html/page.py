"""The frame of every page: its style, a policy that allows nothing else, and the way from part to part."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

from p2c import __version__
from p2c.reports.html.elements import Html, el

_PART = re.compile(r'<h2 id="([a-z]+)">([^<]*)</h2>')


def render_page(title: str, header: Html, main: Html, footer: Html | None = None, kind: str = "") -> str:
    """Return a whole page without script and network; parts of `main` with an `h2` that has an id are listed first.

    `kind` is the page's class: on a `stale` one nothing is green.
    """
    style = files(__package__).joinpath("report.css").read_text(encoding="utf-8").replace("\r", "")
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy(style)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
        Html(f"<style>{style}</style>"),
    )
    foot = el("footer", footer, el("p", f"Written by p2c {__version__}. The verdict comes from the checks."))
    body = el("body", el("header", header), _contents(main), el("main", main), foot, class_=kind or None)
    return "<!DOCTYPE html>\n" + el("html", head, body, lang="en").markup + "\n"


def _contents(main: Html) -> Html | None:
    parts = _PART.findall(main.markup)
    if len(parts) < 2:
        return None
    return el("nav", *(el("a", Html(title), href=f"#{name}") for name, title in parts), aria_label="Page sections")


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
