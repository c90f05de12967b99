"""What was installed here, so that it can be installed elsewhere: without local versions that only one index has."""

from __future__ import annotations

import re
from dataclasses import dataclass

from p2c.sandboxes.environments.index_hosts import PYTORCH

_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)(?P<extras>\[[^\]]*\])?==(?P<public>[^\s+;#\\]+)\+(?P<local>[\w.]+)"
    r"(?P<rest>[^\n]*(?:(?<=\\)\n[^\n]*)*)",
    re.MULTILINE,
)
_BUILD = re.compile(r"cpu|cu\d{2,3}|rocm\d+(?:\.\d+)*|xpu")
_TORCH = frozenset({"torch", "torchvision", "torchaudio", "torchtext", "torchdata"})
_HASH = re.compile(r"\s*\\?\s*--hash=\S+")


@dataclass(frozen=True)
class PortableLock:
    """`text` installs from the plain index; `index` is where the very builds are that were used here, or ''."""

    text: str
    index: str = ""
    build: str = ""
    """The PyTorch build that was used here: `cpu`, `cu126`."""


def portable(lock: str) -> PortableLock:
    """Return a lock in which `torch==2.4.0+cpu` is `torch==2.4.0`, with the index that has the build.

    A plain index has no local versions, so such a pin cannot be installed from it. Without the local part the plain
    index gives its own build, and with the builds' index beside it pip and uv prefer the one that was used here. The
    hashes of such a pin are those of another file, and are left out.
    """
    pins = list(_PIN.finditer(lock))
    if not pins:
        return PortableLock(lock)
    builds = [pin["local"] for pin in pins if pin["name"].lower() in _TORCH and _BUILD.fullmatch(pin["local"])]
    build = builds[0] if builds else ""
    index = f"{PYTORCH}/{build}" if build else ""
    used = ", ".join(f"{pin['name']} {pin['public']}+{pin['local']}" for pin in pins)
    head = f"# Used here: {used}; written without the local part, which the plain index does not have.\n"
    if index:
        head += f"# For these very builds: pip install --extra-index-url {index} -r requirements.lock\n"
    return PortableLock(head + _PIN.sub(_without_local, lock), index, build)


def _without_local(pin: re.Match[str]) -> str:
    return f"{pin['name']}{pin['extras'] or ''}=={pin['public']}{_HASH.sub('', pin['rest'])}"
