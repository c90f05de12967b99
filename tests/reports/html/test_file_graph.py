from __future__ import annotations

from p2c.repo import Repo
from p2c.reports.file_dependencies import uses_of_plan, uses_of_repo
from p2c.reports.html.file_graph import MOST_NODES, folded, render_graph
from tests.reports.samples import HOSTILE


def test_imports_are_read_from_the_files():
    repo = Repo(
        {
            "main.py": "import os, numpy\nfrom pkg import model\nfrom pkg.data import load\nimport settings\n",
            "settings.py": "",
            "pkg/__init__.py": "from .model import Net\n",
            "pkg/model.py": "from . import data\nfrom .data import load\n",
            "pkg/data.py": "from ..settings import x\n",
            "broken.py": "import (",
            "README.md": "import settings",
        }
    )

    assert uses_of_repo(repo) == {
        "main.py": ("pkg/model.py", "pkg/data.py", "settings.py"),
        "settings.py": (),
        "pkg/__init__.py": ("pkg/model.py",),
        "pkg/model.py": ("pkg/data.py",),
        "pkg/data.py": ("settings.py",),
        "broken.py": (),
    }


def test_a_src_folder_and_a_script_s_own_folder_are_on_the_path():
    repo = Repo(
        {"src/pkg/a.py": "import pkg.b", "src/pkg/b.py": "", "tools/run.py": "import near", "tools/near.py": ""}
    )
    uses = uses_of_repo(repo)

    assert uses["src/pkg/a.py"] == ("src/pkg/b.py",)
    assert uses["tools/run.py"] == ("tools/near.py",)


def test_a_plan_says_what_uses_what():
    plan = {"files": [{"path": "a.py", "uses": ["b.py", "gone.py", "a.py"]}, {"path": "b.py", "uses": []}]}

    assert uses_of_plan(plan) == {"a.py": ("b.py",), "b.py": ()}


def test_the_drawing_has_a_title_a_description_and_the_same_in_words():
    markup = render_graph({"main.py": ("model.py",), "model.py": ()}).markup

    assert "<title>Dependencies between the 2 files</title><desc>Arrows point from a file to one that it uses" in markup
    assert 'role="img"' in markup
    assert markup.count("<rect") == markup.count("<text") == 2
    assert markup.count('class="edge"') == markup.count('class="head"') == 1
    assert "<b><bdi>main.py</bdi></b> <bdi>uses model.py</bdi>" in markup
    assert "uses no other file" in markup


def test_one_file_needs_no_drawing():
    assert render_graph({"main.py": ()}) is None


def test_of_many_files_the_folders_are_drawn():
    uses = {f"pkg/part{n % 5}/m{n}.py": (f"pkg/part{(n + 1) % 5}/m{(n + 1) % 100}.py",) for n in range(100)}
    drawn = folded(uses, MOST_NODES)

    assert set(drawn) == {f"pkg/part{n}/" for n in range(5)}
    assert drawn["pkg/part0/"] == ("pkg/part1/",)
    assert "The repository has 100 files; the graph shows folders." in render_graph(uses).markup


def test_of_too_many_files_in_one_folder_those_with_most_ties_are_drawn():
    uses = {"hub.py": tuple(f"m{n}.py" for n in range(50)), **{f"m{n}.py": () for n in range(200)}}
    drawn = folded(uses, MOST_NODES)

    assert len(drawn) == MOST_NODES
    assert len(drawn["hub.py"]) == MOST_NODES - 1


def test_hostile_paths_are_text():
    markup = render_graph({HOSTILE: ("x.py",), "x.py": ()}).markup

    assert "<script" not in markup
    assert "\u202e" not in markup
