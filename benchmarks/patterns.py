"""Regular expressions against texts that were made to be slow for them.

python -m benchmarks.patterns [PART OF A PATH]...

Of every pattern that stands as text in `p2c/` all matches are looked for in strings of LENGTH characters: up to three
characters of the pattern's own alphabet again and again, behind a head. What takes longer than a linear search could is
told with its place and the string; the time is that of the processor, each pattern has a process of its own.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import resource
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "p2c"
LENGTH = 3_000
SECONDS = 0.03
"""Of processor time; a linear search of LENGTH characters takes a few tenths of a millisecond."""
CPU = 15
FUNCTIONS = frozenset("compile search match fullmatch sub subn split findall finditer".split())


def patterns(parts: list[str]) -> Iterator[tuple[str, str, int]]:
    """Yield (place, pattern, flags) of each pattern that stands as one text in the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if parts and not any(part in str(path) for part in parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_re(node.func) and node.args:
                text = _text(node.args[0])
                if text is not None:
                    yield f"{path.relative_to(PACKAGE.parent)}:{node.lineno}", text, _flags(node)


def _is_re(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "re"
        and node.attr in FUNCTIONS
    )


def _text(node: ast.expr) -> str | None:
    """Return a pattern; what is filled in stands for a word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "word" for part in node.values)
    return None


def _flags(node: ast.Call) -> int:
    named = [
        part.attr for one in (*node.args, *node.keywords) for part in ast.walk(one) if isinstance(part, ast.Attribute)
    ]
    return sum(
        {"M": re.M, "MULTILINE": re.M, "S": re.S, "DOTALL": re.S, "I": re.I, "IGNORECASE": re.I}.get(name, 0)
        for name in dict.fromkeys(named)
    )


def alphabet(pattern: str) -> list[str]:
    """Return characters that the pattern may look for, the likely ones first."""
    plain = re.sub(r"\\[a-zA-Z]|\(\?[:=!<>P][^)]{0,3}", "", pattern)
    own = dict.fromkeys(char for char in plain if not char.isalnum() and char not in "()?*+|^$")
    words = re.findall(r"(?<!\\)[A-Za-z]{2,}", pattern)
    found = [*dict.fromkeys(["a", " ", "1", "\n", *list(own)])][:11]
    return [*found, *dict.fromkeys(words[:3])]


def attack(pattern: str, flags: int) -> tuple[float, str]:
    """Return the longest processor time of a search, and the string it took that for."""
    compiled = re.compile(pattern, flags)
    worst = (0.0, "")
    letters = alphabet(pattern)
    heads = ["", *[char for char in letters if not char.isspace()][:6], "\\begin{", "10"]
    for size in (1, 2, 3):
        for pump in map("".join, itertools.product(letters[: 40 // size**2], repeat=size)):
            for head in heads if size == 1 else ("",):
                text = head + pump * (LENGTH // len(pump)) + "\0"
                start = time.process_time()
                deque(compiled.finditer(text), 0)
                if (spent := time.process_time() - start) > worst[0]:
                    worst = spent, f"{head!r} + {pump!r} * n"
                if worst[0] > 20 * SECONDS:
                    return worst
    return worst


def _child() -> None:
    pattern, flags = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    print(json.dumps(attack(pattern, flags)))


def _attacked(item: tuple[str, str, int]) -> tuple[tuple[str, str, int], float, str]:
    argv = [sys.executable, "-m", "benchmarks.patterns", "--child"]
    run = subprocess.run(argv, input=json.dumps(item[1:]), capture_output=True, text=True, check=False)
    spent, text = json.loads(run.stdout) if run.returncode == 0 else (float(CPU), "never ended")
    return item, spent, text


def main() -> None:
    """Attack all, and tell which were slow."""
    every = list(patterns(sys.argv[1:]))
    slow = 0
    with ThreadPoolExecutor(2) as pool:
        for (place, pattern, _), spent, text in pool.map(_attacked, every):
            if spent > SECONDS:
                slow += 1
                print(f"{spent:6.2f} s  {place}  {text}\n          {pattern[:200]!r}", flush=True)
    print(f"{len(every)} patterns, {slow} slow")


if __name__ == "__main__":
    _child() if sys.argv[1:] == ["--child"] else main()
