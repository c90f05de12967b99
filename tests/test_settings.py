from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from p2c.errors import InputError, UsageError
from p2c.flags import RUN_OPTIONS
from p2c.settings import resolve


def test_the_order_is_flags_environment_project_user_default(tmp_path: Path) -> None:
    (tmp_path / "p2c.toml").write_text("[settings]\nmax-cost = 3\nmax-tokens = 30\nmax-attempts = 7\n")
    user = tmp_path / "user.toml"
    user.write_text("max_cost = 4\nmax-attempts = 9\nmodel = 'mine'\n")
    env = {"P2C_MAX_COST": "2", "P2C_MAX_TOKENS": "20", "P2C_NOT_A_SETTING": "x"}
    settings, origins = resolve({"max_cost": 1.0, "model": None}, env, tmp_path, user)
    assert (settings.max_cost, settings.max_tokens, settings.max_attempts) == (1.0, 20, 7)
    assert (settings.model, settings.sandbox) == ("mine", "local")
    assert {o.name: o.origin for o in origins}["max_attempts"] == "project file"


@pytest.mark.parametrize("key", ["model", "base_url", "sandbox", "cache"])
def test_a_folders_own_file_cannot_choose_where_keys_and_code_go(tmp_path: Path, key: str) -> None:
    (tmp_path / "p2c.toml").write_text(f"[settings]\n{key} = 'unsafe'\n")
    settings, _ = resolve({}, {}, tmp_path)
    assert getattr(settings, key) != "unsafe"


def test_the_endpoint_of_the_sdk_is_heard(tmp_path: Path) -> None:
    assert resolve({}, {"OPENAI_BASE_URL": "http://x"}, tmp_path)[0].base_url == "http://x"
    env = {"OPENAI_BASE_URL": "http://x", "P2C_BASE_URL": "http://y"}
    assert resolve({}, env, tmp_path)[0].base_url == "http://y"


def test_there_is_always_a_token_limit(tmp_path: Path) -> None:
    assert resolve({"max_cost": 1.0}, {}, tmp_path)[0].limits.tokens


def test_what_cannot_be_meant_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="max_tokens = 'many'"):
        resolve({}, {"P2C_MAX_TOKENS": "many"}, tmp_path)
    user = tmp_path / "u.toml"
    user.write_text("modle = 'x'")
    with pytest.raises(UsageError, match="'modle'"):
        resolve({}, {}, tmp_path, user)
    user.write_text("modle")
    with pytest.raises(InputError, match=r"u\.toml"):
        resolve({}, {}, tmp_path, user)


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
