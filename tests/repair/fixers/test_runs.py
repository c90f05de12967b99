from __future__ import annotations

import pytest

from p2c.executor.report import Finding, Frame
from p2c.repair.case import Case
from p2c.repair.fixers.libraries import pandas_append
from p2c.repair.fixers.libraries.fixers import removed_members, removed_parameters
from p2c.repair.fixers.runtime import relative_paths
from p2c.repair.fixers.source import fstring_quotes
from p2c.repair.patch import Patch
from tests.repair.fixers.making import case, cured, error


def at(line: int, rule: str, message: str) -> Finding:
    return Finding("smoke", rule, message, "main.py", line, frames=(Frame("main.py", line, "main", ""),))


def first(made: Case) -> Patch | None:
    """The first patch that a fixer of pandas' changes has."""
    fixers = (removed_members.fix, pandas_append.fix, removed_parameters.fix)
    return next((patch for fix in fixers if (patch := fix(made)) is not None), None)


KEPT = "\ny = f\"{d['k']}\"\n"
NO_APPEND = "'DataFrame' object has no attribute 'append'"


@pytest.mark.parametrize(
    ("rule", "message", "before", "after"),
    [
        ("AttributeError", NO_APPEND, "df = df.append(row)",
         "df = pd.concat([df, row if isinstance(row, pd.DataFrame) else "
         "pd.DataFrame(row if isinstance(row, list) else [row])])"),
        ("AttributeError", NO_APPEND, "df = df.append(make(1), ignore_index=True)",
         "df = pd.concat([df, appended if isinstance(appended := make(1), pd.DataFrame) else "
         "pd.DataFrame(appended if isinstance(appended, list) else [appended])], ignore_index=True)"),
        ("AttributeError", NO_APPEND, "df = df.append(pd.DataFrame(x))", "df = pd.concat([df, pd.DataFrame(x)])"),
        ("AttributeError", NO_APPEND, "df = df.append(pd.Series(x))",
         "df = pd.concat([df, pd.DataFrame([pd.Series(x)])])"),
        ("AttributeError", NO_APPEND, "df = df.append([{'a': 1}])", "df = pd.concat([df, pd.DataFrame([{'a': 1}])])"),
        ("AttributeError", "'Series' object has no attribute 'append'", "s = s.append(t)", "s = pd.concat([s, t])"),
        ("AttributeError", NO_APPEND, "df = df.append({'a': 1}, ignore_index=True)  # one",
         "df = pd.concat([df, pd.DataFrame([{'a': 1}])], ignore_index=True)  # one"),
        ("AttributeError", "'Series' object has no attribute 'iteritems'", "for k, v in s.iteritems(): pass",
         "for k, v in s.items(): pass"),
        ("AttributeError", "'DataFrame' object has no attribute 'as_matrix'", "x = df.as_matrix()",
         "x = df.to_numpy()"),
        ("TypeError", "to_csv() got an unexpected keyword argument 'line_terminator'",
         "df.to_csv(p, line_terminator='\\n')", "df.to_csv(p, lineterminator='\\n')"),
        ("TypeError", "read_csv() got an unexpected keyword argument 'delim_whitespace'",
         "pd.read_csv(p, delim_whitespace=True)", 'pd.read_csv(p, sep=r"\\s+")'),
        ("TypeError", "to_datetime() got an unexpected keyword argument 'infer_datetime_format'",
         "pd.to_datetime(x, infer_datetime_format=True, utc=True)", "pd.to_datetime(x, utc=True)"),
    ],
)  # fmt: skip
def test_what_pandas_removed_is_said_in_todays_words(rule: str, message: str, before: str, after: str) -> None:
    broken = case({"main.py": f"import pandas as pd\nnames.append(1)\n{before}\n"}, at(3, rule, message))
    assert cured(first, broken)["main.py"] == f"import pandas as pd\nnames.append(1)\n{after}\n"


@pytest.mark.parametrize(
    ("before", "added"),
    [("row = {'a': 1}", "pd.DataFrame([row])"), ("row = pd.Series({'a': 1})", "pd.DataFrame([row])"),
     ("row = pd.DataFrame({'a': [1]})", "row")],
)  # fmt: skip
def test_what_is_appended_is_what_its_only_assignment_gives(before: str, added: str) -> None:
    broken = case(
        {"main.py": f"import pandas as pd\n{before}\ndf = df.append(row)\n"}, at(3, "AttributeError", NO_APPEND)
    )
    assert f"df = pd.concat([df, {added}])\n" in cured(pandas_append.fix, broken)["main.py"]


@pytest.mark.parametrize(
    "line", ["df = df.append(a).append(b)", "df = df.append([a, b])", "df = df.append(a, what=1)", "df.extend(a)"]
)
def test_an_append_that_is_not_clear_is_left_alone(line: str) -> None:
    broken = case({"main.py": f"import pandas as pd\n{line}\n"}, at(2, "AttributeError", NO_APPEND))
    assert pandas_append.fix(broken) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('print(f"{d["x"]:.2f} and {e["y"]}", "z")', "print(f\"{d['x']:.2f} and {e['y']}\", \"z\")"),
        ("x = f'{d['x']}'", "x = f'{d[\"x\"]}'"),
    ],
)
def test_inner_quotes_of_f_strings(line: str, expected: str) -> None:
    finding = Finding("compile", "SyntaxError", "f-string: unmatched '['", "main.py", 1)
    broken = case({"main.py": line + KEPT}, finding)
    if compiles(broken.repo.files["main.py"]):
        pytest.skip("this Python reads nested quotes")
    assert cured(fstring_quotes.fix, broken)["main.py"] == expected + KEPT


def compiles(text: str) -> bool:
    try:
        compile(text, "main.py", "exec")
    except SyntaxError:
        return False
    return True


def test_other_syntax_errors_are_no_matter_of_quotes() -> None:
    finding = Finding("compile", "SyntaxError", "invalid syntax", "main.py", 1)
    assert fstring_quotes.fix(case({"main.py": "def f(:\n"}, finding)) is None


def missing(path: str) -> Finding:
    return error("FileNotFoundError", f"[Errno 2] No such file or directory: '{path}'")


def test_a_file_is_read_from_where_it_lies() -> None:
    files = {"main.py": 'cfg = open("../configs/small.yaml")\n', "configs/small.yaml": "a: 1\n"}
    after = cured(relative_paths.fix, case(files, missing("../configs/small.yaml")))
    assert after["main.py"] == 'cfg = open("configs/small.yaml")\n'


def test_two_files_of_that_name_or_none_are_left_alone() -> None:
    code = 'cfg = open("../small.yaml")\n'
    both = {"main.py": code, "a/small.yaml": "a: 1\n", "b/small.yaml": "a: 2\n"}
    assert relative_paths.fix(case(both, missing("../small.yaml"))) is None
    assert relative_paths.fix(case({"main.py": code}, missing("../small.yaml"))) is None
