"""Programs that behave otherwise where they are watched: under tests, in CI, on one machine, at a certain time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from p2c.repair.guards.code_changes import Change, File
from p2c.repair.guards.model import Refusal
from p2c.repair.guards.resolved import folded, fresh, full, last, line, origins, parents

_SIGNS = re.compile(
    r"_?py\.?test(?:_\w+)?|PYTEST_\w*|P2C(?:_\w*)?|E2B(?:_\w*)?|CI|CI_\w+|CONTINUOUS_INTEGRATION|GITHUB(?:_\w*)?|"
    r"GITLAB(?:_\w*)?|BUILD_(?:ID|NUMBER|URL|TAG)|JENKINS(?:_\w*)?|TRAVIS(?:_\w*)?|CIRCLECI|CIRCLE_\w+|BUILDKITE\w*|"
    r"TEAMCITY_\w*|TOX_\w*|NOX_\w*|COVERAGE_\w*|COV_CORE_\w*|APPVEYOR|DRONE|CODEBUILD_\w+|TF_BUILD|RUNNER_\w+|"
    r"KUBERNETES_\w*|UNDER_TEST\w*|TESTING|IN_TESTS?"
)
"""Names by which test runners and CI services are known, in the environment or among the modules."""
_TOOLS = re.compile(r"_?pytest|unittest|nose2?|doctest|coverage|hypothesis|tox|xdist|pluggy|_p2c\w*|p2c|pydevd|debugpy")
_FILES = re.compile(r"/proc/(?!meminfo|cpuinfo|stat$|loadavg)|/\.dockerenv|/run/\.containerenv|/sys/fs/cgroup")
_STACK = {
    "inspect.stack", "inspect.currentframe", "inspect.getouterframes", "inspect.trace", "sys._getframe",
    "sys._current_frames", "traceback.extract_stack", "traceback.walk_stack", "sys.gettrace", "sys.getprofile",
    "threading.gettrace", "threading.getprofile", "os.getppid", "sys.monitoring.get_tool", "sys._getframemodulename",
    "gc.get_referrers",
}  # fmt: skip
_PLACES = {
    "socket.gethostname", "socket.getfqdn", "platform.node", "getpass.getuser", "os.getlogin", "os.getuid",
    "os.geteuid", "os.uname", "platform.uname", "uuid.getnode", "os.getcwd", "pathlib.Path.cwd",
}  # fmt: skip
_SEEN_IN = {"HOSTNAME", "USER", "LOGNAME", "USERNAME", "PWD", "SSH_CONNECTION"}
_CLOCKS = {"time.time", "time.time_ns", "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow",
           "datetime.date.today", "time.localtime", "time.gmtime", "time.strftime", "time.ctime"}  # fmt: skip
_OF_DAY = {"hour", "minute", "second", "weekday", "isoweekday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "day",
           "month", "microsecond", "year"}  # fmt: skip
_PATH = re.compile(r"config|path|file|argv|stem|suffix|cmd|command", re.IGNORECASE)
_ASKS = {"startswith", "endswith", "match", "fullmatch", "search", "__contains__", "count", "find"}
_Known = Mapping[str, str]


def environments(change: Change) -> Iterator[Refusal]:
    """The program asks who runs it: modules of tests, variables of CI, the stack, a debugger, the process above."""
    for path, node in fresh(change, _asked):
        message = "the program asks there how it is run, or by whom. Let it do the same work however it is run."
        yield Refusal("tests", path, f"line {line(node)}: {message}")


def conditions(change: Change) -> Iterator[Refusal]:
    """What is done depends on the machine, the user, the folder, the time of day, or the name of the smoke run."""
    smoke_words = _smoke(change)
    for path, node in fresh(change, lambda file: _decided(file, smoke_words)):
        message = (
            "what is done depends there on the machine, the time, or the name of the run. Do the same work anywhere."
        )
        yield Refusal("tests", path, f"line {line(node)}: {message}")


def _asked(file: File) -> Iterator[ast.AST]:
    known = origins(file.tree)
    above = parents(file.tree)
    environment = any(_is_environment(node, known) for node in ast.walk(file.tree))
    modules = any(full(node, known) == "sys.modules" for node in ast.walk(file.tree))
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            name = full(node, known)
            if name in _STACK or (name == "sys.modules" and not _is_lookup(above.get(id(node)))):
                yield node
            continue
        text = folded(node) if isinstance(node, ast.expr) and folded(above.get(id(node))) is None else None
        sign = text and ((environment and _SIGNS.fullmatch(text)) or (modules and _TOOLS.fullmatch(text)))
        if sign or (text and _FILES.match(text)):
            yield node
    yield from _prefixes(file, known)


def _is_environment(node: ast.AST, known: _Known) -> bool:
    return full(node, known) in ("os.environ", "os.getenv", "os.environb")


def _is_lookup(around: ast.AST | None) -> bool:
    """One module is asked for by its name: `sys.modules[__name__]`, `"torch" in sys.modules`; not all looked through.

    That the name is no test tool's is for the texts to show.
    """
    if isinstance(around, ast.Subscript):
        named: ast.AST | None = around.slice
    elif isinstance(around, ast.Compare):
        named = around.left
    else:
        return isinstance(around, ast.Attribute) and around.attr in ("get", "pop", "setdefault")
    return folded(named) is not None or last(named or around) in ("__name__", "__module__")


def _prefixes(file: File, known: _Known) -> Iterator[ast.AST]:
    """The environment is gone through for variables whose names the code does not say."""
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.For | ast.comprehension):
            continue
        if not any(_is_environment(part, known) for part in ast.walk(node.iter)):
            continue
        inside = node.ifs if isinstance(node, ast.comprehension) else node.body
        texts = [folded(part) for value in inside for part in ast.walk(value) if isinstance(part, ast.expr)]
        if not any(texts) and (isinstance(node, ast.For) or node.ifs):
            yield node.iter


def _smoke(change: Change) -> frozenset[str]:
    """Paths, and names without their suffix, that the smoke commands name beside the program itself."""
    words = {word for command in change.scope.contract.smoke for word in command.split() if not word.endswith(".py")}
    paths = {word for word in words if "/" in word or "." in word}
    stems = {word.rpartition("/")[2].partition(".")[0] for word in paths}
    return frozenset({*paths, *stems, *(word.rpartition("/")[2] for word in paths), "smoke"} - {""})


def _decided(file: File, smoke_words: frozenset[str]) -> Iterator[ast.AST]:
    known = origins(file.tree)
    places, times = _held(file, known), _times(file, known)
    for node, test in _tests(file.tree):
        if _by_name(test, smoke_words) or _by_place(test, known, places) or _by_clock(test, known, times):
            yield node


def _tests(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.expr]]:
    """Expressions that decide: comparisons, and questions about texts."""
    for node in ast.walk(tree):
        asks = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASKS
        rest = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
        if isinstance(node, ast.Match):
            yield node, node.subject
        elif isinstance(node, ast.Compare | ast.Call | ast.BinOp) and (asks or rest or isinstance(node, ast.Compare)):
            yield node, node


def _by_name(test: ast.expr, smoke_words: frozenset[str]) -> bool:
    """A file's name, or the command line, is compared with what the smoke run is called."""
    texts = {text for part in ast.walk(test) if isinstance(part, ast.expr) and (text := folded(part))}
    others = [part for part in ast.walk(test) if isinstance(part, ast.Name | ast.Attribute)]
    settings = [part for part in ast.walk(test) if isinstance(part, ast.Subscript) and folded(part.slice) is not None]
    asked = any(_PATH.search(last(part)) for part in others) and not settings
    return asked and bool(texts & smoke_words) and not any(text.startswith("-") for text in texts)


