"""SARIF's and JUnit's schemas as their makers publish them: not copied here, fetched by `scripts/fetch-schemas FOLDER`.

They are looked for in the environment's own folder `schemas`, and where P2C_SARIF_SCHEMA and P2C_JUNIT_XSD say (any
other edition of SARIF 2.1.0's schema does as well).
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest


def sarif_faults(text: str) -> list[str]:
    """Return what OASIS' schema says of a SARIF log; skips the test where the schema is not here."""
    return [f"{list(e.absolute_path)} {e.message[:300]}" for e in _sarif().iter_errors(json.loads(text))]


def junit_faults(text: str) -> list[str]:
    """Return what the schema of Jenkins' xUnit plugin says of a JUnit file; skips the test where it is not here."""
    return [f"{error.path} {error.reason}" for error in _junit().iter_errors(text)]


def _file(variable: str, name: str) -> Path:
    named = os.environ.get(variable)
    place = Path(named) if named else Path(sys.prefix) / "schemas" / name
    if not named and not place.is_file():
        pytest.skip(f"{name} is not in {place.parent}: run scripts/fetch-schemas, or set {variable}")
    return place


@cache
def _sarif() -> Any:
    data = json.loads(_file("P2C_SARIF_SCHEMA", "sarif.json").read_text(encoding="utf-8"))
    assert "2.1.0" in data["title"]
    formats = jsonschema.FormatChecker()
    assert {"uri", "uri-reference"} <= set(formats.checkers), "rfc3986-validator is not installed"
    return jsonschema.validators.validator_for(data)(data, format_checker=formats)


@cache
def _junit() -> Any:
    import xmlschema

    return xmlschema.XMLSchema(str(_file("P2C_JUNIT_XSD", "junit.xsd")))
