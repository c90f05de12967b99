"""Planning, step 3: each file's logic, the graph of what uses what, and the requirements."""

from __future__ import annotations

import sys
from dataclasses import replace

from p2c.generator.plan import FileSpec, Package, Plan
from p2c.generator.planning.dependency_graph import find_cycle, waves
from p2c.generator.planning.design import OURS
from p2c.generator.planning.schemas import FileLogicReply, LogicReply, RequirementReply
from p2c.generator.structured_replies import read_json, refuse

WRONG_NAMES = {
    "sklearn": "scikit-learn",
    "cv2": "opencv-python-headless",
    "opencv-python": "opencv-python-headless",
    "pil": "pillow",
    "yaml": "pyyaml",
    "skimage": "scikit-image",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "tensorboardx": "tensorboard",
}
"""What is written in requirements by mistake (lower case) -> the distribution that is meant."""
PROVIDED = frozenset({"pytest"})
"""Import names that tests may use without a requirement: the README installs it beside."""


def read_logic(reply: str, plan: Plan) -> Plan:
    """Return the plan with logic, `uses` and requirements, its files in dependency order; raises Unusable."""
    said = read_json(reply, LogicReply)
    wrong: list[str] = []
    by_path = _by_path(said, plan, wrong)
    files = tuple(_with_logic(spec, by_path.get(spec.path), plan, wrong) for spec in plan.files)
    cycle = find_cycle({spec.path: spec.uses for spec in files})
    if cycle:
        wrong.append(f"uses: a cycle, so no order to write the files in: {' -> '.join(cycle)}")
    packages = tuple(_package(item, wrong) for item in said.requirements if not _is_provided(item))
    wrong += _uncovered(files, packages) + _doubled(packages)
    refuse(wrong)
    order = [path for wave in waves({spec.path: spec.uses for spec in files}) for path in wave]
    return replace(
        plan,
        conventions=said.conventions,
        files=tuple(sorted(files, key=lambda spec: order.index(spec.path))),
        packages=packages,
        requirements=tuple(package.requirement for package in packages),
    )


def third_party(imports: tuple[str, ...] | list[str], plan: Plan) -> tuple[str, ...]:
    """Return the top-level names among `imports` that are neither the standard library nor the repository's own."""
    own = {spec.path.split("/")[0].removesuffix(".py") for spec in plan.files}
    tops = dict.fromkeys(name.strip().split(".")[0] for name in imports)
    return tuple(top for top in tops if top and top not in sys.stdlib_module_names and top not in own)


def _by_path(said: LogicReply, plan: Plan, wrong: list[str]) -> dict[str, FileLogicReply]:
    by_path: dict[str, FileLogicReply] = {}
    for item in said.files:
        path = item.path.strip().removeprefix("./")
        if path in by_path:
            wrong.append(f"files: {path} is listed twice")
        elif plan.spec(path) is None and path not in OURS:
            wrong.append(f"files: {path!r} is not a file of the design: {_paths(plan)}")
        by_path[path] = item
    needed = [spec.path for spec in plan.files if spec.path not in by_path and not is_bare_package(spec)]
    wrong += [f"files: {path} of the design has no logic" for path in needed]
    return by_path


def is_bare_package(spec: FileSpec) -> bool:
    """Whether the file is an `__init__.py` that promises nothing, so that an empty one will do."""
    promised = spec.interface.classes or spec.interface.functions
    return spec.path.rsplit("/", 1)[-1] == "__init__.py" and not promised


def _with_logic(spec: FileSpec, item: FileLogicReply | None, plan: Plan, wrong: list[str]) -> FileSpec:
    if item is None:
        return spec
    named = dict.fromkeys(path.strip().removeprefix("./") for path in item.uses)
    uses = tuple(path for path in named if path not in OURS)
    if spec.path in uses:
        wrong.append(f"{spec.path}: uses itself")
    wrong += [
        f"{spec.path}: uses {path!r}, which is not a file of the design" for path in uses if plan.spec(path) is None
    ]
    known = tuple(path for path in uses if path != spec.path and plan.spec(path) is not None)
    return replace(spec, logic=item.logic, uses=known, imports=third_party(item.imports, plan))


def _is_provided(item: RequirementReply) -> bool:
    return item.requirement.strip().lower().startswith("pytest") and set(item.imports) <= PROVIDED


def _package(item: RequirementReply, wrong: list[str]) -> Package:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    text = item.requirement.strip()
    try:
        read = Requirement(text)
    except InvalidRequirement as error:
        wrong.append(f"requirements: {text!r} is not a requirement such as `numpy>=2.0`: {error}".split("\n")[0])
        return Package(text, tuple(item.imports), item.why)
    name = canonicalize_name(read.name)
    if read.url:
        wrong.append(f"requirements: {text!r} is an address; only names on the package index can be installed")
    elif name.replace("-", "_") in sys.stdlib_module_names:
        wrong.append(f"requirements: {text!r} is part of Python's standard library and is not installed")
    elif name in WRONG_NAMES:
        wrong.append(f"requirements: the distribution of {text!r} is called {WRONG_NAMES[name]!r}")
    return Package(_lower_bound(read), tuple(item.imports), item.why)


def _lower_bound(read: object) -> str:
    """An exact pin of a remembered version rarely installs; as a lower bound it does."""
    return str(read).replace("===", ">=").replace("==", ">=").replace("~=", ">=")


def _uncovered(files: tuple[FileSpec, ...], packages: tuple[Package, ...]) -> list[str]:
    covered = {name.split(".")[0] for package in packages for name in package.imports} | PROVIDED
    return [
        f"{spec.path} imports {name!r}, which no requirement provides (say so in that requirement's imports)"
        for spec in files
        for name in spec.imports
        if name not in covered
    ]


def _doubled(packages: tuple[Package, ...]) -> list[str]:
    from packaging.utils import canonicalize_name

    names = [canonicalize_name(_name(package.requirement)) for package in packages]
    return [f"requirements: {name} is listed twice" for name in dict.fromkeys(names) if names.count(name) > 1]


def _name(requirement: str) -> str:
    return requirement.split(">")[0].split("<")[0].split("[")[0].split("!")[0].split(";")[0].strip()


def _paths(plan: Plan) -> str:
    return ", ".join(spec.path for spec in plan.files)
