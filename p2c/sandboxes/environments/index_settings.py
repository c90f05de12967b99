"""The package index that the person's pip or uv is set up for, said in uv's words.

uv reads none of pip's settings. What a sandbox needs is collected here: `UV_*` variables, folders that have to be
mounted at the same path, a certificate bundle, constraints, and what must never be printed.
"""

from __future__ import annotations

import configparser
import netrc
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from p2c.errors import InputError
from p2c.redaction import redact_logins

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
PASSED = (
    "UV_DEFAULT_INDEX UV_INDEX UV_FIND_LINKS UV_NO_INDEX UV_INDEX_STRATEGY UV_INSECURE_HOST UV_HTTP_TIMEOUT "
    "UV_PRERELEASE UV_EXCLUDE_NEWER UV_OFFLINE UV_TORCH_BACKEND UV_SYSTEM_CERTS UV_NATIVE_TLS UV_HTTP_RETRIES"
).split()
URL_LOGIN = re.compile(r"(?<=://)[^/\s@'\"]+@")


@dataclass(frozen=True)
class IndexSettings:
    """`environment` is for uv; `folders` are local sources of packages; `secrets` is what `redact` takes out."""

    environment: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    certificate: Path | None = None
    constraints: str = ""
    """Text of the person's own constraints files; they always hold."""
    wheels: str = ""
    """Constraints that keep to the newest wheel lying in a local folder, such as a CPU build of torch."""
    secrets: tuple[str, ...] = ()

    def redact(self, text: str) -> str:
        """Return the text without credentials, whether they are known or only look like a login in an address."""
        return redact_logins(text, self.secrets)

    def without_credentials(self) -> IndexSettings:
        """Return settings for commands in which code of packages runs; `redact` still knows the secrets."""
        kept = {
            name: URL_LOGIN.sub("", value)
            for name, value in self.environment.items()
            if not name.startswith("UV_INDEX_") or name == "UV_INDEX_STRATEGY"
        }
        return replace(self, environment=kept)


def read_index(
    environ: Mapping[str, str],
    constraints: Path | None = None,
    python: tuple[int, int] | None = None,
    system: Path = Path("/etc"),
) -> IndexSettings:
    """Return the settings in force: uv's variables, then uv's files, then pip's variables, then pip's files.

    `python` is the version that local wheels have to fit. Raises InputError for a file that cannot be read.
    """
    home = Path(environ.get("HOME") or Path.home())
    pip = _pip_settings(environ, home, system)
    variables = _from_pip(pip) | _from_uv_files(environ, home, system)
    variables |= {name: environ[name] for name in PASSED if environ.get(name)}
    variables |= _legacy(environ)
    variables |= {name: value for name, value in environ.items() if _is_login(name)}
    for name in PROXIES:
        proxy = environ.get(name) or environ.get(name.lower()) or (pip.get("proxy") if "S_P" in name else None)
        if proxy:
            variables |= {name: proxy, name.lower(): proxy}
    variables = _with_logins(variables, environ, home)
    folders = _take_local(variables)
    own = [constraints] if constraints else []
    own += [Path(name).expanduser() for name in _words(pip.get("constraint", ""), environ.get("UV_CONSTRAINT", ""))]
    text = "".join(_read_text(file) for file in own)
    certificate = environ.get("SSL_CERT_FILE") or pip.get("cert") or environ.get("REQUESTS_CA_BUNDLE")
    bundle = Path(certificate).expanduser() if certificate else None
    return IndexSettings(
        environment=variables,
        folders=tuple(folders),
        certificate=bundle if bundle and bundle.is_file() else None,
        constraints=text,
        wheels=_wheel_constraints(variables, python or sys.version_info[:2], _names(text)),
        secrets=_secrets(variables),
    )


