"""A commit of p2c's is an ordinary commit in the user's repository, whatever form that has; their work stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from p2c import git_history
from p2c.errors import InputError, UsageError
from p2c.git import folder_status
from tests.git.attacks import git
from tests.git.test_places import repository

CLONES = {
    "shallow": "git clone -q --depth 1 file://{source} root",
    "partial": "git clone -q --filter=blob:none file://{source} root",
    "shared": "git clone -q --shared {source} root",
    "worktree": "git -C {source} worktree add -q -b other ../root",
    "worktree without a branch": "git -C {source} worktree add -q --detach ../root",
}
FORMS = {
    "sha256": "git init -q -b main --object-format=sha256; git add -A; git commit -qm 1",
    "packed refs and objects": "git gc -q; git pack-refs --all",
    "no branch": "git checkout -q --detach",
    "a branch with a slash": "git checkout -q -b feature/x/y",
    "a ref that names another": "git symbolic-ref refs/heads/a refs/heads/main; git symbolic-ref HEAD refs/heads/a",
    "no commit yet": "git checkout -q --orphan fresh; git rm -q --cached -r .; git add other.py d",
    "a split index": "git update-index --split-index",
    "index version 4": "git update-index --index-version 4",
    "a sparse index": "git sparse-checkout set --cone --sparse-index d",
    "an untracked cache": "git update-index --untracked-cache",
    "signing that fails": "git config commit.gpgSign true; git config gpg.program false",
    "a mode that is not heeded": "git config core.fileMode false; chmod +x main.py",
    "worktreeConfig": "git config extensions.worktreeConfig true; git config core.repositoryFormatVersion 1",
    "its own core.worktree": "git config core.worktree ..",
    "no log": "rm -r .git/logs",
}


def repaired(root: Path) -> None:
    """Change a file and make a new one, commit both, and let plain git judge."""
    before = git("git status --porcelain -uno", root)
    assert git_history.is_checkout(root)
    (root / "main.py").write_text("x = 2\n")
    (root / "nëw file.py").write_text("y = 3\n")
    commit = git_history.commit_paths(root, ("main.py", "nëw file.py"), "Patch by p2c: x\n\nWhy.")
    assert git("git rev-parse HEAD", root).strip() == commit
    assert git("git log -1 --format=%an,%cn,%s,%b", root).strip() == "p2c,p2c,Patch by p2c: x,Why."
    changed = git("git -c core.quotePath=false show --format= --name-only HEAD", root).split("\n")[:-1]
    assert changed == ["main.py", "nëw file.py"]
    assert git("git status --porcelain -uno", root) == before
    assert git("git diff HEAD --stat -- main.py", root) == ""
    assert "error" not in git("git fsck", root)
    assert git_history.commit_paths(root, ("main.py", "nëw file.py"), "again") == "", "nothing is left to commit"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_repository_of_any_form_gets_an_ordinary_commit(form: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    if form.startswith("git init"):
        repository(root, form)
    else:
        git(form, repository(root))
    repaired(root)


@pytest.mark.parametrize("clone", CLONES.values(), ids=CLONES)
def test_a_clone_of_any_kind_too(clone: str, tmp_path: Path) -> None:
    source = repository(tmp_path / "source")
    git("git config uploadpack.allowFilter true; git commit -q --allow-empty -m 2", source)
    git(clone.format(source=source), tmp_path)
    branch = git("git rev-parse HEAD; git status --porcelain", source)
    repaired(tmp_path / "root")
    assert git("git rev-parse HEAD; git status --porcelain", source) == branch


def test_the_branch_and_its_log_move_as_git_moves_them(tmp_path: Path) -> None:
    root = repository(tmp_path / "root")
    first = git("git rev-parse HEAD", root).strip()
    repaired(root)
    assert git("git rev-parse main main@{1} HEAD@{1}", root).split()[1:] == [first, first]
    assert git("git log -g -1 --format=%gs main", root).strip() == "commit: Patch by p2c: x"
    git("git reset -q --hard main@{1}", root)
    assert (root / "main.py").read_text() == "# main.py\n"


def test_a_submodule_has_its_own_history(tmp_path: Path) -> None:
    library, root = repository(tmp_path / "library"), repository(tmp_path / "root")
    git(f"git -c protocol.file.allow=always submodule --quiet add {library} sub; git commit -qm sub", root)
    assert folder_status.tracked(root / "sub") == {"main.py", "other.py", "d/deep.py"}
    (root / "sub" / "main.py").write_text("mine\n")
    assert folder_status.uncommitted(root) == (" M sub/main.py",), "work in a submodule is somebody's too"
    head = git("git rev-parse HEAD", root)
    assert git_history.commit_paths(root, ("sub/main.py",), "m") == "", "it is not the outer repository's to commit"
    assert git("git rev-parse HEAD", root) == head
    git("git checkout -q main.py", root / "sub")
    repaired(root / "sub")
    repaired(root)


def test_other_work_stays_as_it_is(tmp_path: Path) -> None:
    root = repository(tmp_path / "root")
    git(
        "echo staged > other.py; git add other.py; echo more >> other.py; echo deep > d/deep.py; echo z > new.txt", root
    )
    git("echo 'ignored*' > .git/info/exclude; mkdir inner; git -C inner init -q", root)
    for path in ("ignored.py", "inner/x.py", "main.py"):
        (root / path).write_text("x = 2\n")
    before = git("git diff --cached; git diff -- other.py d", root)
    assert folder_status.uncommitted(root) == (" M d/deep.py", " M main.py", "MM other.py", "?? inner/", "?? new.txt")
    assert git_history.commit_paths(root, ("ignored.py", "inner/x.py", "main.py"), "m")
    assert git("git show --format= --name-only", root) == "main.py\n"
    assert git("git diff --cached; git diff -- other.py d", root) == before
    assert git_history.commit_paths(root, ("ignored.py", "inner/x.py"), "m") == ""


def test_a_folder_below_the_top_is_committed_in_the_whole(tmp_path: Path) -> None:
    root = repository(tmp_path / "root")
    (root / "main.py").write_text("mine\n")
    assert folder_status.tracked(root / "d") == {"deep.py"}
    assert folder_status.uncommitted(root / "d") == ()
    (root / "d" / "deep.py").unlink()
    (root / "d" / "a\nb.py").write_text("")
    assert folder_status.uncommitted(root / "d") == (" D deep.py", "?? a\nb.py")
    assert git_history.commit_paths(root / "d", ("deep.py", "a\nb.py"), "m")
    assert git("git show --format= --name-status", root).splitlines() == ['A\t"d/a\\nb.py"', "D\td/deep.py"]
    assert git("git status --porcelain", root) == " M main.py\n"


def test_line_ends_are_kept_but_where_attributes_say_otherwise(tmp_path: Path) -> None:
    root = repository(tmp_path / "root")
    git("git config core.autocrlf true; echo '*.md text eol=crlf' > .gitattributes; git add .; git commit -qm 2", root)
    for path in ("main.py", "a.md"):
        (root / path).write_bytes(b"a\r\nb\r\n")
    assert git_history.commit_paths(root, ("main.py", "a.md"), "m")
    assert git("git show HEAD:main.py | od -c | grep -c r", root).strip() == "1"
    assert git("git show HEAD:a.md | od -c | grep -c r", root).strip() == "0"
    assert folder_status.uncommitted(root) == ()


def test_a_file_that_changed_in_the_moment_that_the_index_was_written_is_seen(tmp_path: Path) -> None:
    root = repository(tmp_path / "root")
    about = (root / "main.py").stat()
    os.utime(root / ".git" / "index", ns=(about.st_mtime_ns, about.st_mtime_ns))
    (root / "main.py").write_text("# niam.py\n")  # as long as before
    os.utime(root / "main.py", ns=(about.st_atime_ns, about.st_mtime_ns))
    assert folder_status.uncommitted(root) == (" M main.py",)


def test_another_git_at_work_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "root")
    (root / "main.py").write_text("x = 2\n")
    (root / ".git" / "index.lock").write_text("")
    waits = []
    monkeypatch.setattr("p2c.git.files.time.sleep", lambda _: waits.append((root / ".git" / "index.lock").unlink()))
    assert git_history.commit_paths(root, ("main.py",), "m") and waits
    monkeypatch.undo()
    monkeypatch.setattr("p2c.git.files.PATIENCE", 0.0)
    (root / ".git" / "index.lock").write_text("")
    (root / "main.py").write_text("x = 3\n")
    with pytest.raises(UsageError, match="another git process is running"):
        git_history.commit_paths(root, ("main.py",), "m")
    assert (root / ".git" / "index.lock").exists(), "a lock of another's is never removed"


def test_a_branch_that_moved_meanwhile_is_committed_to_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "root")
    (root / "main.py").write_text("x = 2\n")
    moved = []
    real = git_history.commit_files

    def meanwhile(*given: object) -> str:
        if not moved:
            moved.append(git("git commit -q --allow-empty -m theirs", root))
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(git_history, "commit_files", meanwhile)
    git_history.commit_paths(root, ("main.py",), "ours")
    assert git("git log --format=%s", root).split() == ["ours", "theirs", "1"]
    assert git("git status --porcelain", root) == ""


@pytest.mark.parametrize(
    ("key", "value"),
    [("extensions.refStorage", "reftable"), ("extensions.objectFormat", "blake3"), ("extensions.new", "x")],
)
def test_a_form_that_is_not_known_is_one_sentence(key: str, value: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "root")
    git(f"git config core.repositoryFormatVersion 1; git config {key} {value}", root)
    with pytest.raises(InputError, match=f"{key.lower()} is '{value}'"):
        git_history.is_checkout(root)
    assert git_history.is_checkout(root, force=True) is False


def test_a_damaged_repository_is_one_sentence(tmp_path: Path) -> None:
    for path in (".git/index", ".git/HEAD", ".git/config", ".git/refs/heads/main"):
        root = repository(tmp_path / path)
        (root / path).write_bytes(b"\xff[[[ \x00 damaged")
        (root / "main.py").write_text("x = 2\n")
        for ask in (folder_status.uncommitted, lambda place: git_history.commit_paths(place, ("main.py",), "m")):
            with pytest.raises(InputError):
                ask(root)
        assert (folder_status.last_change(root, without="x") == "") == (path != ".git/index")


def test_commit_all_makes_a_repository_of_a_folder(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "d").mkdir(parents=True)
    (root / "d" / "a.py").write_text("x\n")
    (root / "link").symlink_to("d/a.py")
    (root / ".gitignore").write_text("*.log\n")
    (root / "x.log").write_text("")
    git_history.commit_all(root, "As it was given")
    assert git("git log --format=%s; git ls-files; git status --porcelain", root).split("\n")[:-1] == [
        "As it was given", ".gitignore", "d/a.py", "link"]  # fmt: skip


def test_what_a_killed_one_left_is_removed_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, folder = repository(tmp_path / "root"), tmp_path / "temporary"
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    for name in ("p2c-git-old", "p2c-git-new", "p2c-other"):
        (folder / name / "objects").mkdir(parents=True)
        if name != "p2c-git-new":
            os.utime(folder / name, (1, 1))
    (folder / "p2c-git-link").symlink_to(root)
    os.utime(folder / "p2c-git-link", (1, 1), follow_symlinks=False)
    assert git_history.is_checkout(root)
    folder_status.uncommitted(root)
    assert sorted(place.name for place in folder.iterdir()) == ["p2c-git-link", "p2c-git-new", "p2c-other"]
    assert (root / "main.py").exists()


@pytest.mark.parametrize("target", [".", "..", "../other", "d/back"])
def test_a_submodule_behind_a_link_is_nobodys(tmp_path: Path, target: str) -> None:
    """An index may call any path a submodule; a link there leads into this repository again, or into another."""
    root, other = repository(tmp_path / "root"), repository(tmp_path / "other")
    commit = git("git rev-parse HEAD", root).strip()
    (other / "main.py").write_text("changed in the other\n")
    (root / "d" / "back").symlink_to("..")
    git(f"git add d; git update-index --add --cacheinfo 160000,{commit},sub; git commit -qm sub", root)
    (root / "sub").symlink_to(target)
    assert not any("main.py" in line for line in folder_status.uncommitted(root))


@pytest.mark.parametrize("name", [".gitignore", "d/.gitignore", ".gitattributes", "d/.gitattributes"])
def test_a_pipe_where_git_expects_a_list_is_refused(tmp_path: Path, name: str) -> None:
    """git would wait for ever for what it has to say."""
    root = repository(tmp_path / "root")
    os.mkfifo(root / name)
    with pytest.raises(InputError, match="not a regular file"):
        folder_status.uncommitted(root)
