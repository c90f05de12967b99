"""The person's pip and uv settings, in uv's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.sandboxes.environments.index_settings import IndexSettings, read_index


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / ".config/pip").mkdir(parents=True)
    (folder / ".config/uv").mkdir()
    return folder


def settings(home: Path, **environ: str) -> IndexSettings:
    return read_index({"HOME": str(home), **environ}, python=(3, 11), system=home / "etc")


def pip_conf(home: Path, text: str) -> None:
    (home / ".config/pip/pip.conf").write_text(text)


def test_nothing_configured_is_nothing_said(home: Path) -> None:
    assert settings(home) == IndexSettings()


def test_pip_files_are_translated(home: Path) -> None:
    wheels = home / "wheels"
    wheels.mkdir()
    pip_conf(
        home,
        "[global]\nindex-url = https://one.example/simple\nextra-index-url =\n  https://two.example/simple\n"
        f"  https://three.example/simple\ntimeout = 90\n[install]\nfind-links = {wheels}\n  https://links.example/\n"
        "trusted-host = one.example\n",
    )
    found = settings(home)
    assert found.environment == {
        "UV_DEFAULT_INDEX": "https://one.example/simple",
        "UV_INDEX": "https://two.example/simple https://three.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": f"{wheels},https://links.example/",
        "UV_INSECURE_HOST": "one.example",
        "UV_HTTP_TIMEOUT": "90",
    }
    assert found.folders == (wheels,)


def test_nearer_settings_win(home: Path) -> None:
    (home / "etc/uv").mkdir(parents=True)
    (home / "etc/pip.conf").write_text("[global]\nindex-url = https://system.example/simple\nno-index = true\n")
    assert settings(home).environment["UV_DEFAULT_INDEX"] == "https://system.example/simple"
    pip_conf(home, "[global]\nindex_url = https://user.example/simple\nno-index = false\n")
    assert settings(home).environment == {"UV_DEFAULT_INDEX": "https://user.example/simple"}
    variables = {"PIP_INDEX_URL": "https://variable.example/simple"}
    assert settings(home, **variables).environment["UV_DEFAULT_INDEX"] == "https://variable.example/simple"
    (home / ".config/uv/uv.toml").write_text(
        '[[index]]\nurl = "https://uv.example/simple"\ndefault = true\n'
        '[[index]]\nname = "more"\nurl = "https://more.example/simple"\n'
        '[[index]]\nname = "never"\nurl = "https://never.example/simple"\nexplicit = true\n'
    )
    found = settings(home, **variables).environment
    assert found["UV_DEFAULT_INDEX"] == "https://uv.example/simple"
    assert found["UV_INDEX"] == "more=https://more.example/simple"
    variables["UV_INDEX_URL"] = "https://uv-variable.example/simple"
    assert settings(home, **variables).environment["UV_DEFAULT_INDEX"] == "https://uv-variable.example/simple"


def test_a_file_named_by_the_environment_counts_and_devnull_silences(home: Path, tmp_path: Path) -> None:
    pip_conf(home, "[global]\nindex-url = https://user.example/simple\n")
    named = tmp_path / "other.conf"
    named.write_text("[global]\nindex-url = https://named.example/simple\n")
    assert settings(home, PIP_CONFIG_FILE=str(named)).environment["UV_DEFAULT_INDEX"] == "https://named.example/simple"
    assert settings(home, PIP_CONFIG_FILE="/dev/null").environment == {}


def test_local_indexes_are_mounted_with_the_files_beside_them_and_missing_ones_dropped(home: Path) -> None:
    simple = home / "mirror/simple"
    simple.mkdir(parents=True)
    pip_conf(
        home,
        f"[global]\nextra-index-url = file://{simple} file:///nowhere/simple\nfind-links = /nowhere/wheels\n",
    )
    found = settings(home)
    assert found.environment["UV_INDEX"] == f"file://{simple}"
    assert "UV_FIND_LINKS" not in found.environment
    assert found.folders == (simple.parent,)


def test_the_newest_fitting_local_wheel_becomes_a_constraint(home: Path, tmp_path: Path) -> None:
    wheels = home / "wheels"
    wheels.mkdir()
    for name in (
        "torch-2.12.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl",
        "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl",
        "torch-2.14.0+cpu-cp312-cp312-manylinux_2_28_x86_64.whl",
        "Some_Tool-1.0-py3-none-any.whl",
        "broken.whl",
    ):
        (wheels / name).touch()
    import platform

    if platform.machine() != "x86_64":
        pytest.skip("the wheels above are for x86_64")
    found = settings(home, PIP_FIND_LINKS=str(wheels))
    assert found.wheels == "some-tool==1.0\ntorch==2.13.0+cpu\n"
    mine = tmp_path / "constraints.txt"
    mine.write_text("# mine\nTorch<2.5\n")
    found = read_index({"HOME": str(home), "PIP_FIND_LINKS": str(wheels)}, mine, (3, 11), home / "etc")
    assert found.wheels == "some-tool==1.0\n"
    assert found.constraints == "# mine\nTorch<2.5\n"


def test_constraints_of_pip_and_uv_are_read(home: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("numpy<2")
    two.write_text("scipy<2\n")
    assert settings(home, PIP_CONSTRAINT=str(one), UV_CONSTRAINT=str(two)).constraints == "numpy<2\nscipy<2\n"
    with pytest.raises(InputError, match=r"missing\.txt"):
        settings(home, PIP_CONSTRAINT=str(tmp_path / "missing.txt"))


def test_certificates_and_proxies(home: Path) -> None:
    bundle = home / "ca.pem"
    bundle.write_text("certificate")
    pip_conf(home, f"[global]\ncert = {bundle}\nproxy = http://proxy.example:3128\n")
    found = settings(home, no_proxy="intern.example")
    assert found.certificate == bundle
    assert found.environment["HTTPS_PROXY"] == found.environment["https_proxy"] == "http://proxy.example:3128"
    assert found.environment["NO_PROXY"] == "intern.example"
    assert settings(home, SSL_CERT_FILE=str(home / "missing.pem")).certificate is None


def test_credentials_are_known_redacted_and_can_be_left_out(home: Path) -> None:
    (home / ".netrc").write_text("machine private.example login reader password net+rc\n")
    (home / ".netrc").chmod(0o600)
    found = settings(
        home,
        PIP_INDEX_URL="https://user:p%40ssword@one.example/simple",
        UV_INDEX="mine=https://private.example/simple",
        UV_INDEX_MINE_PASSWORD="named-secret",
        HTTPS_PROXY="http://me:proxy-secret@proxy.example:1",
    )
    assert found.environment["UV_INDEX"] == "mine=https://reader:net%2Brc@private.example/simple"
    printed = (
        "https://user:p%40ssword@one.example p@ssword named-secret proxy-secret net+rc https://a:b@unknown.example/"
    )
    clean = found.redact(printed)
    for secret in ("p%40ssword", "p@ssword", "named-secret", "proxy-secret", "net+rc", "a:b"):
        assert secret not in clean
    assert "one.example" in clean and "unknown.example" in clean
    without = " ".join(found.without_credentials().environment.values())
    assert "https://one.example/simple mine=https://private.example/simple" in without
    assert not any(secret in without for secret in ("ssword", "named-secret", "proxy-secret", "net%2Brc"))


def test_a_broken_file_is_named(home: Path) -> None:
    pip_conf(home, "no section\n")
    with pytest.raises(InputError, match=r"pip\.conf"):
        settings(home)
    pip_conf(home, "")
    (home / ".config/uv/uv.toml").write_text("= broken")
    with pytest.raises(InputError, match=r"uv\.toml"):
        settings(home)
