"""`p2c score --main`: which file of a folder is the paper."""

from pathlib import Path

from click.testing import CliRunner

from p2c.cli import cli


def test_a_main_file_that_is_not_there_is_named_and_the_others_are_listed(tmp_path: Path) -> None:
    paper, repository = tmp_path / "paper", tmp_path / "repository"
    paper.mkdir()
    repository.mkdir()
    (repository / "main.py").write_text("print(1)\n")
    (paper / "note.tex").write_text(r"\documentclass{article}\title{T}\begin{document}Words.\end{document}")
    asked = ["score", str(repository), "--paper", str(paper), "--main", "other.tex", "--model", f"replay:{tmp_path}"]
    result = CliRunner().invoke(cli, asked)
    assert result.exit_code == 2
    assert "other.tex" in result.output + (result.stderr or "")
