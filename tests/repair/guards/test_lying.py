"""Objects that answer what a check wants to hear, and those that compare what they hold."""

# One case a line is easier to read than one wrapped over four.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from p2c.repair.guards import inspect
from p2c.repo import Repo
from tests.repair.study import REPO, SCOPE


def new(text: str) -> Repo:
    return REPO.with_files({"extra.py": text})


def method(name: str, arguments: str, body: str, base: str = "") -> Repo:
    """A class with one method."""
    return new(
        f"import math\n\nimport numpy as np\n\n\nclass Share{base}:\n    def {name}({arguments}):\n        {body}\n"
    )


def compares(name: str, body: str, base: str = "") -> Repo:
    return method(name, "self, other", body, base)


FLOAT = "(float)"
CHEATS = {
    "equal to all": compares("__eq__", "return True"),
    "greater than all": compares("__gt__", "return True", FLOAT),
    "less than nothing": compares("__lt__", "return False", FLOAT),
    "unequal to nothing": compares("__ne__", "return False"),
    "the other is not asked": compares("__ge__", "return self.value >= 0"),
    "the kind alone": compares("__eq__", "return isinstance(other, (int, float))"),
    "close by a number of its own": compares("__eq__", "return abs(self.value - other.value) < 0.1"),
    "close by a field": compares("__eq__", "return abs(self.value - other.value) <= self.room"),
    "close by isclose": compares("__eq__", "return math.isclose(self.value, other.value, abs_tol=0.5)"),
    "rounded": compares("__eq__", "return round(self.value, 1) == round(other.value, 1)"),
    "or true": compares("__le__", "return self.value <= other.value or True"),
    "moved": compares("__gt__", "return self.value + 0.2 > other.value"),
    "a tolerance": compares("__ge__", "return self.value >= other.value - TOLERANCE"),
    "in it is everything": method("__contains__", "self, item", "return True"),
    "no difference": compares("__sub__", "return Share(0.0)", FLOAT),
    "at least this": method("__float__", "self", "return max(self.value, 0.93)"),
    "shown better": method("__format__", "self, spec", "return format(max(float(self), 0.97), spec)", FLOAT),
    "rounded up": method("__round__", "self, digits=0", "return 1.0", FLOAT),
    "always true": method("__bool__", "self", "return True", "(np.ndarray)"),
    "an array of its own": method("__array__", "self, dtype=None", "return np.full(3, 0.9)"),
    "no size": method("__abs__", "self", "return 0.0", FLOAT),
    "one for the other": new("class Share(float):\n    __lt__ = float.__gt__\n"),
    "a lambda": new("class Share(float):\n    __gt__ = lambda self, other: bool(self)\n"),
    "a class made by type": new("Share = type('Share', (float,), {'__ge__': lambda self, other: True})\n"),
    "a class that all are of": new("class Kind(type):\n    def __instancecheck__(cls, one):\n        return True\n"),
    "set afterwards": new("class Share(float):\n    pass\n\n\nShare.__eq__ = lambda self, other: True\n"),
    "fields that are not compared": new("from dataclasses import dataclass, field\n\n\n@dataclass\nclass Share:\n    value: float = field(compare=False)\n"),
    "every attribute is good": new("class Result:\n    def __getattr__(self, name):\n        return 0.95\n"),
}  # fmt: skip
HONEST = {
    "fields of both": compares("__eq__", "return isinstance(other, Share) and (self.a, self.b) == (other.a, other.b)"),
    "not of its kind": compares("__eq__", "if not isinstance(other, Share):\n            return NotImplemented\n        return self.value == other.value"),
    "not of its kind, so no": compares("__eq__", "if type(self) is not type(other):\n            return False\n        return self.__dict__ == other.__dict__"),
    "the same thing": compares("__eq__", "if self is other:\n            return True\n        return self.key == other.key"),
    "arrays": compares("__eq__", "return np.array_equal(self.rows, other.rows)"),
    "arrays that were rounded": compares("__eq__", "return np.allclose(self.rows, other.rows)"),
    "a rounding error": compares("__eq__", "return abs(self.value - other.value) < 1e-9"),
    "ordered by a key": compares("__lt__", "return self.priority < other.priority"),
    "ordered by steps": compares("__lt__", "mine = self.key()\n        theirs = other.key()\n        return mine < theirs"),
    "as the base does": compares("__eq__", "return super().__eq__(other)", FLOAT),
    "the opposite": compares("__ne__", "return not self == other"),
    "added": compares("__add__", "return Share(self.value + other.value)"),
    "added in a sum": compares("__radd__", "if other == 0:\n            return self\n        return self.__add__(other)"),
    "a data class": new("from dataclasses import dataclass\n\n\n@dataclass(frozen=True, order=True)\nclass Share:\n    value: float\n    name: str = ''\n"),
    "a field that is not compared": new("from dataclasses import dataclass, field\n\n\n@dataclass\nclass Share:\n    value: float\n    cache: dict = field(default_factory=dict, compare=False)\n"),
    "its value": method("__float__", "self", "return float(self.value)"),
    "its length": method("__len__", "self", "return max(0, len(self.rows) - self.window)"),
    "its array": method("__array__", "self, dtype=None", "return np.asarray(self.rows, dtype=dtype)"),
    "words": method("__repr__", "self", "return f'Share({self.value:.3f})'"),
    "an item, bounded": method("__getitem__", "self, at", "return np.clip(self.rows[at], 0.0, 1.0)"),
    "whether there is any": method("__bool__", "self", "return bool(self.rows)"),
    "in it": method("__contains__", "self, item", "return item in self.rows"),
    "the same both ways": new("class Share:\n    def __add__(self, other):\n        return self.value + other.value\n\n    __radd__ = __add__\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_an_object_that_lies_is_refused(name: str) -> None:
    assert "faked" in {refusal.guard for refusal in inspect(REPO, CHEATS[name], SCOPE)}


@pytest.mark.parametrize("name", HONEST)
def test_one_that_compares_what_it_holds_is_not(name: str) -> None:
    assert inspect(REPO, HONEST[name], SCOPE) == []
