"""What the services ask of the formats, as JSON Schema and as a table: the parts that p2c writes, no others.

SARIF: OASIS SARIF 2.1.0, sections 3.13 to 3.58. GitLab: code quality report. JUnit: what Jenkins' xUnit plugin takes.
"""

from __future__ import annotations

from typing import Any


def strict(required: str, optional: str = "", **properties: Any) -> dict[str, Any]:
    assert set(properties) == {*required.split(), *optional.split()}
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def listed(item: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": item, **more}


URI = {"type": "string", "format": "uri", "pattern": "^(https?|ssh|git)://[!-~]+$"}
TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "integer", "minimum": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = strict("text", text=TEXT)
LOCATION = strict(
    "physicalLocation",
    physicalLocation=strict(
        "artifactLocation",
        "region",
        artifactLocation=strict("uri", uri={"type": "string", "pattern": "^(?![a-zA-Z]:|/)(?!.*\\.\\./)[!-~]+$"}),
        region=strict("startLine", "startColumn", startLine=NUMBER, startColumn=NUMBER),
    ),
)
RULE = strict(
    "id name shortDescription",
    "fullDescription help defaultConfiguration",
    id={**TEXT, "maxLength": 255},
    name=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=strict("level", level=LEVEL),
)
RESULT = strict(
    "ruleId ruleIndex level message locations partialFingerprints",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations=listed(LOCATION, minItems=1),
    partialFingerprints={"type": "object", "additionalProperties": TEXT, "minProperties": 1},
)
SARIF = strict(
    "$schema version runs",
    **{
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": listed(
            strict(
                "tool automationDetails columnKind invocations results",
                "versionControlProvenance properties",
                tool=strict(
                    "driver",
                    driver=strict(
                        "name semanticVersion rules",
                        name={"const": "p2c"},
                        semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
                        rules=listed(RULE, uniqueItems=True),
                    ),
                ),
                automationDetails=strict("id", id=TEXT),
                columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                invocations=listed(
                    strict(
                        "executionSuccessful toolExecutionNotifications",
                        "commandLine endTimeUtc",
                        executionSuccessful={"type": "boolean"},
                        commandLine=TEXT,
                        endTimeUtc={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
                        toolExecutionNotifications=listed(strict("level message", level=LEVEL, message=MESSAGE)),
                    )
                ),
                results=listed(RESULT),
                versionControlProvenance=listed(
                    strict(
                        "repositoryUri revisionId", repositoryUri={"type": "string", "format": "uri"}, revisionId=TEXT
                    )
                ),
                properties={"type": "object"},
            ),
            minItems=1,
            maxItems=1,
        ),
    },
)
GITLAB = listed(
    strict(
        "description check_name fingerprint severity location",
        description=TEXT,
        check_name=TEXT,
        fingerprint=TEXT,
        severity={"enum": ["info", "minor", "major", "critical", "blocker"]},
        location=strict(
            "path lines", path={"type": "string", "pattern": "^(?!/|\\./)"}, lines=strict("begin", begin=NUMBER)
        ),
    ),
    uniqueItems=True,
)

JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"time", "skipped", "timestamp", "hostname", "id", "package", "file"},
        {"testcase", "properties", "system-out", "system-err"},
    ),
    "testcase": ({"name"}, {"time", "classname"}, {"skipped", "failure", "error", "system-out", "system-err"}),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "failure": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}
"""Element -> the attributes it must have, those it may have, and its children."""
