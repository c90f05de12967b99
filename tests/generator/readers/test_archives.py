from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from p2c.errors import InputError
from p2c.generator.paper import Paper
from p2c.generator.readers import ReadOptions, read_paper
from p2c.generator.readers.archives import unpack
from tests.generator.readers.sources import document

MAIN = document(r"\section{One}The rate is \input{parts/rate}.", title="Packed Hills").encode()
FILES = {"main.tex": MAIN, "parts/rate.tex": b"0.015"}


def tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def opened(tmp_path: Path, name: str, data: bytes, main: str = "") -> Paper:
    (tmp_path / name).write_bytes(data)
    return read_paper(str(tmp_path / name), ReadOptions(cache=tmp_path / "cache", main=main))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("arXiv-2401.00001v1.tar.gz", gzip.compress(tar(FILES))),
        ("2401.00001", gzip.compress(tar(FILES))),
        ("source.tgz", gzip.compress(tar({f"./{name}": data for name, data in FILES.items()}))),
        ("source.tar", tar(FILES)),
        ("source.tar.bz2", bz2.compress(tar(FILES))),
        ("source.tar.xz", lzma.compress(tar(FILES))),
        ("My Paper.zip", zipped(FILES)),
        ("nested.zip", zipped({f"My Paper/{name}": data for name, data in FILES.items()})),
        ("paper.tex.gz", gzip.compress(MAIN.replace(rb"\input{parts/rate}", b"0.015"))),
        ("paper.md.gz", gzip.compress(b"# Packed Hills\n\n## Method\n\nThe rate is 0.015.\n")),
    ],
)
def test_archives_are_read_from_disk(tmp_path: Path, name: str, data: bytes) -> None:
    paper = opened(tmp_path, name, data)
    assert paper.title == "Packed Hills" and "The rate is 0.015." in paper.text
    assert "/" not in paper.id and not paper.id.endswith((".tar", ".gz", ".zip"))


def test_main_decides_in_an_archive_and_the_same_bytes_are_unpacked_once(tmp_path: Path) -> None:
    files = {
        "one.tex": MAIN.replace(rb"\input{parts/rate}", b"1"),
        "two.tex": MAIN.replace(rb"\input{parts/rate}", b"2"),
    }
    data = zipped(files)
    assert "The rate is 1." in opened(tmp_path, "a.zip", data).text
    assert "The rate is 2." in opened(tmp_path, "b.zip", data, "two.tex").text
    assert len(list((tmp_path / "cache" / "archives").iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.zip", b"PK\x03\x04broken", "can't be unpacked"),
        ("a.tar.gz", b"\x1f\x8bbroken", "damaged"),
        ("a.tar.gz", gzip.compress(tar(FILES))[:-60], "damaged"),
        ("a.gz", gzip.compress(b"only words"), "neither an archive nor LaTeX"),
        ("a.zip", zipped({"../evil.tex": MAIN}), "lies outside"),
        ("a.tar", tar({"/tmp/evil.tex": MAIN}), "lies outside"),
        ("a.zip", zipped({"data.bin": b"x"}), r"holds no \.tex file"),
    ],
)
def test_other_archives_are_refused(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        opened(tmp_path, name, data)
    assert not list(tmp_path.rglob("evil.tex")) and not list(tmp_path.rglob("*.part"))


def test_an_archive_that_is_larger_than_it_says_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p2c.generator.readers.archives.MOST_UNPACKED", 1_000_000)
    big = b"0" * 1_500_000
    for data in (
        zipped({"a.tex": big[:900_000], "b.tex": big[:900_000]}),
        gzip.compress(big),
        gzip.compress(tar({"a": big})),
    ):
        with pytest.raises(InputError, match="more than"):
            unpack(data, tmp_path / "source")


def test_links_in_a_zip_are_left_out(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.tex")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("main.tex", MAIN)
    unpack(out.getvalue(), tmp_path / "source")
    assert [path.name for path in (tmp_path / "source").iterdir()] == ["main.tex"]
