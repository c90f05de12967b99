"""A folder that would carry secrets out: by links, ignored files, outputs and source; they are in nothing p2c gives."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from p2c.reports.formats import FORMATS
from tests.canaries import BASIC, MIXED, SURE, WORDS
from tests.end_to_end.test_commands import _why_not, document, repository
from tests.end_to_end.toy import environment, p2c
from tests.servers.openai_server import OpenAIServer, say

pytestmark = [pytest.mark.sandbox, pytest.mark.index, pytest.mark.skipif(bool(_why_not()), reason=_why_not())]

PLANTED = "canaryfile"
"""In each file that is no part of the repository."""
TOLD = {**SURE, **WORDS}
IN_SOURCE = f"sk-{MIXED[::-1]}"
HOST = "the-hosts-own-canary"
MAIN = """import base64
import os
import sys

LINES = base64.b64decode("{lines}").decode()


def main():
    seen = []
    for folder, _, names in os.walk("."):
        for name in names:
            with open(os.path.join(folder, name), "rb") as stream:
                if b"canary" + b"file" in stream.read():
                    seen.append(os.path.join(folder, name))
    print(LINES)
    print(LINES, file=sys.stderr)
    client = dict(key="{source}", seen=seen)
    raise ValueError(f"planted files seen: {{client['seen']}} of {{sorted(os.listdir('.'))}}\\n" + LINES)


if __name__ == "__main__":
    main()
