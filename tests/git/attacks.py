"""Git repositories that try to have a program of theirs run: each with the plain git commands that do run it."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HOOKS = (
    "applypatch-msg commit-msg fsmonitor-watchman post-checkout post-commit post-index-change post-merge post-rewrite "
    "pre-auto-gc pre-commit pre-merge-commit prepare-commit-msg reference-transaction sendemail-validate"
).split()


@dataclass(frozen=True)
class Attack:
    """Settings (`key` → value) and files (below the repository) where `RUN` stands for the program.

    `shown_by` are commands by which git, unguarded, runs it.
    """

    config: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    shown_by: str = "git status; git add -A; git commit -qm 2 --allow-empty"


_FILTERS = {"filter.x.clean": "RUN; cat", "filter.x.smudge": "RUN; cat"}
_INCLUDED = '[filter "x"]\n\tclean = RUN; cat\n[core]\n\tfsmonitor = RUN\n'
_SIGNED = "git log -1 --format=%as"

ATTACKS = {
    "a filter, by info/attributes": Attack(_FILTERS, {".git/info/attributes": "* filter=x\n"}),
    "a filter, by .gitattributes": Attack(_FILTERS, {".gitattributes": "* filter=x\n"}),
    "a filter, by attributes in a folder": Attack(_FILTERS, {"d/.gitattributes": "*.py filter=x\n"}),
    "a filter, by core.attributesFile": Attack(
        _FILTERS | {"core.attributesFile": "HERE/attributes"}, {"attributes": "* filter=x\n"}
    ),
    "a filter that is required": Attack(_FILTERS | {"filter.x.required": "true"}, {".gitattributes": "* filter=x\n"}),
    "a filter process": Attack({"filter.x.process": "RUN"}, {".gitattributes": "* filter=x\n"}),
    "a filter while checking out": Attack(
        {"filter.x.smudge": "RUN; cat"}, {".gitattributes": "* filter=x\n"}, "rm main.py; git checkout main.py"
    ),
    "fsmonitor": Attack({"core.fsmonitor": "RUN"}),
    "an untracked cache and fsmonitor": Attack(
        {"core.fsmonitor": "RUN", "core.untrackedCache": "true", "core.fsmonitorHookVersion": "1"}
    ),
    "hooks": Attack(files={f".git/hooks/{name}": "#!/bin/sh\nRUN\n" for name in HOOKS}),
    "hooks elsewhere": Attack(
        {"core.hooksPath": "HERE/hooks"}, {f"hooks/{name}": "#!/bin/sh\nRUN\n" for name in HOOKS}
    ),
    "signing, by gpg": Attack({"commit.gpgSign": "true", "gpg.program": "RUN"}),
    "signing, by ssh": Attack(
        {"commit.gpgSign": "true", "gpg.format": "ssh", "gpg.ssh.program": "RUN", "user.signingKey": "HERE/main.py"}
    ),
    "signing, by a command for the key": Attack(
        {"commit.gpgSign": "true", "gpg.format": "ssh", "gpg.ssh.defaultKeyCommand": "RUN"}
    ),
    "signing, by x509": Attack({"commit.gpgSign": "true", "gpg.format": "x509", "gpg.x509.program": "RUN"}),
    "signatures in the log": Attack({"log.showSignature": "true", "gpg.program": "RUN"}, {}, _SIGNED),
    "an external diff": Attack({"diff.external": "RUN"}, {}, "git diff HEAD; echo '#' >> main.py; git diff HEAD"),
    "a diff driver": Attack(
        {"diff.x.command": "RUN"}, {".gitattributes": "* diff=x\n"}, "echo '#' >> main.py; git diff HEAD"
    ),
    "a text conversion": Attack(
        {"diff.x.textconv": "RUN"}, {".git/info/attributes": "* diff=x\n"}, "git log -1 -p --format=%as"
    ),
    "a merge driver": Attack(
        {"merge.x.driver": "RUN"},
        {".gitattributes": "* merge=x\n"},
        "git add -A; git commit -qm 2; git branch o; echo '#1' >> main.py; git commit -qam 3; git checkout -q o;"
        " echo '#2' >> main.py; git commit -qam 4; git merge -q main",
    ),
    "an included file": Attack({"include.path": "HERE/more.ini"}, {"more.ini": _INCLUDED}),
    "a file included for this directory": Attack(
        {"includeIf.gitdir:**.path": "HERE/more.ini"}, {"more.ini": _INCLUDED}
    ),
    "the configuration of the worktree": Attack(
        {"extensions.worktreeConfig": "true", "core.repositoryFormatVersion": "1"}, {".git/config.worktree": _INCLUDED}
    ),
    "an editor": Attack({"core.editor": "RUN"}, {}, "git commit --allow-empty"),
    "a program for trailers": Attack(
        {"trailer.x.cmd": "RUN", "trailer.x.key": "Patch"}, {}, "git commit -q --allow-empty -m 2 --trailer x=y"
    ),
    "a program for ssh": Attack(
        {"core.sshCommand": "RUN", "remote.origin.url": "ssh://localhost/x"}, {}, "git fetch -q origin"
    ),
    "a helper for passwords": Attack(
        {"credential.helper": "!RUN"}, {}, "printf 'protocol=https\\nhost=localhost\\n\\n' | git credential fill"
    ),
    "a program that asks for passwords": Attack(
        {"core.askPass": "RUN"}, {}, "printf 'protocol=https\\nhost=localhost\\n\\n' | git credential fill"
    ),
    "objects that a remote promises": Attack(
        {
            "core.repositoryFormatVersion": "1",
            "extensions.partialClone": "origin",
            "remote.origin.promisor": "true",
            "remote.origin.url": "ext::RUN",
            "protocol.ext.allow": "always",
        },
        {},
        "git cat-file -p 1234567890123456789012345678901234567890",
    ),
    "an alias": Attack({"alias.st": "!RUN"}, {}, "git st"),
    "a submodule of its own settings": Attack(
        {}, {"inner/.git/config": _INCLUDED, "inner/.git/info/attributes": "* filter=x\n"}, "cd inner; git status"
    ),
}


def hostile(folder: Path, attack: Attack, canary: Path) -> Path:
    """Make a repository of one commit (with a file to change, main.py) that is set up for the attack."""
    (folder / "d").mkdir(parents=True)
    for path in ("main.py", "d/more.py"):
        (folder / path).write_text("x = 1\n")
    git("git init -q -b main; git add -A; git commit -qm 1", folder)
    sign(folder)
    if any(path.startswith("inner/") for path in attack.files):
        shutil.copytree(folder, folder / "inner", symlinks=True, ignore=shutil.ignore_patterns("inner"))
        git("git -c advice.addEmbeddedRepo=false add -A; git commit -qm inner", folder)
    arm(folder, attack, canary)
    return folder


def arm(folder: Path, attack: Attack, canary: Path) -> None:
    """Write an attack's settings and files into a repository."""
    run = folder.parent / f"{folder.name}-program"
    run.write_text(f"#!/bin/sh\necho ran >> '{canary}'\n")
    run.chmod(0o755)

    def filled(text: str) -> str:
        return text.replace("RUN", str(run)).replace("HERE", str(folder))

    for path, text in attack.files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("a") as stream:
            stream.write(filled(text))
        place.chmod(0o755)
    for key, value in attack.config.items():
        subprocess.run(["git", "config", "--file", ".git/config", key, filled(value)], cwd=folder, check=True)
    later(folder)


def later(folder: Path) -> None:
    """Make git look at every file again: as if each had been touched since the index was written."""
    for place in folder.rglob("*.py"):
        os.utime(place, (1, 1))


def sign(folder: Path) -> None:
    """Give the last commit a signature, for what looks at signatures."""
    text = subprocess.run(["git", "cat-file", "commit", "HEAD"], cwd=folder, capture_output=True, check=True).stdout
    head, _, message = text.partition(b"\n\n")
    mark = b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n eA==\n -----END PGP SIGNATURE-----\n\n"
    words = ["git", "hash-object", "-t", "commit", "-w", "--stdin"]
    made = subprocess.run(words, cwd=folder, input=head + mark + message, capture_output=True, check=True).stdout
    git(f"git update-ref refs/heads/main {made.decode().strip()}", folder)


def git(command: str, folder: Path) -> str:
    """Run plain git, with nothing of this machine's settings."""
    who = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        command, shell=True, cwd=folder, capture_output=True, text=True, env=env | who, timeout=60, check=False
    )
    return done.stdout + done.stderr
