from __future__ import annotations

import pytest

from p2c.executor.report import Finding, Frame
from p2c.repair.fixers.imports import cycles
from tests.repair.fixers.making import case, cured

MESSAGE = "cannot import name 'fit' from partially initialized module 'trainer' (most likely due to a circular import)"
TRAINER = "from model import Net\n\n\ndef fit(x):\n    return x\n\n\nclass Special(Net):\n    pass\n"
MODEL = '"""Doc."""\nimport math\n\nfrom trainer import fit\n\n\nclass Net:\n    def run(self):\n        """Run."""\n'
MODEL += "        return fit(math.pi)\n"


def circle(*steps: tuple[str, int]) -> Finding:
    frames = tuple(Frame(path, line, "<module>") for path, line in steps)
    return Finding("import", "ImportError", MESSAGE, steps[-1][0], steps[-1][1], frames=frames)


STEPS = (("main.py", 1), ("trainer.py", 1), ("model.py", 4))
MAIN = "from trainer import fit\n"


def model_after(model: str, trainer: str = TRAINER, **more: str) -> str:
    files = {"main.py": MAIN, "trainer.py": trainer, "model.py": model, **{f"{k}.py": v for k, v in more.items()}}
    return cured(cycles.fix, case(files, circle(*STEPS))).get("model.py", "")


def test_the_failing_import_moves_into_the_functions_that_use_it() -> None:
    assert model_after(MODEL) == MODEL.replace("from trainer import fit\n\n", "").replace(
        "        return", "        from trainer import fit\n        return"
    )


def test_each_function_imports_what_it_uses() -> None:
    more = "\n\ndef one(x):\n    return T(x)\n\n\ndef two(x):\n    def inner():\n        return fit(x), T(x)\n"
    model = MODEL.replace("import fit", "import (\n    fit,\n    Special as T,\n)") + more
    after = model_after(model)
    assert "from trainer import (\n" not in after
    assert "def one(x):\n    from trainer import Special as T\n    return T(x)" in after
    assert "def two(x):\n    from trainer import fit, Special as T\n    def inner():" in after


def test_the_step_before_is_taken_where_the_last_one_cannot_move() -> None:
    model = "X = 1\n\nimport os\nfrom trainer import fit\n\nY = fit(X)\n"
    trainer = "from model import X\n\n\ndef fit(x):\n    return x + X\n"
    files = {"main.py": MAIN, "trainer.py": trainer, "model.py": model}
    after = cured(cycles.fix, case(files, circle(*STEPS)))
    assert (
        after["trainer.py"] == "\ndef fit(x):\n    from model import X\n    return x + X\n"
        and after["model.py"] == model
    )


def test_types_that_only_annotations_name_are_imported_for_those_who_check_them() -> None:
    model = MODEL.replace("import math\n", "from __future__ import annotations\nimport math\n", 1)
    model = model.replace("import fit", "import Special, fit").replace("def run(self)", "def run(self, s: Special)")
    files = {"main.py": MAIN, "trainer.py": TRAINER, "model.py": model}
    after = cured(cycles.fix, case(files, circle(*STEPS[:2], ("model.py", 5))))["model.py"]
    assert "if TYPE_CHECKING:\n    from trainer import Special\n" in after
    assert "from typing import TYPE_CHECKING\n" in after and "        from trainer import fit\n" in after
    compile(after, "model.py", "exec")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class Net:", "class Net(fit):"),
        ("class Net:", "@fit\nclass Net:"),
        ("def run(self)", "def run(self, f=fit)"),
        ("def run(self)", "def run(self, f: fit)"),
        ("import fit", "import *"),
        ('"""Doc."""', '"""Doc."""\nif 1: fit = 2'),
        ("class Net:", "__all__ = ['fit']\n\n\nclass Net:"),
        ("class Net:", "class Net:\n    x = fit\n"),
        ("        return fit(math.pi)\n", "        return fit(math.pi)\n\n\nnet = Net()\n"),
        ("        return fit(math.pi)\n", "        return math.pi\n"),
        ("        return fit(math.pi)\n", "        return fit(math.pi)\n\n\nf = lambda: fit(1)\n"),
    ],
)
def test_what_importing_the_file_needs_stays(old: str, new: str) -> None:
    model = MODEL.replace(old, new)
    line = model.split("\n").index(next(row for row in model.split("\n") if row.startswith("from trainer"))) + 1
    files = {"main.py": MAIN, "trainer.py": TRAINER, "model.py": model}
    made = case(files, circle(*STEPS[:2], ("model.py", line)))
    assert model != MODEL and cycles.fix(made) is None


def test_a_name_that_others_take_from_the_file_stays() -> None:
    assert model_after(MODEL, other="from model import fit\n") == ""
    assert model_after(MODEL, other="import model\n\nmodel.fit(1)\n") == ""
    assert model_after(MODEL, other="import model\n\nmodel.Net()\n") != ""


def test_an_import_that_leads_to_no_circle_is_not_moved() -> None:
    assert model_after(MODEL, trainer="def fit(x):\n    return x\n") == ""
    plain = Finding("import", "ImportError", "cannot import name 'fit' from 'trainer'", "model.py", 4)
    assert cycles.fix(case({"model.py": MODEL, "trainer.py": TRAINER}, plain)) is None


UTILS = "from pkg.model import GPT\n\n\ndef count(model: GPT):\n    return model\n\n\nclass Node:\n    pass\n"
GPT = "from pkg.utils import Node as CN\n\n\nclass GPT:\n    @staticmethod\n    def default():\n        return CN()\n"


@pytest.mark.parametrize(
    ("root", "script", "smoke"),
    [
        ("", "projects/adder/main.py", "PYTHONPATH=. python projects/adder/main.py"),
        ("", "projects/adder/main.py", "env PYTHONPATH=. python projects/adder/main.py"),
        ("src/", "src/main.py", "cd src && python main.py"),
        ("src/", "run.py", "python run.py"),
        ("lib/", "tools/run.py", "PYTHONPATH=lib python tools/run.py"),
        ("", "main.py", "python -m main"),
    ],
)
def test_imports_start_where_the_command_says(root: str, script: str, smoke: str) -> None:
    main = "from pkg.model import GPT\n"
    files = {f"{root}pkg/__init__.py": "", f"{root}pkg/model.py": GPT, f"{root}pkg/utils.py": UTILS, script: main}
    steps = ((script, 1), (f"{root}pkg/model.py", 1), (f"{root}pkg/utils.py", 1))
    message = (
        "cannot import name 'GPT' from partially initialized module 'pkg.model' (most likely due to a circular import)"
    )
    frames = tuple(Frame(path, line, "<module>") for path, line in steps)
    finding = Finding("import", "ImportError", message, steps[-1][0], 1, frames=frames)
    assert cured(cycles.fix, case(files, finding, smoke=smoke)), "one of the two imports moves"
