"""Planning, step 2: from the reply to files with the interfaces they promise."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from p2c.errors import InputError
from p2c.generator.plan import Call, FileSpec, Plan
from p2c.generator.planning.coverage import read_coverage
from p2c.generator.planning.schemas import ClassReply, CoveredDesignReply, DesignReply, FileReply, SignatureReply
from p2c.generator.structured_replies import read_json, refuse
from p2c.repo import safe_path
from p2c.run_contract import Class, Function, Interface
from p2c.untrusted_text import parse_python

OURS = frozenset(
    "README.md requirements.txt requirements.lock p2c.toml Dockerfile .dockerignore .gitignore pytest.ini "
    "docs/architecture.md docs/fidelity.md docs/results.yaml "
    "configs/paper.yaml configs/smoke.yaml configs/claim.yaml".split()
)
"""Files that are written from the plan, never by a model's coding reply."""

SUFFIXES = frozenset(".py .sh .txt .md .json .yaml .yml .toml .csv .cfg .ini".split())
TAKEN = frozenset(
    "accelerate cv2 datasets einops evaluate flax gym gymnasium jax keras lightning matplotlib networkx numpy optax "
    "pandas peft PIL pytest ray scipy seaborn skimage sklearn statsmodels sympy tensorboard tensorflow tests timm "
    "tokenizers torch torchaudio torchtext torchvision tqdm transformers wandb yaml".split()
)
"""Import names of packages that a repository's own file or folder must not hide."""


def read_design(reply: str, plan: Plan) -> Plan:
    """Return the plan with files, interfaces and calls; raises Unusable with everything that is wrong."""
    said = read_json(reply, CoveredDesignReply if plan.criteria else DesignReply)
    wrong: list[str] = []
    specs = _with_packages([_spec(file, wrong) for file in said.files if _path(file.path) not in OURS])
    _check_files(specs, said.entry, wrong)
    coverage, uncovered = read_coverage(getattr(said, "coverage", ()), plan, specs) if plan.criteria else ((), [])
    if plan.criteria:
        wrong += [f"{spec.path}: plan/ holds the plan; name the folder differently" for spec in specs if _in_plan(spec)]
    if wrong:
        refuse(wrong + uncovered)
    calls = tuple(Call(c.caller, c.callee, c.what) for c in said.calls)
    known = known_names(specs)
    planned = replace(
        plan,
        design=said.approach,
        summary=said.summary,
        entry=_path(said.entry),
        files=specs,
        calls=tuple(call for call in calls if not _unknown(call, known)),
        data_sources={item.name: item.used_for for item in said.data_sets},
        coverage=coverage,
    )
    strangers = [name for call in calls for name in _unknown(call, known)]
    unknown = [f"calls: {name!r} is neither a planned file, class, function nor method" for name in strangers]
    refuse(unknown + uncovered, planned)
    return planned


def parse_signature(text: str) -> Function:
    """Read `name(self, x: int, *, n: int = 3) -> float`; raises ValueError where Python cannot."""
    line = text.strip().removeprefix("async ").removeprefix("def ").rstrip(":").strip()
    line = line.removesuffix("...").rstrip().rstrip(":")
    line = line if "(" in line else f"{line}()"
    try:
        node = parse_python(f"def {line}: ...").body[0]
    except SyntaxError as error:
        raise ValueError(f"{text!r} is not a Python signature such as `fit(self, x: int) -> float`") from error
    if not isinstance(node, ast.FunctionDef):
        raise ValueError(f"{text!r} is not a Python signature")
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    names = tuple(argument.arg for argument in arguments)
    names = names[1:] if names[:1] in {("self",), ("cls",)} else names
    return Function(node.name, names, ast.unparse(node.returns) if node.returns else "", signature=line)


def _in_plan(spec: FileSpec) -> bool:
    return spec.path.startswith("plan/")


def _path(text: str) -> str:
    return text.strip().removeprefix("./")


