"""Settings come from where it is said, and what lies in a folder lowers limits and does nothing else."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from p2c.cli import cli
from p2c.commands.options import RUN_OPTIONS
from p2c.errors import InputError, UsageError
from p2c.settings import DEFAULT_TOKENS, PROJECT_KEYS, resolve


def project(folder: Path, text: str) -> Path:
    (folder / "p2c.toml").write_text(f"[settings]\n{text}\n")
    return folder


def user(folder: Path, text: str) -> Path:
    place = folder / "user.toml"
    place.write_text(text)
    return place


def test_the_order_is_flags_environment_user_default(tmp_path: Path) -> None:
    project(tmp_path, "max-cost = 3\nmax-tokens = 30\nmax-attempts = 7\n")
    own = user(tmp_path, "max_cost = 4\nmax-attempts = 9\nmodel = 'mine'\n")
    env = {"P2C_MAX_COST": "2", "P2C_MAX_TOKENS": "20", "P2C_NOT_A_SETTING": "x"}
    settings, origins = resolve({"max_cost": 1.0, "model": None}, env, tmp_path, own)
    assert (settings.max_cost, settings.max_tokens, settings.max_attempts) == (1.0, 20, 7)
    assert (settings.model, settings.sandbox) == ("mine", "local")
    told = {o.name: o.origin for o in origins}
    assert (told["max_attempts"], told["max_cost"], told["max_tokens"]) == ("project file", "flag", "environment")
    assert (told["model"], told["sandbox"]) == ("user file", "default")


LOW = {"max_cost": 0.5, "max_tokens": 10, "max_minutes": 1.5, "max_attempts": 2, "parallel": 1, "figures": False}
HIGH = {
    "max_cost": 1e5,
    "max_tokens": 10**9,
    "max_minutes": 1e6,
    "max_attempts": 10**5,
    "parallel": 5000,
    "figures": True,
}
MIDDLE = {"max_cost": 1.0, "max_tokens": 1000, "max_minutes": 9.0, "max_attempts": 3, "parallel": 4, "figures": True}


def written(values: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {str(value).lower()}" for name, value in values.items())


def test_the_tables_of_these_tests_know_every_key_that_a_folder_may_set() -> None:
    assert set(LOW) == set(HIGH) == set(MIDDLE) == PROJECT_KEYS


@pytest.mark.parametrize("name", sorted(LOW))
def test_a_folders_file_lowers_what_the_user_has(tmp_path: Path, name: str) -> None:
    own = user(tmp_path, written(MIDDLE))
    settings, origins = resolve({}, {}, project(tmp_path, written(LOW)), own)
    assert getattr(settings, name) == LOW[name]
    assert {o.name: o.origin for o in origins}[name] == "project file"


@pytest.mark.parametrize("form", ["p2c.toml", "pyproject.toml"])
@pytest.mark.parametrize("name", sorted(HIGH))
def test_a_folders_file_raises_nothing(tmp_path: Path, name: str, form: str) -> None:
    table = "settings" if form == "p2c.toml" else "tool.p2c.settings"
    (tmp_path / form).write_text(f"[{table}]\n{written(HIGH | {'figures': True})}\n")
    own = user(tmp_path, written(MIDDLE | {"figures": False}))
    settings, origins = resolve({}, {}, tmp_path, own)
    assert getattr(settings, name) == (MIDDLE | {"figures": False})[name]
    assert {o.name: o.origin for o in origins}[name] == "user file"


def test_a_folders_file_raises_no_limit_that_holds_where_nobody_says_one(tmp_path: Path) -> None:
    plain = resolve({}, {}, tmp_path)[0]
    settings, origins = resolve({}, {}, project(tmp_path, f"max_tokens = {10**12}\nmax_attempts = 900\nparallel = 64"))
    assert settings.limits.tokens == plain.limits.tokens == DEFAULT_TOKENS
    assert (settings.max_attempts, settings.parallel) == (plain.max_attempts, plain.parallel)
    assert {o.origin for o in origins} == {"default"}


@pytest.mark.parametrize(
    "key", ["model", "base_url", "sandbox", "cache", "allow_network", "arxiv_url", "escalate_model"]
)
def test_a_folders_own_file_cannot_choose_where_keys_and_code_go(tmp_path: Path, key: str) -> None:
    settings, _ = resolve({}, {}, project(tmp_path, f"{key} = 'true'"))
    assert settings == resolve({}, {}, tmp_path / "elsewhere")[0]


def test_the_endpoint_of_the_sdk_is_heard(tmp_path: Path) -> None:
    assert resolve({}, {"OPENAI_BASE_URL": "http://x"}, tmp_path)[0].base_url == "http://x"
    env = {"OPENAI_BASE_URL": "http://x", "P2C_BASE_URL": "http://y"}
    assert resolve({}, env, tmp_path)[0].base_url == "http://y"


def test_there_is_always_a_token_limit(tmp_path: Path) -> None:
    assert resolve({"max_cost": 1.0}, {}, tmp_path)[0].limits.tokens


def test_what_cannot_be_meant_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="max_tokens = 'many'"):
        resolve({}, {"P2C_MAX_TOKENS": "many"}, tmp_path)
    own = user(tmp_path, "modle = 'x'")
    with pytest.raises(UsageError, match="'modle'"):
        resolve({}, {}, tmp_path, own)
    own.write_text("modle")
    with pytest.raises(InputError, match=r"user\.toml"):
        resolve({}, {}, tmp_path, own)


ABSURD = [
    ("max_cost", -0.01),
    ("max_cost", float("nan")),
    ("max_minutes", float("inf")),
    ("max_minutes", float("-inf")),
    ("max_tokens", -1),
    ("max_tokens", 1.5),
    ("max_tokens", True),
    ("max_tokens", 1 << 80),
    ("max_cost", 10**400),
    ("max_attempts", -3),
    ("parallel", 0),
    ("parallel", []),
    ("figures", "maybe"),
    ("max_attempts", {}),
]


def toml(value: Any) -> str:
    return {"[]": "[]", "{}": "{}"}.get(str(value)) or (repr(value) if isinstance(value, str) else str(value).lower())


@pytest.mark.parametrize(("name", "value"), ABSURD)
def test_absurd_values_are_usage_errors_of_what_and_where(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"^{name} = .*project file .*p2c.toml"):
        resolve({}, {}, project(tmp_path, f"{name} = {toml(value)}"))
    own = user(tmp_path, f"{name} = {toml(value)}")
    with pytest.raises(UsageError, match=f"^{name} = .*user file .*user.toml"):
        resolve({}, {}, tmp_path / "elsewhere", own)
    if not isinstance(value, list | dict):
        with pytest.raises(UsageError, match=f"^{name} = .*environment"):
            resolve({}, {f"P2C_{name.upper()}": str(value)}, tmp_path / "elsewhere")
    if isinstance(value, int | float) and not isinstance(value, bool):
        with pytest.raises(UsageError, match=f"^{name} = .*flag"):
            resolve({name: value}, {}, tmp_path / "elsewhere")


@pytest.mark.parametrize(("name", "value"), [("max_cost", 0), ("max_tokens", 0), ("max_minutes", 0.5), ("parallel", 1)])
def test_low_values_can_be_meant(tmp_path: Path, name: str, value: float) -> None:
    assert getattr(resolve({name: value}, {}, tmp_path)[0], name) == value


@pytest.mark.parametrize("value", [0, -0.5])
@pytest.mark.parametrize("name", ["disk_limit", "reply_timeout", "requests_per_minute", "lifespan"])
def test_a_flag_that_is_too_low_says_how_it_is_to_be(tmp_path: Path, name: str, value: float) -> None:
    with pytest.raises(UsageError) as told:
        resolve({name: int(value) if name == "lifespan" else value, "sandbox": "e2b"}, {}, tmp_path)
    assert (name == "lifespan" and value) or "more than 0" in told.value.hint


OTHERS = [("image", "x:1", "docker"), ("gpus", "all", "docker"), ("cpus", 1.0, "docker"), ("template", "t", "e2b")]


@pytest.mark.parametrize(("name", "value", "backend"), [*OTHERS, ("lifespan", 900, "e2b")])
def test_an_option_of_another_sandbox_is_a_usage_error(tmp_path: Path, name: str, value: Any, backend: str) -> None:
    for sandbox in {"local", "unsafe", "docker", "e2b"} - {backend}:
        with pytest.raises(
            UsageError, match=f"--{name} is for --sandbox {backend}, and the sandbox is '{sandbox}'"
        ) as told:
            resolve({name: value, "sandbox": sandbox}, {}, tmp_path)
        assert f"--sandbox {backend}" in told.value.hint
    assert getattr(resolve({name: value, "sandbox": backend}, {}, tmp_path)[0], name) == value
    assert getattr(resolve({name: value}, {"P2C_SANDBOX": backend}, tmp_path)[0], name) == value
    # What the environment or the user's own file says may be meant for another run.
    assert getattr(resolve({}, {f"P2C_{name.upper()}": str(value)}, tmp_path)[0], name) == value


@pytest.mark.parametrize("seconds", ["0", "-3", "nan", "inf", "-inf", "1e300", "soon"])
@pytest.mark.parametrize("command", ["check", "repair"])
def test_a_time_is_more_than_nothing_and_less_than_for_ever(command: str, seconds: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, [command, str(tmp_path), "--timeout", seconds])
    assert done.exit_code == 2 and "--timeout" in done.output


@pytest.mark.parametrize(
    "text",
    [
        "settings = 3",
        "[[settings]]",
        "settings = 'max_cost'",
        "[tool]\np2c = 7",
        "tool = [1]",
        "[tool.p2c]\nsettings = true",
    ],
)
@pytest.mark.parametrize("form", ["p2c.toml", "pyproject.toml"])
def test_tables_that_are_none_say_nothing(tmp_path: Path, text: str, form: str) -> None:
    (tmp_path / form).write_text(text)
    assert resolve({}, {}, tmp_path)[0] == resolve({}, {}, tmp_path / "elsewhere")[0]


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 20_000, "settings." + ".".join("a" * 5_000) + " = 1", "#" * (2 << 20), "x = \x00", "\xff"]
)
def test_files_that_are_no_settings_end_nothing_but_the_reading(tmp_path: Path, text: str) -> None:
    (tmp_path / "p2c.toml").write_text(text, encoding="latin-1")
    try:
        assert resolve({}, {}, tmp_path)[0] == resolve({}, {}, tmp_path / "elsewhere")[0]
    except InputError as error:
        assert "p2c.toml" in str(error)


def test_a_value_of_many_levels_is_named_by_its_kind(tmp_path: Path) -> None:
    text = "settings.max_cost." + ".".join("a" * 50) + " = 1"
    (tmp_path / "p2c.toml").write_text(text)
    with pytest.raises(UsageError, match="max_cost = a dict"):
        resolve({}, {}, tmp_path)
    (tmp_path / "p2c.toml").write_text(text.replace("a.a", "a." * 5_000 + "a", 1))
    with pytest.raises(InputError, match="nested too deeply"):
        resolve({}, {}, tmp_path)


def test_hosts_that_an_install_may_reach_are_the_users_to_name(tmp_path: Path) -> None:
    (tmp_path / "p2c.toml").write_text('[settings]\nallow_hosts = ["evil.example"]\n')
    own = tmp_path / "user.toml"
    own.write_text('allow-hosts = ["github.com", "data.example:8443"]\n')
    assert resolve({}, {}, tmp_path)[0].allow_hosts == (), "never the folder's"
    assert resolve({}, {}, tmp_path, own)[0].allow_hosts == ("github.com", "data.example:8443")
    environ = {"P2C_ALLOW_HOSTS": "a.example, b.example:80 c.example"}
    assert resolve({}, environ, tmp_path, own)[0].allow_hosts == ("a.example", "b.example:80", "c.example")
    assert resolve({"allow_hosts": ("flag.example",)}, environ, tmp_path, own)[0].allow_hosts == ("flag.example",)


def test_the_flag_is_repeatable_and_absent_where_it_is_not_given() -> None:
    command = click.Command("x", callback=lambda **given: click.echo(repr(given["allow_hosts"])))
    for option in RUN_OPTIONS:
        option(command)
    assert CliRunner().invoke(command, ["--allow-host", "a", "--allow-host", "b:1"]).output == "('a', 'b:1')\n"
    assert CliRunner().invoke(command, []).output == "None\n"