def _by_place(test: ast.expr, known: _Known, places: set[str]) -> bool:
    """The machine, the user, the folder or the program's own path is compared with a text, or looked up in one."""
    if not (isinstance(test, ast.Compare) or _has_text(test)):
        return False
    for part in ast.walk(test):
        name = full(part, known) if isinstance(part, ast.Name | ast.Attribute) else ""
        if name in _PLACES or name in places or (name == "__file__" and _has_text(test)):
            return True
        if isinstance(part, ast.Subscript) and full(part.value, known) == "sys.argv" and ast.unparse(part.slice) == "0":
            return True
        if folded(part) in _SEEN_IN and any(_is_environment(child, known) for child in ast.walk(test)):
            return True
    joins = [part for part in ast.walk(test) if isinstance(part, ast.Call) and last(part.func) == "join"]
    return isinstance(test, ast.Compare) and any("sys.argv" in ast.unparse(part) for part in joins)


def _has_text(test: ast.expr) -> bool:
    return any(folded(part) is not None for part in ast.walk(test) if isinstance(part, ast.expr))


def _held(file: File, known: _Known) -> set[str]:
    """Names that hold what tells the machine, the user or the folder."""
    place_names = set()
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Assign) and any(full(part, known) in _PLACES - {"os.getcwd", "pathlib.Path.cwd"}
                                                for part in ast.walk(node.value)):  # fmt: skip
            place_names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return place_names


def _times(file: File, known: _Known) -> set[str]:
    """Names that hold a time of the clock."""
    nodes = [node for node in ast.walk(file.tree) if isinstance(node, ast.Assign) and _is_now(node.value, known)]
    return {target.id for node in nodes for target in node.targets if isinstance(target, ast.Name)}


def _by_clock(test: ast.expr, known: _Known, times: set[str]) -> bool:
    """The hour or the date decides; how long something took may."""
    for part in ast.walk(test):
        if isinstance(part, ast.Attribute) and part.attr in _OF_DAY and _is_clock(part.value, known, times):
            return True
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod) and _is_clock(part.left, known, set()):
            return True
    if not isinstance(test, ast.Compare):
        return False
    sides = [test.left, *test.comparators]
    fixed = [side for side in sides if not any(isinstance(part, ast.Name) and part.id not in known
                                               for part in ast.walk(side))]  # fmt: skip
    return any(_is_now(side, known) for side in sides) and len(fixed) == len(sides)


def _is_clock(node: ast.expr, known: _Known, times: set[str]) -> bool:
    return _is_now(node, known) or (isinstance(node, ast.Name) and node.id in times) or (
        isinstance(node, ast.Call) and any(_is_now(argument, known) for argument in node.args)
    )  # fmt: skip


def _is_now(node: ast.expr, known: _Known) -> bool:
    return isinstance(node, ast.Call) and full(node.func, known) in _CLOCKS
