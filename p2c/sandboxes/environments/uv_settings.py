"""The variables of a command, the same in every sandbox: what uv and pip are told, and which programs never learn.

Credentials of the index are given only to commands that run no code of packages (`trusted_commands.py`).
`UV_NO_BUILD` goes with them, though it is not enough by itself: uv 0.13 still ran the setup.py of a folder that a
requirements file named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from p2c.sandboxes.base import Command, Places
from p2c.sandboxes.environments.index_proxy import proxy_environment
from p2c.sandboxes.environments.index_settings import IndexSettings
from p2c.sandboxes.environments.interpreters import Interpreter

CERTIFICATE_NAMES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO")
CONSTRAINTS, WHEELS, CERTIFICATE = "constraints.txt", "wheels.txt", "ca.pem"


def index_variables(index: IndexSettings, certificate: str) -> dict[str, str]:
    """Return what leads uv to the index and to nothing else that is set up; `certificate` is the bundle's path."""
    settings = {**index.environment, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1", "UV_NO_SOURCES": "1"}
    return settings | (dict.fromkeys(CERTIFICATE_NAMES, certificate) if index.certificate is not None else {})


def settings_files(index: IndexSettings) -> dict[str, bytes]:
    """Return the files that the variables name, to be written into one folder inside."""
    files = {CONSTRAINTS: index.constraints, WHEELS: index.wheels}
    if index.certificate is not None:
        files[CERTIFICATE] = index.certificate.read_text(encoding="utf-8", errors="surrogateescape")
    return {name: text.encode("utf-8", "surrogateescape") for name, text in files.items()}


@dataclass(frozen=True)
class Variables:
    """What the variables of one session's commands are made of; all paths are those inside.

    `settings` is the folder of `settings_files`, `path` the folders of the system's programs, `caches` uv's: that of
    trusted commands, and that of all others. `links`: what is trusted is linked from its cache instead of copied;
    `proxied`: installs reach the index through p2c's proxy; `keeps_logins`: also commands that are not trusted
    have them, because nothing is kept from them anyway.
    """

    index: IndexSettings
    python: Interpreter
    places: Places
    path: str
    home: str
    settings: str
    caches: tuple[str, str]
    pycache: str
    temporary: str = "/tmp"
    links: bool = True
    proxied: bool = True
    keeps_logins: bool = False

    def of(self, command: Command, installs: bool, trusted: bool) -> dict[str, str]:
        """Return all variables of a command; `installs`: in install mode."""
        path = f"{self.python.executable.parent}:{self.path}"
        variables = {**self._base, "PATH": path if trusted else f"{self.places.environment}/bin:{path}"}
        if not command.argv[0].startswith(f"{self.places.tools}/"):
            # Environments are read-only; and the tools must not take bytecode that a program could have written.
            variables["PYTHONPYCACHEPREFIX"] = self.pycache
        if installs:
            variables |= self._installing(trusted)
            variables |= proxy_environment() if self.proxied and not command.network else {}
        variables |= command.env
        if command.env.get("UV_CONSTRAINT") == "":
            variables["UV_CONSTRAINT"] = self._files(CONSTRAINTS)
        return variables

    def of_tools(self) -> dict[str, str]:
        """Return the variables with which p2c's own tools are installed."""
        settings = self._installing(trusted=True) | (proxy_environment() if self.proxied else {})
        own = {name: value for name, value in settings.items() if name not in {"UV_CONSTRAINT", "UV_PYTHON"}}
        return {**self._base, "PATH": f"{self.python.executable.parent}:{self.path}", **own}

    @property
    def _base(self) -> Mapping[str, str]:
        user = {"USER": "p2c", "LOGNAME": "p2c", "LANG": "C.UTF-8"}
        return {"HOME": self.home, "TMPDIR": self.temporary, **user}

    def _installing(self, trusted: bool) -> dict[str, str]:
        index = self.index if trusted or self.keeps_logins else self.index.without_credentials()
        return {
            **index_variables(index, f"{self.settings}/{CERTIFICATE}"),
            "UV_CACHE_DIR": self.caches[0 if trusted else 1],
            "UV_PYTHON": str(self.python.executable),
            "UV_CONSTRAINT": self._files(CONSTRAINTS, WHEELS),
            **({"UV_NO_BUILD": "1"} if trusted else {}),
            **({} if trusted and self.links else {"UV_LINK_MODE": "copy"}),
        }

    def _files(self, *names: str) -> str:
        texts = {CONSTRAINTS: self.index.constraints, WHEELS: self.index.wheels}
        return " ".join(f"{self.settings}/{name}" for name in names if texts[name])
