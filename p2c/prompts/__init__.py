"""What models are asked: templates with `$holes`, and the marks around what is data and not instruction."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Template


def render(name: str, **holes: str) -> str:
    """Fill the template `name`.md; raises KeyError for a hole that is not given."""
    text = files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8")
    return Template(text).substitute(holes).strip() + "\n"


def data(kind: str, text: str, **attributes: str) -> str:
    """Return `text` between `<kind>` marks that nothing inside it can close or open again."""
    inner = re.sub(rf"<(?=(?:\s*/\s*)?{re.escape(kind)}\b)", "&lt;", text, flags=re.IGNORECASE)
    named = "".join(f' {key}="{_attribute(value)}"' for key, value in attributes.items())
    return f"<{kind}{named}>\n{inner.rstrip()}\n</{kind}>\n"


def _attribute(value: str) -> str:
    return value.replace('"', "'").replace("<", "(").replace(">", ")").replace("\n", " ")
