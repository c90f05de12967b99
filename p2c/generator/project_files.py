"""The files around the code, written from the plan so that every command in them is the one that is checked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from p2c.generator.diagrams import class_diagram, file_graph, sequence_diagram
from p2c.generator.plan import Plan, Value
from p2c.generator.plan_text import stub
from p2c.generator.planning.logic import is_bare_package
from p2c.repo import Repo
from p2c.run_contract import RunContract, split, write_contract

IGNORED = ".git/ .p2c/ .venv/ __pycache__/ *.pyc .pytest_cache/ .mypy_cache/ .ruff_cache/".split()


def surround(plan: Plan, repo: Repo) -> Repo:
    """Return the repository with the files around its code; what is there already stays as it is."""
    around = {
        "README.md": readme(plan),
        "requirements.txt": "".join(f"{line}\n" for line in plan.requirements),
        "p2c.toml": write_contract(plan.contract),
        "pytest.ini": "[pytest]\ntestpaths = tests\npythonpath = .\n",
        ".gitignore": "".join(f"{line}\n" for line in [*IGNORED[1:], *_left_behind(plan.contract)]),
        ".dockerignore": "".join(f"{line}\n" for line in IGNORED),
        "docs/architecture.md": architecture(plan),
        **plan.config,
    }
    return repo.with_files({path: text for path, text in around.items() if path not in repo.files})


@dataclass(frozen=True)
class ReadmeFacts:
    """What is known at the end of a build, as Markdown: how the small run ended, how builds of PyTorch or JAX are had,
    and sections (title, text) that stand before the list of files."""

    small: str = ""
    install: str = ""
    sections: tuple[tuple[str, str], ...] = ()


def readme(plan: Plan, known: ReadmeFacts | None = None) -> str:
    """Return the README: the method, the commands, where values come from, and what is known of all that."""
    contract, known = plan.contract, known or ReadmeFacts()
    return "\n".join(
        [
            f"# {_line(plan.title) or 'A paper, implemented'}\n",
            f"{plan.summary.strip()}\n",
            "This repository was written from the paper's text by p2c; it is not the authors' code.\n",
            "## Install\n",
            f"Python {contract.python.lstrip('>=') or '3.11'} or newer.\n",
            _shell("python3 -m venv .venv", ". .venv/bin/activate", "python -m pip install -r requirements.txt"),
            *([known.install] if known.install else []),
            "## Run it small\n",
            f"The smoke run is small: tiny data, on a CPU, without a network, {contract.timeout:g} seconds at most. It "
            f"is to leave {_names(contract.artifacts)}{f'. {known.small}' if known.small else ''}:\n",
            _shell(*contract.smoke),
            "## Run what the paper ran\n",
            _shell(*contract.full),
            _data_sets(plan),
            "## Tests\n",
            _shell("python -m pip install pytest", "python -m pytest"),
            _configuration(plan),
            _limits(plan),
            *[f"## {title}\n\n{text.strip()}\n" for title, text in known.sections],
            "## Files\n",
            *[f"- `{spec.path}`: {_line(spec.purpose)}" for spec in plan.files if not is_bare_package(spec)],
            "\nDiagrams and interfaces: [docs/architecture.md](docs/architecture.md).\n",
        ]
    )


def architecture(plan: Plan) -> str:
    """Return the design with its diagrams and every file's interface."""
    parts = [f"# Architecture\n\n{plan.design.strip()}\n"]
    for title, diagram in (
        ("Which file uses which", file_graph(plan)),
        ("Classes and functions", class_diagram(plan)),
        ("The main run", sequence_diagram(plan) if plan.calls else ""),
    ):
        parts += [f"## {title}\n\n```mermaid\n{diagram}```\n"] if diagram else []
    for spec in [spec for spec in plan.files if not is_bare_package(spec)]:
        promised = stub(spec.interface)
        parts.append(
            f"## {spec.path}\n\n{spec.purpose.strip()}\n" + (f"\n```python\n{promised}```\n" if promised else "")
        )
    return "\n".join(parts)


def dockerfile(python: str, contract: RunContract, index: str = "") -> str:
    """Return a Dockerfile for this Python version (`3.11` or `3.11.7`), installing `requirements.lock`.

    `index` is looked in besides the package index: where the builds of PyTorch are that were used.
    """
    extra = f"--extra-index-url {index} " if index else ""
    match = re.search(r"3\.\d+", python)
    version = match[0] if match else "3.11"
    return (
        f"FROM python:{version}-slim\n"
        "ENV PYTHONUNBUFFERED=1 MPLBACKEND=Agg\n"
        "RUN useradd --create-home runner && mkdir /repo && chown runner /repo\n"
        "WORKDIR /repo\n"
        "COPY requirements.lock ./\n"
        f"RUN python -m pip install --no-cache-dir {extra}-r requirements.lock\n"
        "COPY --chown=runner . .\n"
        "USER runner\n"
        f"CMD {_docker_command(contract)}\n"
    )


def _docker_command(contract: RunContract) -> str:
    if len(contract.smoke) == 1:
        return json.dumps(list(split(contract.smoke[0])))
    return json.dumps(["sh", "-ec", "\n".join(contract.smoke)]) if contract.smoke else '["python"]'


def _data_sets(plan: Plan) -> str:
    if not plan.data_sources:
        return ""
    rows = [
        f"| {_cell(name)} | {_cell(source)} | {_cell(plan.stand_ins.get(name, ''))} |"
        for name, source in plan.data_sources.items()
    ]
    return "\n".join(["| data set | the full run takes | the smoke run takes |", "|---|---|---|", *rows, ""])


def _configuration(plan: Plan) -> str:
    assumed = [value for value in plan.values if value.assumed]
    derived = [value for value in plan.values if value.derived and not value.assumed]
    more = f", {len(derived)} follow from what it says" if derived else ""
    lines = [
        "## Where the values come from\n",
        "`configs/paper.yaml` names the place in the paper for each value, or says why it was assumed. "
        f"{len(plan.values) - len(assumed) - len(derived)} of {len(plan.values)} values are the paper's{more}.\n",
        *[f"- derived: `{value.key}` = `{_shown(value)}`: {_line(value.derived)}" for value in derived],
        *[f"- assumed: `{value.key}` = `{_shown(value)}`: {_line(value.assumed)}" for value in assumed],
    ]
    return "\n".join(lines) + "\n"


def _limits(plan: Plan) -> str:
    lines = [
        "## What the smoke run does not prove\n",
        "A smoke run that ends well shows that the code installs, starts, and leaves metrics. It shows neither that "
        f"each step is the paper's nor the paper's results: {_smaller(plan)}.\n",
        *[f"- `{item.key}` = `{json.dumps(item.value)}`: {_line(item.why)}" for item in plan.overrides],
    ]
    return "\n".join(lines) + "\n"


def _smaller(plan: Plan) -> str:
    reductions = (["it runs smaller"] if plan.overrides else []) + (
        ["on the stand-ins for data above"] if plan.stand_ins else []
    )
    return ", ".join(reductions) or "it is one run"


def _left_behind(contract: RunContract) -> list[str]:
    """The folders that runs write to, as far as they hold nothing else."""
    return list(dict.fromkeys(f"/{path.split('/')[0]}/" if "/" in path else f"/{path}" for path in contract.artifacts))


def _shell(*lines: str) -> str:
    return "```sh\n" + "\n".join(lines) + "\n```\n"


def _names(paths: tuple[str, ...]) -> str:
    return ", ".join(f"`{path}`" for path in paths) or "nothing behind"


def _shown(value: Value) -> str:
    return json.dumps(value.value, ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")