def _pip_settings(environ: Mapping[str, str], home: Path, system: Path) -> dict[str, str]:
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    named = environ.get("PIP_CONFIG_FILE")
    files = [system / "pip.conf", home / ".pip/pip.conf", config / "pip/pip.conf", Path(sys.prefix) / "pip.conf"]
    files += [Path(named)] if named and named != os.devnull else []
    settings: dict[str, str] = {}
    for file in [] if named == os.devnull else files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise InputError(f"{file} cannot be read as pip's configuration: {error}") from error
        for section in ("global", "install"):
            if parser.has_section(section):
                settings |= {name.replace("_", "-"): value for name, value in parser.items(section)}
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            settings[name[4:].lower().replace("_", "-")] = value
    if "default-timeout" in settings:
        settings.setdefault("timeout", settings["default-timeout"])
    return settings


def _from_pip(pip: Mapping[str, str]) -> dict[str, str]:
    variables: dict[str, str] = {}
    if pip.get("index-url"):
        variables["UV_DEFAULT_INDEX"] = pip["index-url"].strip()
    if _words(pip.get("extra-index-url", "")):
        variables["UV_INDEX"] = " ".join(_words(pip["extra-index-url"]))
        # pip takes the best version of all indexes; uv by itself stops at the first that knows the name.
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if _words(pip.get("find-links", "")):
        variables["UV_FIND_LINKS"] = ",".join(_words(pip["find-links"]))
    if pip.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        variables["UV_NO_INDEX"] = "1"
    if _words(pip.get("trusted-host", "")):
        variables["UV_INSECURE_HOST"] = " ".join(_words(pip["trusted-host"]))
    if pip.get("timeout", "").isdigit():
        variables["UV_HTTP_TIMEOUT"] = pip["timeout"]
    return variables


def _from_uv_files(environ: Mapping[str, str], home: Path, system: Path) -> dict[str, str]:
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    named = environ.get("UV_CONFIG_FILE")
    files = [Path(named)] if named else [system / "uv/uv.toml", config / "uv/uv.toml"]
    settings: dict[str, object] = {}
    for file in files if not environ.get("UV_NO_CONFIG") else []:
        try:
            read = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise InputError(f"{file} cannot be read as uv's configuration: {error}") from error
        settings |= read | read.get("pip", {})
    variables: dict[str, str] = {}
    _take_uv_indexes(settings, variables)
    if isinstance(settings.get("index-strategy"), str):
        variables["UV_INDEX_STRATEGY"] = str(settings["index-strategy"])
    links = settings.get("find-links")
    if isinstance(links, list):
        variables["UV_FIND_LINKS"] = ",".join(map(str, links))
    if settings.get("no-index") is True:
        variables["UV_NO_INDEX"] = "1"
    return variables


def _take_uv_indexes(settings: Mapping[str, object], variables: dict[str, str]) -> None:
    if settings.get("index-url"):
        variables["UV_DEFAULT_INDEX"] = str(settings["index-url"])
    extra = settings.get("extra-index-url")
    more = list(map(str, extra)) if isinstance(extra, list) else []
    tables = settings.get("index")
    for table in tables if isinstance(tables, list) else []:
        # An explicit index serves only packages that name it, which a requirements file cannot.
        if table.get("default"):
            variables["UV_DEFAULT_INDEX"] = str(table["url"])
        elif not table.get("explicit"):
            more.append(f"{table['name']}={table['url']}" if table.get("name") else str(table["url"]))
    if more:
        variables["UV_INDEX"] = " ".join(more)


def _legacy(environ: Mapping[str, str]) -> dict[str, str]:
    variables: dict[str, str] = {}
    if environ.get("UV_INDEX_URL") and not environ.get("UV_DEFAULT_INDEX"):
        variables["UV_DEFAULT_INDEX"] = environ["UV_INDEX_URL"]
    if environ.get("UV_EXTRA_INDEX_URL") and not environ.get("UV_INDEX"):
        variables["UV_INDEX"] = environ["UV_EXTRA_INDEX_URL"]
    return variables


def _is_login(name: str) -> bool:
    return name.startswith("UV_INDEX_") and name.endswith(("_USERNAME", "_PASSWORD"))


