"""Fixes tests that need a plugin of pytest which nobody asks for: its options, its fixtures, coroutines as tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from p2c.executor.requirements.declared import read_requirements
from p2c.repair.case import Case
from p2c.repair.fixers.requirements.declared import added
from p2c.repair.fixers.text_edits import finding_text, offer
from p2c.repair.patch import Patch

_OPTIONS = {
    "--cov": "pytest-cov",
    "--no-cov": "pytest-cov",
    "-n": "pytest-xdist",
    "--numprocesses": "pytest-xdist",
    "--dist": "pytest-xdist",
    "--timeout": "pytest-timeout",
    "--reruns": "pytest-rerunfailures",
    "--asyncio-mode": "pytest-asyncio",
    "--benchmark": "pytest-benchmark",
    "--html": "pytest-html",
    "--self-contained-html": "pytest-html",
    "--forked": "pytest-forked",
    "--mpl": "pytest-mpl",
    "--nbval": "nbval",
    "--nbmake": "nbmake",
    "--doctest-plus": "pytest-doctestplus",
    "--doctest-rst": "pytest-doctestplus",
    "--remote-data": "pytest-remotedata",
    "--randomly-seed": "pytest-randomly",
    "--snapshot-update": "syrupy",
    "--instafail": "pytest-instafail",
    "--mypy": "pytest-mypy",
    "--flake8": "pytest-flake8",
    "--black": "pytest-black",
    "--arraydiff": "pytest-arraydiff",
    "--memray": "pytest-memray",
    "--picked": "pytest-picked",
    "--testmon": "pytest-testmon",
    "--hypothesis-profile": "hypothesis",
    "--hypothesis-show-statistics": "hypothesis",
}
"""How an option begins -> the distribution of the plugin that has it."""
_FIXTURES = {
    "mocker": "pytest-mock",
    "benchmark": "pytest-benchmark",
    "requests_mock": "requests-mock",
    "httpx_mock": "pytest-httpx",
    "freezer": "pytest-freezer",
    "datadir": "pytest-datadir",
    "shared_datadir": "pytest-datadir",
    "data_regression": "pytest-regressions",
    "num_regression": "pytest-regressions",
    "ndarrays_regression": "pytest-regressions",
    "qtbot": "pytest-qt",
    "subtests": "pytest-subtests",
    "event_loop": "pytest-asyncio",
    "faker": "faker",
    "snapshot": "syrupy",
    "cov": "pytest-cov",
    "worker_id": "pytest-xdist",
    "image_regression": "pytest-regressions",
    "script_runner": "pytest-console-scripts",
    "postgresql": "pytest-postgresql",
    "aiohttp_client": "pytest-aiohttp",
    "lazy_fixture": "pytest-lazy-fixture",
}
_SETTINGS = {
    "timeout": "pytest-timeout",
    "asyncio_mode": "pytest-asyncio",
    "asyncio_default_fixture_loop_scope": "pytest-asyncio",
    "env": "pytest-env",
    "django_settings_module": "pytest-django",
    "qt_api": "pytest-qt",
    "mock_use_standalone_module": "pytest-mock",
    "doctest_plus": "pytest-doctestplus",
    "mpl-results-path": "pytest-mpl",
    "remote_data_strict": "pytest-remotedata",
}
"""Settings that pytest itself does not know -> the distribution of the plugin that does."""
_UNKNOWN_SETTING = re.compile(r"Unknown config option: ([\w-]+)")
_REQUIRED = re.compile(r"Missing required plugins: ([\w.,\[\]=<>!~ -]+)")
_UNKNOWN = re.compile(r"unrecognized arguments: (.+)")
_NO_FIXTURE = re.compile(r"fixture '(\w+)' not found")
_COROUTINE = "async def functions are not natively supported"


def fix(case: Case) -> Patch | None:
    """Ask for the plugins that what pytest said names; nothing where one of them has no known plugin."""
    texts = [finding_text(finding) for finding in case.report.gating if finding.check in ("test", "smoke")]
    declared = read_requirements(case.repo)
    present = {line.name for line in declared.lines}
    wanted = [name for name in dict.fromkeys(name for text in texts for name in _plugins(text)) if name not in present]
    if not wanted:
        return None
    reason = f"Ask for the plugins of pytest that the tests use: {', '.join(wanted)}"
    return offer(case, "pytest-plugins", reason, added(case.repo, declared, wanted))


def _plugins(text: str) -> Iterator[str]:
    for match in _UNKNOWN.finditer(text):
        for word in match[1].split():
            option = word.partition("=")[0]
            begins = (name for name in _OPTIONS if option == name or option.startswith(f"{name}-"))
            yield from (_OPTIONS[name] for name in begins)
    for match in _NO_FIXTURE.finditer(text):
        if match[1] in _FIXTURES:
            yield _FIXTURES[match[1]]
    yield from _of_settings(text)
    if _COROUTINE in text:
        yield "pytest-asyncio"


def _of_settings(text: str) -> Iterator[str]:
    """The plugins that the settings of pytest are for, or that they name."""
    for match in _UNKNOWN_SETTING.finditer(text):
        if match[1].lower() in _SETTINGS:
            yield _SETTINGS[match[1].lower()]
    for match in _REQUIRED.finditer(text):
        names = (re.match(r"[A-Za-z][\w.-]*", word.strip()) for word in match[1].split(","))
        yield from (name[0].rstrip(".") for name in names if name and name[0].startswith("pytest-"))
