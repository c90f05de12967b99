from __future__ import annotations

import re
from dataclasses import replace

import pytest

from p2c.generator.file_replies import read_source
from p2c.generator.plan import Plan
from p2c.generator.planning import make_plan
from p2c.generator.structured_replies import InvalidReply
from tests.generator.conversation import CODE, PAPER, file_reply, good_replies, model, session

PLAN: Plan = make_plan(PAPER, session(model(good_replies())))
WRITTEN = {"valley.py": CODE["valley.py"], "tests/__init__.py": ""}


def read(reply: str, path: str = "descent.py") -> str:
    spec = PLAN.spec(path)
    assert spec is not None
    return read_source(reply, spec, PLAN, WRITTEN)


def unusable(reply: str, path: str = "descent.py") -> InvalidReply:
    with pytest.raises(InvalidReply) as caught:
        read(reply, path)
    return caught.value


GOOD = CODE["descent.py"]


@pytest.mark.parametrize(
    "reply",
    [
        file_reply("descent.py"),
        f"Here is the file.\n\n```python\n{GOOD}```\nIt follows Eq. 1.",
        f"```python title=descent.py\n{GOOD}```",
        f"```py descent.py\n{GOOD}```\n\nRun it:\n\n```sh\npython main.py\n```",
        GOOD,
        f"~~~~python descent.py\n{GOOD}~~~~",
    ],
)
def test_the_file_is_found(reply: str) -> None:
    assert read(reply) == GOOD


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (file_reply("valley.py"), "it holds valley.py, but descent.py was asked for"),
        (f"```python\n# valley.py\n{CODE['valley.py']}```", "it holds valley.py"),
        (f"```python descent.py\n{GOOD}", "not closed, so the file may have been cut"),
        ("I cannot see the plan.", "no code block"),
        (f"```python\n{GOOD}```\n```python\n{GOOD}```", "2 code blocks"),
        (file_reply("descent.py", GOOD + "def broken(:\n"), r"not valid Python: .*\n.*\n(?s:.*)def broken"),
        (file_reply("descent.py", GOOD + "\0\n"), "NUL"),
    ],
)
def test_what_is_not_the_whole_file_is_refused_for_good(reply: str, reason: str) -> None:
    error = unusable(reply)
    assert re.search(reason, error.reason), error.reason
    assert error.settle is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD.replace("def descend", "def run"), "promised function descend is missing"),
        (GOOD.replace("momentum: float", "beta: float"), "descend lacks the promised parameter 'momentum'"),
        (
            "from valley import Valley\n\n\ndef descend(valley: Valley, start, rate, momentum, steps):\n    ...\n",
            "descend has no body",
        ),
        (GOOD + "# ... rest of the code unchanged\n", "stands in for code"),
        (GOOD + "# ...\n", "stands in for code"),
        (GOOD + "# TODO: implement the stopping rule\n", "stands in for code"),
        ("import numpy as np\n" + GOOD, "imports 'numpy', which requirements.txt does not provide"),
        (GOOD.replace("import Valley", "import Hill"), "valley.py has no 'Hill'; it has: Valley"),
        ("from hills import Hill\n" + GOOD, "imports 'hills'"),
        ("from .valley import Valley\n" + GOOD, "a relative import that leaves"),
        ("from src.valley import Valley\n" + GOOD, "imports 'src'"),
        ("from main import main\n" + GOOD, "imports main.py, which the plan does not let descent.py use"),
    ],
)
def test_what_misses_a_promise_is_sent_back_but_will_do(text: str, reason: str) -> None:
    error = unusable(file_reply("descent.py", text))
    assert reason in error.reason
    assert error.settle == text


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import numba\nexcept ImportError:\n    numba = None\n" + GOOD,
        "from __future__ import annotations\n\nimport math\n" + GOOD,
        GOOD.replace("from valley import Valley", "import valley as v\nfrom valley import Valley"),
        GOOD.replace("steps: int)", "steps: int, **more: float)"),
        "# x, y, ... are the same shape; todo lists live elsewhere; the code here is short\n" + GOOD,
        GOOD.replace(
            "    before, now, losses", '    """A docstring that says: rest of the code."""\n    before, now, losses'
        ),
    ],
)
def test_honest_code_passes(text: str) -> None:
    assert read(file_reply("descent.py", text)) == text


