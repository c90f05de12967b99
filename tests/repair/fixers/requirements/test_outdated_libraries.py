from __future__ import annotations

import pytest

from p2c.executor.report import Finding, Frame
from p2c.repair.fixers.requirements import outdated_libraries
from tests.repair.fixers.making import case, cured


def inside_of(library: str, rule: str, message: str, *more: Frame, detail: str = "") -> Finding:
    frames = (
        Frame("main.py", 1, "<module>", "import it"),
        Frame(f"site-packages/{library}/a.py", 2, "f", inside=False),
    )
    return Finding("import", rule, message, "main.py", 1, frames=(*frames, *more), detail=detail)


IN_NUMPY = Frame("site-packages/numpy/__init__.py", 7, "__getattr__", inside=False)
GCD = inside_of("networkx", "ImportError", "cannot import name 'gcd' from 'fractions' (python/fractions.py)")
BOOL8 = inside_of("gym", "AttributeError", "module 'numpy' has no attribute 'bool8'", IN_NUMPY)
INT = inside_of("gym", "AttributeError", "module 'numpy' has no attribute 'int'.", IN_NUMPY)
BUILT = inside_of("pandas", "ValueError", "numpy.dtype size changed, may indicate binary incompatibility")


@pytest.mark.parametrize(
    ("finding", "before", "after"),
    [
        (GCD, "networkx>=1,<2\nnumpy>=1,<2\n", "networkx\nnumpy>=1,<2\n"),
        (BOOL8, "gym\nnumpy\n", "gym\nnumpy<2\n"),
        (BOOL8, "gym\n", "gym\nnumpy<2\n"),
        (BOOL8, "gym\nnumpy>=1.20\n", "gym\nnumpy>=1.20,<2\n"),
        (INT, "gym\nnumpy\n", "gym\nnumpy<1.24\n"),
        (BOOL8, "gym==0.21.0\nnumpy\n", "gym\nnumpy\n"),
        (BUILT, "pandas==2.0.0\nnumpy\n", "pandas\nnumpy\n"),
    ],
)
def test_a_library_that_fails_inside_of_itself(finding: Finding, before: str, after: str) -> None:
    files = {"main.py": "", "requirements.txt": before}
    assert cured(outdated_libraries.fix, case(files, finding))["requirements.txt"] == after


@pytest.mark.parametrize(
    ("finding", "requirements"),
    [
        (GCD, "networkx\n"),
        (BOOL8, "gym\nnumpy<2\n"),
        (
            Finding(
                "smoke",
                "AttributeError",
                "module 'numpy' has no attribute 'bool8'",
                "main.py",
                1,
                frames=(Frame("main.py", 1, "f", "np.bool8"), IN_NUMPY),
            ),
            "numpy\n",
        ),
        (inside_of("networkx", "ValueError", "no path"), "networkx==1.11\n"),
        (inside_of("networkx", "ImportError", "cannot import name 'x' from 'scipy'"), "networkx==1.11\n"),
    ],
)
def test_otherwise_it_is_silent(finding: Finding, requirements: str) -> None:
    assert outdated_libraries.fix(case({"main.py": "", "requirements.txt": requirements}, finding)) is None