"""


def git(folder: Path, *words: str) -> None:
    argv = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)


def hostile(folder: Path) -> Path:
    """A checkout as actions/checkout leaves it, of a repository that wants what lies around it."""
    lines = base64.b64encode("\n".join(line for line, _ in TOLD.values()).encode()).decode()
    repository(
        folder,
        main__py=MAIN.format(source=IN_SOURCE, lines=lines),
        requirements__txt="",
        __gitignore="*.csv\nlocal/\n.env*\n.venv\n__pycache__\n",
        README__md="Run:\n\n```sh\npython main.py\n```\n",
        __env=f"SOME_API={PLANTED}-env\n",
    )
    outside = folder.parent / f"{folder.name}-secret"
    planted = {
        folder / "data.csv": "ignored",
        folder / "local/settings.json": "ignored folder",
        folder / "deep/.env.production": "another",
        folder / ".venv/secret": "environment",
        folder / "deep/__pycache__/secret": "cache",
        folder / ".p2c/planted": "state",
        outside / "key.txt": "outside",
    }
    for place, text in planted.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{PLANTED}: {text}")
    (folder / "deep/lib.py").write_text("x = 1\n")
    (folder / "deep/linked.py").symlink_to("lib.py")
    links = {
        "notes.txt": ".git/config",
        "chain.txt": "chain2.txt",
        "chain2.txt": "notes.txt",
        "gitfolder": ".git",
        "settings.txt": "gitfolder/config",
        "settings.yaml": ".git/config",
        "state.txt": ".p2c/planted",
        "environment.txt": ".env",
        "csv.txt": "data.csv",
        "venv.txt": ".venv/secret",
        "cache.txt": "deep/__pycache__/secret",
        "up.txt": f"../{outside.name}/key.txt",
        "absolute.txt": str(outside / "key.txt"),
        "outside": f"../{outside.name}",
        "passwd.txt": "/etc/passwd",
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    git(folder, "init", "-q")
    git(folder, "add", ".gitignore", "main.py", "requirements.txt", "README.md", "deep", *links)
    git(folder, "commit", "-qm", "1")
    with (folder / ".git/config").open("a") as config:
        config.write(f'[http "https://github.example/"]\n\textraheader = AUTHORIZATION: basic {BASIC}\n')
        config.write(f"[x]\n\ty = {PLANTED}-git\n")
    return folder


def held(text: str, source: bool = True) -> list[str]:
    """What of the secrets a text holds; `source` counts the one in the code."""
    secrets = [secret for _, secret in TOLD.values()]
    secrets += [secret.replace("\n", "\\n") for secret in secrets] + [PLANTED, HOST, "root:x:0:0"]
    return [secret for secret in [*secrets, *([IN_SOURCE] if source else [])] if secret in text]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile(tmp_path_factory.mktemp("hostile") / "repo")


@pytest.fixture(scope="module")
def checked(folder: Path) -> dict[str, str]:
    out = folder.parent / "out"
    words = [word for name in FORMATS for word in ("--format", name, "-o", str(out / name))]
    words += ["--events", str(out / "events"), "--skip", "types"]
    done = p2c("check", str(folder), *words, env={"SERVICE_TOKEN": HOST})
    assert done.returncode == 1, done.stderr
    return {path.name: path.read_text() for path in out.iterdir()} | {"stdout": done.stdout, "stderr": done.stderr}


@pytest.mark.parametrize("name", [*FORMATS, "events", "stdout", "stderr"])
def test_no_output_of_a_check_holds_a_secret(checked: dict[str, str], name: str) -> None:
    assert held(checked[name]) == []


def test_the_attacks_were_tried_and_none_reached_the_sandbox(checked: dict[str, str]) -> None:
    data = json.loads(checked["json"])
    (failed,) = [f for check in data["checks"] for f in check["findings"] if f["check"] == "smoke" and f["gates"]]
    assert failed["message"].startswith("planted files seen: [] of "), "it ran, and looked at everything"
    assert failed["message"].count("[redacted]") > 10, "its output would have told"
    there = failed["message"].split("\n")[0]
    assert "main.py" in there and "notes.txt" not in there and ".env" not in there and "data.csv" not in there


def test_what_was_not_read_is_told(checked: dict[str, str]) -> None:
    data = json.loads(checked["json"])
    told = [f for check in data["checks"] for f in check["findings"] if f["rule"] == "NotRead"]
    assert len(told) == 5 and "and 10 more" in told[-1]["message"] and not any(f["gates"] for f in told)
    assert "deep/linked.py" not in repr(told)


def wait_for_prompt(work: subprocess.Popen[str], prompts: Path) -> list[Path]:
    until = time.monotonic() + 300
    while not (found := sorted(prompts.glob("*.prompt.md"))):
        assert work.poll() is None, work.communicate()
        assert time.monotonic() < until
        time.sleep(0.2)
    return found


def test_no_prompt_and_no_state_of_a_repair_holds_a_secret(tmp_path: Path) -> None:
    root, prompts = hostile(tmp_path / "repo"), tmp_path / "prompts"
    argv = [sys.executable, "-m", "p2c", "repair", str(root), "--model", f"manual:{prompts}"]
    env = environment({"SERVICE_TOKEN": HOST})
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as work:
        found = wait_for_prompt(work, prompts)
        work.send_signal(signal.SIGINT)
        said = work.communicate()
    shown = "".join(path.read_text() for path in found)
    assert "ValueError" in shown and "P2C_HIDDEN_SECRET_1_" in shown, "the code is shown, its key is not"
    assert held(shown) == []
    assert held("".join(said)) == []
    for path in (root / ".p2c").rglob("*"):
        if path.is_file() and path.name != "planted":
            # What is gone on with after a kill is the code itself.
            assert held(path.read_text(errors="replace"), source=path.name != "repair.json") == [], path


def test_no_report_of_a_repair_holds_a_secret(tmp_path: Path) -> None:
    root = hostile(tmp_path / "repo")
    done = p2c("repair", str(root), "--no-model", "--json")
    assert done.returncode == 1
    assert p2c("report", str(root), "-o", str(tmp_path / "page.html")).returncode == 0
    page = (tmp_path / "page.html").read_text()
    assert "planted files seen: []" in page.replace("&#x27;", "'")
    assert held(page) == held(done.stdout) == held(done.stderr) == []
    for path in (root / ".p2c").rglob("*"):
        if path.is_file() and path.name not in ("planted", "repair.json"):
            assert held(path.read_text(errors="replace")) == [], path
    assert (root / ".env").read_text() == f"SOME_API={PLANTED}-env\n" and (root / "notes.txt").is_symlink()


READS = """import csv

if __name__ == "__main__":
    with open("data/train.csv") as stream:
        print(sum(float(row[0]) for row in csv.reader(stream)))
