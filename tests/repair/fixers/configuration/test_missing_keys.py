from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
import yaml

from p2c.executor.in_sandbox._p2c_exceptions import shape_of
from p2c.executor.report import Finding, Frame
from p2c.repair.fixers.configuration import missing_keys
from p2c.repair.fixers.configuration.text_edits import with_setting
from tests.repair.fixers.making import case, cured

CONFIG = "seed: 1\ntrain:\n  epochs: 3  # few\n  rate: 0.1\nlast: [1]\n"
MAIN = "import yaml\nfrom model import Net\n\nnet = Net(o['epochs'], width=o['width'])\n"
NET = "class Net:\n    def __init__(self, epochs, width=64):\n        self.width = width\n"
LOCALS = {"o": "dict of 2: 'epochs': 3, 'rate': 0.1"}


def lacks(name: str, local: Mapping[str, str] = LOCALS, line: int = 4) -> Finding:
    frames = (Frame("main.py", line, "main", locals=local),)
    return Finding("smoke", "KeyError", f"'{name}'", "main.py", line, frames=frames)


def config_after(files: Mapping[str, str], finding: Finding, path: str = "config.yaml") -> str:
    return cured(missing_keys.fix, case(files, finding)).get(path, "")


def test_the_default_of_the_parameter_that_takes_it_is_set_where_it_is_read() -> None:
    after = config_after({"main.py": MAIN, "model.py": NET, "config.yaml": CONFIG}, lacks("width"))
    assert after == CONFIG.replace("  rate: 0.1\n", "  rate: 0.1\n  width: 64\n")


def test_variables_are_read_as_the_recorder_describes_them() -> None:
    seen = {"epochs": 3, "rate": {"first": 0.1, "last": [1, 2]}, "name": "a, b"}
    config = "train:\n  epochs: 3\n  rate: {first: 0.1, last: [1, 2]}\n  name: a, b\n"
    files = {"main.py": MAIN, "model.py": NET, "config.yaml": config}
    after = config_after(files, lacks("width", {"o": shape_of(seen)}))
    assert after == config + "  width: 64\n"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("w = cfg.get('width', 32)\n", 32),
        ("p.add_argument('--width', type=int, default=16)\n", 16),
        ("@dataclass\nclass C:\n    width: float = 1e-05\n", 1e-05),
        ("def build(depth, *, width='wide'):\n    pass\n", "wide"),
        ("w = cfg.get('width', True)\n", True),
    ],
)
def test_the_one_default_that_the_code_has_elsewhere(code: str, value: object) -> None:
    main = "import yaml\n\n\nw = o['width']\n"
    after = config_after({"main.py": main, "other.py": code, "config.yaml": CONFIG}, lacks("width"))
    assert yaml.safe_load(after)["train"] == {"epochs": 3, "rate": 0.1, "width": value}


def test_keys_along_the_way_are_followed_from_the_variable_that_was_seen() -> None:
    main = "import yaml\n\n\nw = c['train']['width']\nv = c.get('width', 8)\n"
    local = {"c": "dict of 3: 'seed': 1, 'train': dict of 2: 'epochs', 'rate', 'last': list [1]"}
    after = config_after({"main.py": main, "config.yaml": CONFIG}, lacks("width", local))
    assert yaml.safe_load(after)["train"]["width"] == 8


def test_what_else_is_read_of_an_attribute_tells_the_table() -> None:
    main = "import yaml\n\nx = self.c['epochs'], self.c['rate']\nw = self.c['width']\nv = c.get('width', 8)\n"
    assert "  width: 8\n" in config_after({"main.py": main, "config.yaml": CONFIG}, lacks("width", {}))
    alone = main.replace("self.c['rate']", "0")
    assert config_after({"main.py": alone, "config.yaml": CONFIG}, lacks("width", {})) == ""


def test_json_stays_json() -> None:
    main = "w = o['width']\n"
    text = '{\n  "train": {\n    "epochs": 3,\n    "rate": 0.1\n  }\n}\n'
    files = {"main.py": main, "m.py": "x.get('width', 'a b')\n", "config.json": text}
    after = config_after(files, lacks("width", line=1), "config.json")
    assert after == text.replace("0.1\n", '0.1,\n    "width": "a b"\n')
    assert json.loads(after)["train"]["width"] == "a b"


@pytest.mark.parametrize(
    ("files", "local"),
    [
        ({"m.py": "x.get('width', 1)\ny.get('width', 2)\n"}, LOCALS),
        ({"m.py": "x.get('width', None)\ndef f(width=other): ...\n"}, LOCALS),
        ({"m.py": ""}, LOCALS),
        ({"m.py": "x.get('width', 1)\n"}, {"o": "dict of 2: 'epochs': 3, 'other': 0.1"}),
        ({"m.py": "x.get('width', 1)\n"}, {"o": "dict of 20: 'epochs': 3, 'rate': 0.1"}),
        ({"m.py": "x.get('width', 1)\n", "b.yaml": "epochs: 1\nrate: 2\n"}, LOCALS),
    ],
)
def test_no_default_two_or_no_certain_place_means_silence(files: dict[str, str], local: dict[str, str]) -> None:
    made = {"main.py": "import yaml\n\n\nw = o['width']\n", "config.yaml": CONFIG, **files}
    assert config_after(made, lacks("width", local)) == ""


def test_a_key_error_of_something_else_is_not_one_of_settings() -> None:
    outside = Frame("site-packages/pandas/x.py", 1, "get", inside=False)
    frames = (Frame("main.py", 4, "main", locals=LOCALS), outside)
    files = {"main.py": MAIN, "model.py": NET, "config.yaml": CONFIG}
    finding = Finding("smoke", "KeyError", "'width'", "main.py", 4, frames=frames)
    assert missing_keys.fix(case(files, finding)) is None
    assert missing_keys.fix(case(files, Finding("smoke", "KeyError", "3", "main.py", 4, frames=frames[:1]))) is None


@pytest.mark.parametrize(
    ("text", "keys", "expected"),
    [
        ("a: {b: 1, c: 2}  # x\nd: 3\n", ("a",), "a: {b: 1, c: 2, n: 5}  # x\nd: 3\n"),
        ("a:\n  b:\n    - x: 2\n\n# end\nd: 3\n", ("a",), "a:\n  b:\n    - x: 2\n  n: 5\n\n# end\nd: 3\n"),
        ("a: 1\nb: 2", (), "a: 1\nb: 2\nn: 5\n"),
        ("a: 1\r\nb: 2\r\n", (), "a: 1\r\nb: 2\r\nn: 5\r\n"),
        ("a: |\n  text\n  more\nb:\n", (), "a: |\n  text\n  more\nb:\nn: 5\n"),
        ("t: |\n  text\n", (), "t: |\n  text\nn: 5\n"),
        ("{}", (), None),
        ("- 1\n", (), None),
    ],
)  # fmt: skip
def test_a_setting_is_added_and_nothing_else_changes(text: str, keys: tuple[str, ...], expected: str | None) -> None:
    assert with_setting(text, keys, "n", 5) == expected
