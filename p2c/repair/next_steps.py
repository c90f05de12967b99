"""What the user can do about a failure that no patch of the code fixes: data, network, time, arguments, keys."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from p2c import python_source
from p2c.executor.checks import left_out
from p2c.executor.report import Finding
from p2c.executor.requirements.distributions import distributions
from p2c.repo import Repo
from p2c.untrusted_text import legible

_NO_FILE = re.compile(
    r"No such file or directory: b?['\"]([^'\"]+)['\"]|['\"]?([\w./-]+\.\w+)['\"]? (?:was )?not found|"
    r"(?:[Ff]ile|[Pp]ath|[Dd]irectory|[Ff]older)(?: not found| does not exist)?:? "
    r"['\"]?([\w./-]+/[\w./-]*|[\w-]+\.\w+)['\"]?"
)
_NETWORK = re.compile(
    r"\b(?:URLError|gaierror|ConnectionError|ConnectTimeout|NewConnectionError|MaxRetryError|LocalEntryNotFoundError|"
    r"OfflineModeIsEnabled|APIConnectionError|ConnectError|ProxyError)\b|Temporary failure in name resolution|"
    r"Name or service not known|Network is unreachable|Max retries exceeded|[Cc]ouldn't connect to|"
    r"Couldn't reach|Failed to establish a new connection|Could not resolve host|No address associated with hostname"
)
_KEY = re.compile(r"\b([A-Z][A-Z0-9_]*(?:API_KEY|TOKEN|SECRET)\b)|(?i:api[_ ]key (?:client option )?must be)")
_REQUIRED = re.compile(r"the following arguments are required: ([^\n]+)")
_EMPTY = re.compile(r"num_samples=0\b|Found 0 (?:files|images)|[Cc]ouldn't find any class folder|[Dd]ataset is empty")
_GPU = re.compile(r"no NVIDIA driver|not compiled with CUDA|CUDA-capable device|No CUDA GPUs|CUDA is not available")
_MODULE = re.compile(r"No module named '([\w.]+)'")
_SIZE = re.compile(
    r"^(?:n|num|max|total|min)_?\w*(?:epoch|iter|step|sample|episode|round|trial|batch|run|point)\w*$|"
    r"^(?:epochs?|iters?|iterations?|steps?|episodes?|rounds?|trials?|runs|limit|subset|quick|smoke\w*|debug|fast|"
    r"dry_?run|samples?|timesteps|T|generations|sweeps)$"
)
_SETTING = re.compile(r"^[^\S\n]*[\"']?(\w+)[\"']?\s*[:=]\s*\d", re.MULTILINE)
_SMALL = re.compile(r"smoke|quick|toy|debug|demo|tiny|mini|synth|dry", re.IGNORECASE)
_CONFIGS = (".yaml", ".yml", ".json", ".toml")


def advice(finding: Finding, repo: Repo) -> str:
    """Return what a person could do about a finding; '' where mending the code is the way."""
    output = f"{finding.rule}: {finding.message}\n{finding.detail}"
    for advise in _ADVICE:
        text = advise(finding, output, repo)
        if text:
            return text
    return ""


def _network(_finding: Finding, output: str, _repo: Repo) -> str:
    if not _NETWORK.search(output):
        return ""
    return (
        "The run needs the network, which generated code does not get. Put the files into the folder and read "
        "them from there, or name a small run that needs no network: --run CMD, or [run] smoke in p2c.toml."
    )


def _key(finding: Finding, _output: str, _repo: Repo) -> str:
    match = _KEY.search(finding.message)
    if not match:
        return ""
    name = match[1] or "an API key"
    return f"The run needs {name}, and generated code gets no secrets. Name a run that needs none: --run CMD."


def _left_out(finding: Finding, _output: str, repo: Repo) -> str:
    hint = left_out.hint(finding, repo)
    return f"{hint}." if hint else ""


def _file(finding: Finding, _output: str, repo: Repo) -> str:
    match = _NO_FILE.search(finding.message)
    missed = re.search(r"FileNotFound|not found|No such file|does not exist", f"{finding.rule}: {finding.message}")
    if not match or not missed:
        return ""
    name = match[1] or match[2] or match[3]
    if name.endswith((".py", ".so")) or name in repo.files:
        return ""
    return (
        f"{name} is not in the folder. Put it there (relative to the folder's root, where commands run), "
        "or name a run that generates its own small data: --run CMD, or [run] smoke in p2c.toml."
    )


def _empty(_finding: Finding, output: str, _repo: Repo) -> str:
    if not _EMPTY.search(output):
        return ""
    return (
        "The run found no data. Put the data where the run expects it, or name a run that generates small data: "
        "--run CMD, or [run] smoke in p2c.toml."
    )


def _time(finding: Finding, _output: str, repo: Repo) -> str:
    if finding.rule not in {"Timeout", "OutOfMemory"}:
        return ""
    options = list(dict.fromkeys([*_options(repo), *_settings(repo)]))[:5]
    sizes = f" The size of the run is set by {', '.join(options)}." if options else ""
    longer = ", or raise the limit with --timeout SECONDS" if finding.rule == "Timeout" else ""
    return f"Name a smaller run: --run CMD, or [run] smoke in p2c.toml{longer}.{sizes}"


def _options(repo: Repo) -> Iterator[str]:
    """Yield the command-line options that say how much is done."""
    for path in repo.python_files():
        tree = python_source.parse(repo.files[path])
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
                names = (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))
                yield from (name for name in names if _SIZE.match(name.lstrip("-").replace("-", "_")))


def _settings(repo: Repo) -> Iterator[str]:
    """Yield the settings in configuration files that say how much is done."""
    for path, text in repo.files.items():
        if path.endswith(_CONFIGS) and not path.endswith(("package.json", "pyproject.toml", "p2c.toml")):
            for name in _SETTING.findall(legible(text)):
                if _SIZE.match(name):
                    yield f"{name} in {path}"


def _arguments(finding: Finding, output: str, repo: Repo) -> str:
    match = _REQUIRED.search(output)
    if not match:
        return ""
    script = re.search(r"python3? (?:-m )?[^\s`]+", finding.message)
    words = [_spelled(name.strip(), repo) for name in match[1].split(",")]
    return (
        f'Name the full command with your own values: --run "{script[0] if script else "python ..."} {" ".join(words)}"'
    )


def _words(finding: Finding, _output: str, _repo: Repo) -> str:
    """It reads its command line by itself."""
    code = finding.frames[-1].code if finding.frames else ""
    if finding.rule not in {"IndexError", "ValueError"} or "sys.argv" not in code:
        return ""
    return f'The script reads arguments (`{code.strip()}`). Name the full command: --run "python {finding.path} ..."'


def _spelled(name: str, repo: Repo) -> str:
    """A required argument as it may be given: with the smallest-sounding of its choices, where it has some."""
    name = name.split("/")[-1]
    choices = list(_choices(name, repo))
    value = next((choice for choice in choices if _SMALL.search(choice)), choices[0] if choices else "...")
    return f"{name} {value}" if name.startswith("-") else value


def _choices(name: str, repo: Repo) -> Iterator[str]:
    """Yield the choices that the parser of an argument lists, there or in constants of the same file."""
    for path in repo.python_files():
        tree = python_source.parse(repo.files[path])
        nodes = list(ast.walk(tree)) if tree else []
        for node in nodes:
            if isinstance(node, ast.Call) and any(isinstance(a, ast.Constant) and a.value == name for a in node.args):
                named = dict(_assigned(nodes))
                value = next((word.value for word in node.keywords if word.arg == "choices"), None)
                value = named.get(value.id) if isinstance(value, ast.Name) else value
                listed = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else []
                items = [named.get(item.id) if isinstance(item, ast.Name) else item for item in listed]
                yield from (str(item.value) for item in items if isinstance(item, ast.Constant))


def _assigned(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr | None]]:
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if isinstance(target, ast.Name):
                yield target.id, node.value


def _gpu(_finding: Finding, output: str, _repo: Repo) -> str:
    if not _GPU.search(output):
        return ""
    return "The run needs a GPU, and there is none here. Make it fall back to the CPU, or use a machine with a GPU."


def _module(finding: Finding, _output: str, repo: Repo) -> str:
    match = _MODULE.search(finding.message)
    if not match or distributions(match[1]) or finding.rule not in {"ModuleNotFoundError", "ImportError"}:
        return ""
    return (
        f"p2c does not know what provides {match[1].partition('.')[0]!r}, and installs nothing on a guess: "
        "add the distribution to requirements.txt, or add the module's file."
    )


_ADVICE: tuple[Callable[[Finding, str, Repo], str], ...] = (
    _network,
    _gpu,
    _key,
    _arguments,
    _words,
    _time,
    _left_out,
    _file,
    _empty,
    _module,
)


def first_advice(findings: Iterable[Finding], repo: Repo) -> str:
    """Return the advice about the first finding that there is any about."""
    return next((text for finding in findings if (text := advice(finding, repo))), "")
