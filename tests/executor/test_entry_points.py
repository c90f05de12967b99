from __future__ import annotations

import pytest

from p2c.errors import InputError
from p2c.executor.command_lines import PreparedCommand, prepare, prepared
from p2c.executor.entry_points import discover
from p2c.repo import Repo

GUARDED = "if __name__ == '__main__':\n    print(1)\n"
WALK = {
    "setup.py": "setup(entry_points={'console_scripts': ['walk = walk.main:go']})",
    "walk/main.py": "",
    "score.py": "",
}
BOTH = {"train.py": "", "test.py": ""}


@pytest.mark.parametrize(
    ("files", "smoke", "origin"),
    [
        ({"p2c.toml": '[run]\nsmoke = ["python a.py"]\n', "a.py": ""}, ("python a.py",), "p2c.toml"),
        (
            {"pyproject.toml": '[tool.p2c.run]\nsmoke = ["python a.py"]\n'},
            ("python a.py",),
            "pyproject.toml [tool.p2c]",
        ),
        ({"README.md": "# X\n\n    python main.py\n\ntext\n", "main.py": ""}, ("python main.py",), "README.md"),
        (
            {"README.md": "```bash\n$ pip install x\n$ python run.py --lr 1 \\\n   --n 2  # go\n```\n", "run.py": ""},
            ("python run.py --lr 1 --n 2",),
            "README.md",
        ),
        (
            {"README.md": "```\npython main.py --full\npython main.py --smoke\n```", "main.py": ""},
            ("python main.py --smoke",),
            "README.md",
        ),
        ({"README.md": "Run `python -m pkg.cli now`.", "pkg/cli.py": ""}, ("python -m pkg.cli now",), "README.md"),
        ({"README.md": "```\nbash run.sh\n```", "run.sh": ""}, ("bash run.sh",), "README.md"),
        (
            {"README.md": "```\npython gone.py\npython main.py --data /path/to/x\n```", "main.py": GUARDED},
            ("python main.py",),
            "entry",
        ),
        ({"pyproject.toml": '[project.scripts]\nmytool = "a:main"\n', "a.py": ""}, ("mytool",), "the console script"),
        ({"pkg/__init__.py": "", "pkg/__main__.py": ""}, ("python -m pkg",), "entry point"),
        ({"train.py": GUARDED, "main.py": "print(1)\n", "z.py": GUARDED}, ("python main.py",), "entry point"),
        ({"pkg/__init__.py": "", "pkg/run.py": "from . import x\n" + GUARDED}, ("python -m pkg.run",), "entry point"),
        (
            {"README.rst": "Use ``$walk --input a.txt``.\n\n    python score.py --a 1\n    --b 2\n", **WALK},
            ("walk --input a.txt",),
            "README.rst",
        ),
        (
            {"README.rst": "X::\n\n    python score.py --a 1\n    --b 2\n", "score.py": ""},
            ("python score.py --a 1 --b 2",),
            "R",
        ),
        ({"setup.py": "setup(entry_points={'console_scripts': ['sample=sample:main']})", "lib.py": ""}, (), "nothing"),
        ({"readme.txt": "```\npython test.py --w x\npython train.py\n```", **BOTH}, ("python train.py",), "readme.txt"),
        ({"README.md": "```\npython train.py --help\npython train.py\n```", **BOTH}, ("python train.py",), "README.md"),
        ({"Paper A_code.py": GUARDED}, ("python 'Paper A_code.py'",), "entry point"),
        ({"lib.py": "x = 1\n", "tests/test_a.py": GUARDED}, (), "nothing"),
    ],
)
def test_what_is_found_to_run(files: dict[str, str], smoke: tuple[str, ...], origin: str) -> None:
    found = discover(Repo(files))
    assert found.smoke == smoke
    assert found.origin.startswith(origin)


