import pytest

from p2c.repair.fixers.source import python2
from p2c.repair.fixers.source.python2_names import modernised
from p2c.repair.fixers.source.python2_statements import with_statements
from tests.repair.fixers.making import Finding, case, cured, error


def cut(path: str = "main.py") -> Finding:
    return Finding("compile", "Python2", "Missing parentheses in call to 'print'", path, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('print "a %s" % (\n    b,\n    c)', 'print("a %s" % (\n    b,\n    c))'),
        ('print "a" + \\\n    "b"', 'print("a" + \\\n    "b")'),
        ("if x: print 'a'; y = 1", "if x: print('a'); y = 1"),
        ("print ('a'), b", "print(('a'), b)"),
        ("print ('a %d') % 3", "print(('a %d') % 3)"),
        ("print >>out, 'x', y,", "print('x', y, file=out, end=\" \")"),
        ("print 'a # no comment'  # one", "print('a # no comment')  # one"),
        ("raise ValueError, 'no', tb", "raise ValueError('no').with_traceback(tb)"),
        ("exec 'x = 1' in scope", "exec('x = 1', scope)"),
        ("y = `x` + ur'a' + 0777 + 10L", "y = repr(x) + r'a' + 0o777 + 10"),
        ("if a <> b: pass", "if a != b: pass"),
    ],
)
def test_statements(old: str, new: str) -> None:
    assert with_statements(f"print 'first'\n{old}\n") == f"print('first')\n{new}\n"


@pytest.mark.parametrize(
    "kept",
    [
        's = "print 1 <> 2, 0777"\n',
        's = """\nprint 1\n"""\n',
        "print(1, end='')\n",
        "x = d[a:b]\nprint(x)  # print 1\n",
    ],
)
def test_what_only_looks_like_it_is_left_alone(kept: str) -> None:
    assert with_statements(kept) == kept


def test_a_file_with_more_wrong_than_that_is_left_alone() -> None:
    assert with_statements("print 'a'\ndef f(:\n") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import cPickle, os\n", "import pickle as cPickle, os\n"),
        ("import cPickle as pickle\n", "import pickle\n"),
        ("from cStringIO import StringIO\n", "from io import StringIO\n"),
        ("import urllib2\nurllib2.urlopen(u)\n", "import urllib.request as urllib2\nurllib2.urlopen(u)\n"),
        ("try:\n    import cPickle as p\nexcept ImportError:\n    import pickle as p\n", ""),
        ("import itertools\nfor a in itertools.izip(b, c): pass\n", "import itertools\nfor a in zip(b, c): pass\n"),
        ("from itertools import izip, chain\nx = izip(a)\n", "from itertools import chain\nx = zip(a)\n"),
        ("import sys\nx = sys.maxint\n", "import sys\nx = sys.maxsize\n"),
        ("x = reduce(f, y)\n", "import functools\n\n\nx = functools.reduce(f, y)\n"),
        ("x = d.has_key(k) or 1\n", "x = (k in d) or 1\n"),
        ("x = open(f)\nfile = x\nfile(1)\n", ""),
    ],
)
def test_modules_and_names(old: str, new: str) -> None:
    assert modernised(old, whole=False) == (new or old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pairs = zip(a, b)\n", "pairs = list(zip(a, b))\n"),
        ("first = d.keys()[0]\n", "first = list(d.keys())[0]\n"),
        ("index = range(m)\n", "index = list(range(m))\n"),
        ("random.shuffle(range(m))\n", "random.shuffle(list(range(m)))\n"),
        ("n = len(filter(f, a))\n", "n = len(list(filter(f, a)))\n"),
    ],
)
def test_lists_stay_lists(old: str, new: str) -> None:
    assert modernised(old, whole=False) == new


@pytest.mark.parametrize(
    "kept",
    [
        "for a in zip(b, c): pass\n",
        "x = [f(a) for a in d.items()]\n",
        "x = sorted(d.items())\n",
        "x = k in d.keys()\n",
        "n = len(d.keys())\n",
        "def zip(*a): return a\n\n\nx = zip(1, 2)\n",
        "for i in range(3): pass\n",
    ],
)
def test_what_is_only_gone_through_stays_lazy(kept: str) -> None:
    assert modernised(kept, whole=False) == kept


def test_whole_numbers_divide_down_only_where_it_was_python_2_for_certain() -> None:
    assert modernised("h = len(x) / 2\nr = a / 2\n", whole=True) == "h = len(x) // 2\nr = a / 2\n"
    assert modernised("h = len(x) / 2\n", whole=False) == "h = len(x) / 2\n"


def test_the_files_beside_are_of_the_same_python() -> None:
    files = {"main.py": "import data\nprint 'go'\n", "data.py": "rows = zip(a, b)\n", "new.py": 'x = zip(f"{a}")\n'}
    after = cured(python2.fix, case(files, cut()))
    assert after == {**files, "main.py": "import data\nprint('go')\n", "data.py": "rows = list(zip(a, b))\n"}


def test_a_list_that_is_none_any_more_where_python_3_stumbles_over_it() -> None:
    files = {"main.py": "import data\nn = len(data.rows)\n", "data.py": "rows = zip([1], [2])\n"}
    stumbled = error("TypeError", "'range' object doesn't support item deletion", "data.py")
    assert cured(python2.fix, case(files, stumbled))["data.py"] == "rows = list(zip([1], [2]))\n"


def test_a_missing_module_of_python_2() -> None:
    finding = error("ModuleNotFoundError", "No module named 'cPickle'", check="import")
    assert cured(python2.fix, case({"main.py": "import cPickle\n"}, finding)) == {
        "main.py": "import pickle as cPickle\n"
    }


def test_python_3_is_left_alone() -> None:
    files = {"main.py": "import cPickl\nrows = zip(a, b)\n"}
    assert cured(python2.fix, case(files, error("ModuleNotFoundError", "No module named 'cPickl'"))) == {}


def test_what_print_gives_was_used() -> None:
    files = {"main.py": "print ('a %d') % 3\n"}
    stumbled = error("TypeError", "unsupported operand type(s) for %: 'NoneType' and 'int'")
    assert cured(python2.fix, case(files, stumbled)) == {"main.py": "print(('a %d') % 3)\n"}


def test_what_was_a_list_is_used_in_an_array() -> None:
    files = {"main.py": "rows = [map(float, row) for row in table]\n"}
    stumbled = error("TypeError", "unsupported operand type(s) for /: 'map' and 'int'")
    assert cured(python2.fix, case(files, stumbled)) == {"main.py": "rows = [list(map(float, row)) for row in table]\n"}
    other = error("TypeError", "unsupported operand type(s) for /: 'str' and 'int'")
    assert cured(python2.fix, case(files, other)) == {}
