"""An item's commands work in an empty folder, so what its manifest names by a relative path is told from the root."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2c.batch.subprocesses import SubprocessTerms, run_p2c
from p2c.commands.batch import understand


@pytest.mark.parametrize("way", ["manual", "replay"])
def test_a_models_folder_is_that_of_the_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repo").mkdir()
    manifest = tmp_path / "m.toml"
    manifest.write_text(f'[[item]]\nrepair = "repo"\nmodel = "{way}:said"\nescalate_model = "gpt-x"\n')
    flags = dict.fromkeys(("root", "engine", "workers"), None) | {"again": ()}
    (item,) = understand(manifest, dict(flags)).manifest.items
    assert (item.options["model"], item.options["escalate_model"]) == (f"{way}:{tmp_path}/said", "gpt-x")
    manifest.write_text('[[item]]\nrepair = "repo"\n')
    (item,) = understand(manifest, flags | {"model": f"{way}:said"}).manifest.items
    assert item.options["model"] == f"{way}:{tmp_path}/said"


def test_a_child_takes_nothing_from_the_folder_it_works_in(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit('taken from the folder')")
    (tmp_path / "p2c").mkdir()
    (tmp_path / "p2c/__init__.py").write_text("raise SystemExit('taken from the folder')")
    ended = run_p2c(["--help"], SubprocessTerms(tmp_path / "log", {"PYTHONPATH": ":."}, folder=tmp_path))
    assert ended.exit == 0, (tmp_path / "log").read_text()
    assert "check" in ended.stdout