def _spec(file: FileReply, wrong: list[str]) -> FileSpec:
    path = _path(file.path)
    try:
        path = safe_path(path)
    except InputError as error:
        wrong.append(f"files: {error.message}")
    classes = tuple(_class(item, path, wrong) for item in file.classes)
    return FileSpec(path, file.purpose, Interface(classes, _functions(file.functions, path, wrong)))


def _class(item: ClassReply, path: str, wrong: list[str]) -> Class:
    if not item.name.isidentifier():
        wrong.append(f"{path}: {item.name!r} is not a class name")
    return Class(item.name, tuple(item.bases), _functions(item.methods, path, wrong), item.summary)


def _functions(items: list[SignatureReply], path: str, wrong: list[str]) -> tuple[Function, ...]:
    functions: list[Function] = []
    for item in items:
        try:
            functions.append(replace(parse_signature(item.signature), summary=item.summary))
        except ValueError as error:
            wrong.append(f"{path}: {error}")
    return tuple(functions)


def _with_packages(specs: list[FileSpec]) -> tuple[FileSpec, ...]:
    """Add the `__init__.py` of every folder that holds modules: without it imports die."""
    have = {spec.path for spec in specs}
    folders = {parent for spec in specs if spec.path.endswith(".py") for parent in PurePosixPath(spec.path).parents}
    missing = sorted(f"{folder}/__init__.py" for folder in folders if str(folder) != ".")
    added = [FileSpec(path, "Makes the folder a package; empty.") for path in missing if path not in have]
    return (*added, *specs)


def _check_files(specs: tuple[FileSpec, ...], entry: str, wrong: list[str]) -> None:
    paths = [spec.path for spec in specs]
    wrong += [f"the file {path} is listed twice" for path in dict.fromkeys(paths) if paths.count(path) > 1]
    if _path(entry) not in paths:
        wrong.append(f"entry: {entry!r} is not one of the files")
    for path in paths:
        place = PurePosixPath(path)
        if place.suffix not in SUFFIXES:
            wrong.append(f"{path}: only text files with one of {', '.join(sorted(SUFFIXES))} can be written")
        elif place.suffix == ".py":
            _check_module(place, wrong)
    if not any(PurePosixPath(path).name.startswith("test_") for path in paths):
        wrong.append("there is no test file; plan tests/test_*.py that check the method's mathematics")


def _check_module(place: PurePosixPath, wrong: list[str]) -> None:
    if not all(part.isidentifier() for part in (*place.parts[:-1], place.stem)):
        wrong.append(f"{place}: every folder and file name on the way must be a Python identifier to be imported")
    top = place.parts[0].removesuffix(".py")
    hidden = top in sys.stdlib_module_names or (top in TAKEN and top != "tests")
    if hidden and top != "__init__":
        wrong.append(f"{place}: {top!r} hides the module or package of that name; choose another name")
    if str(place) == "__init__.py":
        wrong.append("__init__.py: the root is not a package; modules in it are imported by their plain names")


def _unknown(call: Call, known: Mapping[str, str]) -> list[str]:
    return [name for name in (call.caller, call.callee) if _bare(name) not in known]


def known_names(specs: tuple[FileSpec, ...]) -> dict[str, str]:
    """Return every name that a call may use -> the path of its file: paths, modules, classes, functions, methods."""
    known: dict[str, str] = {}
    for spec in specs:
        module = spec.path.removesuffix(".py").replace("/", ".")
        names = [function.name for function in spec.interface.functions]
        for item in spec.interface.classes:
            names += [item.name, *(f"{item.name}.{method.name}" for method in item.methods)]
            names += [f"{item.name}.{method}" for method in ("__init__", "__call__")]
        for name in [spec.path, module, PurePosixPath(spec.path).stem]:
            known.setdefault(name, spec.path)
        for name in names:
            for form in (name, f"{spec.path}.{name}", f"{spec.path}:{name}", f"{module}.{name}"):
                known.setdefault(form, spec.path)
    return known


def file_of(name: str, known: Mapping[str, str]) -> str:
    """Return the path of the file that a call's name belongs to; the name itself where none does."""
    return known.get(_bare(name), name)


def _bare(name: str) -> str:
    return name.split("(")[0].strip()
