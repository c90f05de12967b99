import json

import pytest

from p2c.repair.fixers.source import escaped_lines
from tests.repair.fixers.making import case, cured, error

FAILED = error("AttributeError", "'NoneType' object has no attribute 'get'")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("config.yaml", '## config.yaml\ntraining:\n  epochs: 15\n  optimizer: "adam"\n'),
        ("config.json", '{\n  "epochs": 3,\n  "name": "a"\n}\n'),
        ("model.py", 'import os\n\n\ndef f():\n    return "a\\n"\n'),
        ("requirements.txt", "numpy\npyyaml\nscipy\n"),
    ],
)
def test_the_inside_of_a_string_is_written_out(path: str, text: str) -> None:
    saved = json.dumps(text)[1:-1]
    assert cured(escaped_lines.fix, case({"main.py": "", path: saved}, FAILED))[path] == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("config.yaml", 'message: "one\\ntwo\\nthree"\n'),
        ("config.yaml", "# a comment with \\n and \\n and \\n\n"),
        ("data.json", '["a\\nb\\nc"]'),
        ("one.py", 'print("a\\nb\\nc")\n'),
        ("notes.md", "a\\nb\\nc"),
    ],
)
def test_what_means_its_line_ends_is_left_alone(path: str, text: str) -> None:
    assert cured(escaped_lines.fix, case({"main.py": "", path: text}, FAILED)) == {}