def test_given_commands_come_first_and_the_rest_of_the_contract_stays() -> None:
    repo = Repo({"p2c.toml": '[run]\nsmoke = ["python a.py"]\ntimeout = 7\nartifacts = ["x.json"]\n'})
    found = discover(repo, ("python b.py",))
    assert (found.smoke, found.timeout, found.artifacts, found.origin) == (("python b.py",), 7.0, ("x.json",), "--run")
    with pytest.raises(InputError, match="--run"):
        discover(repo, ("python 'b.py",))


def test_a_broken_contract_is_told() -> None:
    with pytest.raises(InputError, match="timeout"):
        discover(Repo({"p2c.toml": "[run]\ntimeout = -1\n"}))


REPO = Repo(
    {
        "main.py": "",
        "run.sh": "",
        "pyproject.toml": '[project.scripts]\nmytool = "pkg.cli:main"\n',
        "setup.py": "setup(entry_points={'console_scripts': ['other = a.b:c']})",
    }
)


@pytest.mark.parametrize(
    ("line", "one"),
    [
        ("python main.py --a 'b c'", PreparedCommand("", "script", "main.py", ("--a", "b c"))),
        (
            "A=1 PYTHONPATH=src python3.11 -u -W ignore -m pkg.x -v",
            PreparedCommand("", "module", "pkg.x", ("-v",), ("-u", "-W", "ignore")),
        ),
        ("python -c 'print(1)'", PreparedCommand("", "code", "print(1)")),
        ("python -m pytest -q", PreparedCommand("", "pytest", arguments=("-q",))),
        ("pytest tests", PreparedCommand("", "pytest", arguments=("tests",))),
        ("./main.py x", PreparedCommand("", "script", "./main.py", ("x",))),
        ("uv run python main.py", PreparedCommand("", "script", "main.py")),
        ("mytool --x", PreparedCommand("", "entry", "pkg.cli:main", ("--x",))),
        ("other", PreparedCommand("", "entry", "a.b:c")),
        ("./run.sh 1", PreparedCommand("", "plain", argv=("bash", "./run.sh", "1"))),
        ("env A=1 python main.py x", PreparedCommand("", "script", "main.py", ("x",))),
        ("python -c 'a = 1; print(a)'", PreparedCommand("", "code", "a = 1; print(a)")),
        ("python main.py 'a;b'", PreparedCommand("", "script", "main.py", ("a;b",))),
        *(
            (line, PreparedCommand("", "plain", argv=("bash", "-c", line)))
            for line in (
                "python a.py; python b.py",
                "python a.py;python b.py",
                "python a.py ;",
                "cd x && python a.py; ls",
            )
        ),
        ("torchrun main.py", PreparedCommand("", "plain", argv=("torchrun", "main.py"))),
        ("cd x && python main.py", PreparedCommand("", "script", "main.py", folder="x")),
        ("cd ./a/b && python -m c --d 'e f'", PreparedCommand("", "module", "c", ("--d", "e f"), folder="a/b")),
        (
            "cd x && python main.py | tee y",
            PreparedCommand("", "plain", argv=("bash", "-c", "cd x && python main.py | tee y")),
        ),
        ("cd .. && python main.py", PreparedCommand("", "plain", argv=("bash", "-c", "cd .. && python main.py"))),
    ],
)
def test_how_a_line_is_run(line: str, one: PreparedCommand) -> None:
    found = prepare(line, REPO)
    assert (found.mode, found.target, found.arguments, found.flags, found.argv) == (
        one.mode,
        one.target,
        one.arguments,
        one.flags,
        one.argv,
    )


def test_assignments_go_into_the_environment() -> None:
    assert prepare("A=1 PYTHONPATH=src python main.py", REPO).env == {"A": "1", "PYTHONPATH": "src"}


@pytest.mark.parametrize(
    ("line", "starts"),
    [("python main.py --help", True), ("python main.py -x --help", False), ("python main.py", False)],
)
def test_help_alone_is_no_run(line: str, starts: bool) -> None:
    assert prepare(line, REPO).only_starts is starts


def test_all_lines_of_a_contract() -> None:
    assert [one.script for one in prepared(discover(REPO, ("python main.py", "python -m x")), REPO)] == ["main.py", ""]
