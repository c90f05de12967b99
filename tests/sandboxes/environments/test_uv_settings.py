"""One policy for the variables of commands, whichever sandbox runs them, and one place where it is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from p2c import sandboxes
from p2c.sandboxes.base import Command, Places
from p2c.sandboxes.environments.index_settings import IndexSettings
from p2c.sandboxes.environments.interpreters import Interpreter
from p2c.sandboxes.environments.uv_settings import CERTIFICATE_NAMES, Variables, settings_files
from tests.sandboxes.conftest import Open

PLACES = Places("/repo", "/environment", "/tools", "/scratch")
INDEX = IndexSettings(
    {"UV_DEFAULT_INDEX": "https://me:hunter22@index.example/simple", "UV_INDEX_OWN_PASSWORD": "hunter22"},
    certificate=Path("/bundle.pem"),
    constraints="numpy<2\n",
    wheels="torch==2.1\n",
)
VARIABLES = Variables(
    INDEX,
    Interpreter(Path("/opt/python/bin/python3.11"), "3.11.9", Path("/opt/python")),
    PLACES,
    path="/usr/bin",
    home="/home/p2c",
    settings="/etc/p2c",
    caches=("/store/uv", "/own/uv"),
    pycache="/pycache",
)
UV = Command(("/tools/bin/uv", "pip", "install", "x"), 9)


def test_only_commands_that_run_no_code_of_packages_have_the_logins_and_the_shared_cache() -> None:
    trusted, other = VARIABLES.of(UV, True, True), VARIABLES.of(UV, True, False)
    assert "hunter22" in trusted["UV_DEFAULT_INDEX"] and trusted["UV_INDEX_OWN_PASSWORD"] == "hunter22"
    assert "hunter22" not in str(other) and other["UV_DEFAULT_INDEX"] == "https://index.example/simple"
    assert (trusted["UV_CACHE_DIR"], trusted["UV_NO_BUILD"]) == ("/store/uv", "1")
    assert (other["UV_CACHE_DIR"], other["UV_LINK_MODE"]) == ("/own/uv", "copy") and "UV_NO_BUILD" not in other
    assert "/environment/bin" not in trusted["PATH"] and other["PATH"].startswith("/environment/bin:/opt/python/bin:")
    kept = replace(VARIABLES, keeps_logins=True).of(UV, True, False)
    assert "hunter22" in kept["UV_DEFAULT_INDEX"] and "UV_NO_BUILD" not in kept


def test_a_program_that_does_not_install_learns_nothing_of_the_index() -> None:
    variables = VARIABLES.of(Command(("python", "main.py"), 9), False, False)
    assert not [name for name in variables if name.startswith(("UV_", "PIP_", "SSL_", "HTTP"))]
    assert variables["PYTHONPYCACHEPREFIX"] == "/pycache"
    assert "PYTHONPYCACHEPREFIX" not in VARIABLES.of(Command(("/tools/bin/ruff",), 9), False, False)


def test_all_that_installs_is_led_to_the_index_alone() -> None:
    for trusted in (True, False):
        variables = VARIABLES.of(UV, True, trusted)
        assert {variables[name] for name in CERTIFICATE_NAMES} == {"/etc/p2c/ca.pem"}
        assert (variables["UV_NO_CONFIG"], variables["UV_NO_SOURCES"], variables["UV_PYTHON_DOWNLOADS"]) == (
            "1", "1", "never",
        )  # fmt: skip
        assert variables["HTTPS_PROXY"] == variables["https_proxy"] == "http://127.0.0.1:3128"
        assert "HTTPS_PROXY" not in VARIABLES.of(replace(UV, network=True), True, trusted)
        assert "HTTPS_PROXY" not in replace(VARIABLES, proxied=False).of(UV, True, trusted)


def test_the_persons_constraints_hold_even_without_the_preference_for_wheels_that_lie_there() -> None:
    assert VARIABLES.of(UV, True, False)["UV_CONSTRAINT"] == "/etc/p2c/constraints.txt /etc/p2c/wheels.txt"
    without = replace(UV, env={"UV_CONSTRAINT": ""})
    assert VARIABLES.of(without, True, False)["UV_CONSTRAINT"] == "/etc/p2c/constraints.txt"
    empty = replace(VARIABLES, index=IndexSettings())
    assert empty.of(without, True, False)["UV_CONSTRAINT"] == empty.of(UV, True, False)["UV_CONSTRAINT"] == ""
    assert settings_files(IndexSettings(constraints="a<1\n")) == {"constraints.txt": b"a<1\n", "wheels.txt": b""}


def test_tools_are_installed_by_the_same_settings_but_no_constraints() -> None:
    variables = VARIABLES.of_tools()
    assert not {"UV_CONSTRAINT", "UV_PYTHON"} & set(variables)
    assert {"UV_NO_BUILD": "1", "UV_CACHE_DIR": "/store/uv", "UV_NO_CONFIG": "1"}.items() <= variables.items()


@pytest.mark.parametrize("name", ["UV_NO_SOURCES", "UV_PYTHON_DOWNLOADS", "UV_CACHE_DIR", "REQUESTS_CA_BUNDLE"])
def test_they_are_written_once(name: str) -> None:
    folder = Path(sandboxes.__file__).parent
    reading = {"index_settings.py", "tools.py", "unsafe.py"}  # what the person has set
    found = {one.name for one in folder.rglob("*.py") if f'"{name}"' in one.read_text(encoding="utf-8")}
    assert "uv_settings.py" in found and found <= {"uv_settings.py", *reading}


@pytest.mark.sandbox
@pytest.mark.parametrize("backend", ["local", "docker", "e2b", "unsafe"])
def test_every_sandbox_has_them(opened: Open, backend: str, only_an_index: Callable[[], None]) -> None:
    opened(backend, memory=1 << 30).close()  # the tools come from the real index
    only_an_index()
    sandbox = opened(backend, memory=1 << 30)
    look = Command(("python3", "-c", "import os; print(sorted(n for n in os.environ if n.startswith('UV_')))"), 30)
    assert sandbox.exec(look).stdout == "[]\n"
    sandbox.set_network("install")
    shown = sandbox.exec(look)
    names = ["CACHE_DIR", "CONSTRAINT", "DEFAULT_INDEX", "LINK_MODE", "NO_CONFIG", "NO_SOURCES", "PYTHON"]
    assert shown.stdout == f"{[f'UV_{name}' for name in (*names, 'PYTHON_DOWNLOADS')]}\n", shown.stderr


@pytest.fixture
def only_an_index(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the person set up one index and nothing else."""

    def change() -> None:
        for name in [one for one in os.environ if one.startswith(("UV_", "PIP_"))]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("UV_NO_CONFIG", "1")
        monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")

    return change