def test_a_class_with_its_promises_elsewhere() -> None:
    dataclass = "from dataclasses import dataclass\n\n\n@dataclass\nclass Valley:\n    curvatures: list[float]\n"
    methods = "\n    def loss(self, x):\n        return 0.0\n\n    def gradient(self, x):\n        return x\n"
    assert read(file_reply("valley.py", dataclass + methods), "valley.py")
    start = "    def __init__(self, curvatures):\n        self.c = curvatures\n"
    inherited = f"class _Base:\n{methods}\n\nclass Valley(_Base):\n{start}"
    assert read(file_reply("valley.py", inherited), "valley.py")
    missing = unusable(file_reply("valley.py", dataclass.replace("curvatures", "bends") + methods), "valley.py")
    assert "no field 'curvatures'" in missing.reason
    gone = unusable(file_reply("valley.py", dataclass), "valley.py")
    assert "method Valley.loss is missing" in gone.reason and "Valley.gradient" in gone.reason


def test_abstract_methods_need_no_body() -> None:
    text = (
        "from abc import ABC, abstractmethod\n\n\nclass Valley(ABC):\n"
        "    def __init__(self, curvatures):\n        self.c = curvatures\n\n"
        "    @abstractmethod\n    def loss(self, x): ...\n\n    @abstractmethod\n    def gradient(self, x): ...\n"
    )
    assert read(file_reply("valley.py", text), "valley.py") == text


@pytest.mark.parametrize(
    ("path", "bad", "good"), [("a.json", "{", "{}\n"), ("a.yaml", "a: [", "a: 1\n"), ("a.toml", "a", "a = 1\n")]
)
def test_data_files_must_parse(path: str, bad: str, good: str) -> None:
    spec = replace(PLAN.files[0], path=path)
    plan = replace(PLAN, files=(*PLAN.files, spec))
    assert read_source(f"```\n{good}```", spec, plan, {}) == good
    with pytest.raises(InvalidReply, match="does not parse"):
        read_source(f"```\n{bad}\n```", spec, plan, {})


def test_packages_and_their_modules() -> None:
    main = replace(PLAN.files[-1], path="run.py", uses=("pkg/a.py",), interface=type(PLAN.files[0].interface)())
    inner = replace(PLAN.files[0], path="pkg/b.py", uses=("pkg/a.py",), interface=type(PLAN.files[0].interface)())
    plan = replace(
        PLAN, files=(*[replace(PLAN.files[0], path=p) for p in ("pkg/__init__.py", "pkg/a.py")], inner, main)
    )
    written = {"pkg/__init__.py": "", "pkg/a.py": "def f(): return 1\n"}
    for text in ("from pkg.a import f\n", "from pkg import a\n", "import pkg.a\n"):
        assert read_source(f"```python\n{text}```", main, plan, written) == text
    assert read_source("```python\nfrom .a import f\n```", inner, plan, written)
    for text, reason in (("from pkg.c import f\n", "no module pkg.c"), ("from pkg.a import g\n", "has no 'g'")):
        with pytest.raises(InvalidReply, match=reason):
            read_source(f"```python\n{text}```", main, plan, written)
    with pytest.raises(InvalidReply, match="leaves"):
        read_source("```python\nfrom ..a import f\n```", inner, plan, written)


def test_a_base_class_may_stand_in_a_sibling() -> None:
    spec = replace(PLAN.files[-1], path="hill.py", uses=("valley.py",), interface=PLAN.spec("valley.py").interface)  # type: ignore[union-attr]
    spec = replace(spec, interface=replace(spec.interface, classes=(replace(spec.interface.classes[0], name="Hill"),)))
    plan = replace(PLAN, files=(*PLAN.files, spec))
    text = "from valley import Valley\n\n\nclass Hill(Valley):\n    def loss(self, x):\n        return 1.0\n"
    assert read_source(f"```python hill.py\n{text}```", spec, plan, WRITTEN) == text