"""


def test_a_run_that_misses_an_ignored_file_says_what_to_do(tmp_path: Path) -> None:
    repository(tmp_path, main__py=READS, requirements__txt="", __gitignore="/data/\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.csv").write_text("1\n2\n")
    done = p2c("check", str(tmp_path), "--skip", "types")
    hint = (
        "`data/train.csv` is ignored by git, so it is not part of the repository that is checked; name it in p2c.toml"
    )
    assert done.returncode == 1 and f"{hint}, [run] include" in done.stdout
    (tmp_path / "p2c.toml").write_text('[run]\nsmoke = ["python main.py"]\ninclude = ["data/*.csv"]\n')
    done = p2c("check", str(tmp_path), "--json", "--skip", "types")
    assert (done.returncode, document(done)["verdict"]) == (0, "runs"), done.stdout


def test_a_named_env_is_copied_into_the_sandbox_and_nowhere_else(tmp_path: Path) -> None:
    main = """import os

if __name__ == "__main__":
    assert open(".env").read().startswith("SOME_API=canary")
    raise SystemExit(os.path.getsize(".env"))
"""
    repository(tmp_path, main__py=main, requirements__txt="", __env=f"SOME_API={PLANTED}-env\n")
    (tmp_path / "p2c.toml").write_text('[run]\nsmoke = ["python main.py"]\ninclude = [".env"]\n')
    done = p2c("repair", str(tmp_path), "--no-model", "--json")
    assert "ended itself with 24" in done.stdout, "it read the file"
    assert PLANTED not in done.stdout + done.stderr
    state = [path.read_text(errors="replace") for path in (tmp_path / ".p2c").rglob("*") if path.is_file()]
    assert state and PLANTED not in "".join(state)


def test_worktrees_and_odd_names_are_checked(tmp_path: Path) -> None:
    root = repository(tmp_path / "main", main__py="print(1)\n", requirements__txt="")
    (root / "a\\b.txt").write_text("x")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "1")
    git(root, "worktree", "add", "-q", "../tree")
    done = p2c("check", str(tmp_path / "tree"), "--json", "--run", "python main.py", "--skip", "types")
    assert (done.returncode, document(done)["verdict"]) == (0, "runs"), done.stderr
    assert os.path.lexists(tmp_path / "tree" / ".git")


NEW = """```diff
--- /dev/null
+++ b/{path}
@@ -0,0 +1,2 @@
+{line}
+2
```
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [("data/train.csv", "1"), ("data/own.csv", "1"), (".env", "A=1"), ("p2c.toml", '[run]\ninclude = ["data/*.csv"]')],
)
def test_no_patch_makes_or_replaces_what_is_no_part_of_the_repository(tmp_path: Path, path: str, line: str) -> None:
    """A new file that git ignores would cure the run here and for nobody who clones it."""
    wanted = "data/own.csv" if path == "p2c.toml" else path
    main = f'if __name__ == "__main__":\n    print(open("{wanted}").read()[0])\n'
    repository(tmp_path, main__py=main, requirements__txt="", __gitignore="/data/\n.env\n")
    (tmp_path / "data").mkdir()
    for name in ("data/own.csv", ".env"):
        (tmp_path / name).write_text("mine\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "1")
    reply = NEW.format(path=path, line=line.replace("\n", "\n+")).replace("+1,2 @@", f"+1,{2 + line.count(chr(10))} @@")
    with OpenAIServer(lambda body: say(reply, usage=None)) as server:  # type: ignore[arg-type]
        words = ["repair", str(tmp_path), "--model", "m", "--base-url", server.base_url, "--json"]
        done = p2c(*words, "--max-attempts", "2")
    assert done.returncode in (1, 4) and server.bodies, done.stderr
    assert not any(attempt["verdict"] == "kept" for attempt in json.loads(done.stdout)["attempts"])
    assert ((tmp_path / "data/own.csv").read_text(), (tmp_path / ".env").read_text()) == ("mine\n", "mine\n")
    assert not (tmp_path / "data/train.csv").exists() and not (tmp_path / "p2c.toml").exists()