def _with_logins(variables: dict[str, str], environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Put logins of ~/.netrc into the addresses of indexes: inside, there is no such file."""
    file = Path(environ.get("NETRC") or home / ".netrc")
    try:
        logins = netrc.netrc(str(file))
    except (OSError, netrc.NetrcParseError):
        return variables
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX"):
        words = [_with_login(word, logins) for word in variables.get(name, "").split()]
        if words:
            variables[name] = " ".join(words)
    return variables


def _with_login(word: str, logins: netrc.netrc) -> str:
    name, is_named, address = word.partition("=") if re.match(r"[\w.-]+=", word) else ("", "", word)
    parts = urlsplit(address)
    known = logins.hosts.get(parts.hostname or "")
    if not known or "@" in parts.netloc or parts.scheme not in {"http", "https"}:
        return word
    login = f"{quote(known[0], safe='')}:{quote(known[2] or '', safe='')}@{parts.netloc}"
    return name + is_named + urlunsplit(parts._replace(netloc=login))


def _take_local(variables: dict[str, str]) -> list[Path]:
    """Return the local folders named, and take out what is not there: uv calls a missing one an error."""
    folders: list[Path] = []
    for name, separator in (("UV_FIND_LINKS", ","), ("UV_INDEX", " "), ("UV_DEFAULT_INDEX", " ")):
        kept = []
        for word in filter(None, variables.get(name, "").split(separator)):
            place = _local(word)
            if place is None:
                kept.append(word)
            elif os.access(place, os.R_OK):
                kept.append(word)
                folders.append(_to_mount(place, is_index=name != "UV_FIND_LINKS"))
        if kept:
            variables[name] = separator.join(kept)
        else:
            variables.pop(name, None)
    return list(dict.fromkeys(folders))


def _local(word: str) -> Path | None:
    address = word.partition("=")[2] if re.match(r"[\w.-]+=", word) else word
    parts = urlsplit(address)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return None if parts.scheme else Path(address).expanduser().absolute()


def _to_mount(place: Path, is_index: bool) -> Path:
    # A simple index links to files beside it (../../files), so its parent; but never a home or the root.
    parent = place.parent
    if not is_index or len(parent.parts) < 3 or parent in {Path.home(), *Path.home().parents}:
        return place
    return parent


def _wheel_constraints(variables: Mapping[str, str], python: tuple[int, ...], taken: set[str]) -> str:
    from packaging.tags import compatible_tags, cpython_tags
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename
    from packaging.version import Version

    fitting = {*cpython_tags(python[:2]), *compatible_tags(python[:2], f"cp{python[0]}{python[1]}")}
    newest: dict[str, Version] = {}
    places = [_local(word) for word in variables.get("UV_FIND_LINKS", "").split(",") if word]
    for wheel in (file for place in places if place for file in sorted(place.glob("*.whl"))):
        try:
            name, version, _, tags = parse_wheel_filename(wheel.name)
        except InvalidWheelFilename:
            continue
        if tags & fitting and name not in taken and (name not in newest or newest[name] < version):
            newest[name] = version
    return "".join(f"{name}=={version}\n" for name, version in sorted(newest.items()))


def _names(constraints: str) -> set[str]:
    from packaging.utils import canonicalize_name

    names = re.findall(r"^\s*([A-Za-z0-9][\w.-]*)", constraints, re.MULTILINE)
    return {canonicalize_name(name) for name in names}


def _secrets(variables: Mapping[str, str]) -> tuple[str, ...]:
    secrets = {value for name, value in variables.items() if _is_login(name) and name.endswith("PASSWORD")}
    for value in variables.values():
        for login in URL_LOGIN.findall(value):
            password = login[:-1].partition(":")[2] or login[:-1]
            secrets |= {login[:-1], password, unquote(password)}
    return tuple(sorted((secret for secret in secrets if len(secret) > 3), key=len, reverse=True))


def _words(*values: str) -> list[str]:
    return [word for value in values for word in value.split()]


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").rstrip("\n") + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the constraints file {str(file)!r} cannot be read: {error}") from error
