"""conda's lists of packages: which of them are Python distributions, and under which name an index has them."""

from __future__ import annotations

import re

from p2c.errors import UnreadableTextError
from p2c.executor.requirements.distributions import canonical, is_known
from p2c.repo import Repo
from p2c.untrusted_text import type_name

_NAMES = {
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "opencv": "opencv-python-headless",
    "py-opencv": "opencv-python-headless",
    "faiss": "faiss-cpu",
    "faiss-gpu": "faiss-cpu",
    "matplotlib-base": "matplotlib",
    "tensorflow-base": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "keras-gpu": "keras",
    "dask-core": "dask",
    "pytables": "tables",
    "msgpack-python": "msgpack",
    "ruamel-yaml": "ruamel.yaml",
    "pyqt": "PyQt5",
    "seaborn-base": "seaborn",
    "python-graphviz": "graphviz",
    "python-lmdb": "lmdb",
    "python-igraph": "igraph",
    "gym-all": "gym",
}
"""conda's name in normal form -> the distribution's, where they differ or look as if conda alone had it."""

_ONLY = frozenset(
    "python pip blas openblas ca-certificates openssl ncurses readline sqlite tk xz zlib bzip2 zstd lz4-c "
    "freetype jpeg libjpeg-turbo lcms2 icu glib gst-plugins-base gstreamer dbus expat fontconfig pcre pcre2 qt "
    "qt-main hdf5 giflib nettle openh264 lame x264 gmp mpfr mpc gnutls cairo pango pixman harfbuzz graphite2 "
    "fribidi gettext intel-openmp tbb tbb-devel cudnn nccl magma cpuonly snappy krb5 c-ares curl git cmake make "
    "binutils sysroot libiconv zeromq openjpeg lerc brotli brotli-bin yaml tzdata nspr nss alsa-lib ninja-base "
    "conda conda-package-handling anaconda anaconda-client pycosat menuinst python-abi pytorch-mutex numpy-base "
    "scipy-base mkl mkl-fft mkl-random mkl-service mkl-include vc vs2015-runtime vc14-runtime ucrt m2w64-gcc-libs "
    "msys2-conda-epoch wincertstore winpty pandoc nodejs r-base ffmpeg eigen glog gflags protobuf-static boost- "
    "cpp xorg-libx11 xorg-libxau aom dav1d svt-av1 rhash keyutils unixodbc".split()
)
"""Libraries of the system's and parts of conda, in normal form; the mkl ones are how conda's numpy is built."""

_PATTERNS = re.compile(
    r"(?:cuda|lib|gcc|gxx|gfortran|xorg-|m2w64-|mkl|ld-impl|nvidia-|r-|perl-).*|.*-(?:ng|devel|cpp|static)"
)
_PYTHON_BUILD = re.compile(r"py(?:\d|h|_|thon)|cp\d")
"""What the build strings of Python packages hold: `py38h27cfd23_0`, `pyhd3eb1b0_0`, `py_0`, `cpu_py36_0`, `cp311`."""


def environment_file(repo: Repo) -> str:
    """Return the path of conda's list of requirements, or ''."""
    return next((path for path in ("environment.yml", "environment.yaml") if path in repo.files), "")


def items(repo: Repo, path: str) -> list[object]:
    """Return what conda's list of requirements holds; raises UnreadableTextError where there is something else."""
    from p2c.untrusted_yaml import load_yaml

    data = load_yaml(repo.files[path])
    if data is not None and not isinstance(data, dict):
        raise UnreadableTextError(f"it is {type_name(data)}, not a table")
    listed = (data or {}).get("dependencies")
    if listed is not None and not isinstance(listed, list):
        raise UnreadableTextError(f"dependencies is {type_name(listed)}, not a list")
    return listed or []


def is_conda_only(name: str) -> bool:
    """Whether a name is conda's for something that no index of Python distributions has, or nobody needs from it.

    `librosa` and its like, which an index has, are told from libraries of the system's by the table of distributions.
    """
    plain = canonical(name)
    if plain.startswith("_") or name.startswith("_") or plain in _ONLY:
        return True
    return bool(_PATTERNS.fullmatch(plain)) and not is_known(name.replace("-", "_")) and not is_known(name)


def requirement_of(item: str) -> str:
    """Return the requirement that an item such as `conda-forge::numpy=1.24.3=py310h1` is for pip; '' where it is none.

    With a build string that is no Python package's, the item is a library of the system's, whatever its name.
    """
    match = re.match(r"([\w.-]+)\s*(.*)", item.rpartition("::")[2].strip())
    if match is None or is_conda_only(match[1]):
        return ""
    build = match[2].split("=")[2] if match[2].count("=") == 2 and match[2].startswith("=") else ""
    name = _NAMES.get(canonical(match[1]))
    if build and not _PYTHON_BUILD.search(build) and name is None and not is_known(match[1].replace("-", "_")):
        return ""
    return (name or match[1]) + version_of(match[2])


def python_of(item: str) -> str | None:
    """Return what an item asks of Python's version; None where it is about something else."""
    match = re.match(r"python\s*(?=[=<>~])", item.rpartition("::")[2])
    return version_of(item.rpartition("::")[2][match.end() :]) if match else None


def version_of(text: str) -> str:
    """Return pip's form of conda's version: `=1.2=py38_0` is `==1.2.*`."""
    text = text.strip()
    if not text.startswith("=") or text.startswith("=="):
        return text.split("=py")[0]
    version = text.lstrip("=").split("=")[0]
    return f"=={version}" if version.endswith("*") else f"=={version}.*"
