"""The shape of the package: no circles, a name for one thing, files of one idea."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import abi3build

ROOT = Path(abi3build.__file__).parent
CHECKOUT = Path(__file__).parents[2]
FILES = sorted(ROOT.rglob("*.py"))
MODULES = {
    ".".join(file.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    ): ast.parse(file.read_text(encoding="utf-8"))
    for file in FILES
}


def test_no_import_goes_round_in_a_circle() -> None:
    """Imports for type checkers count as well: they are arrows in a reader's mind."""
    arrows = {name: set(_imports(tree)) for name, tree in MODULES.items()}
    assert _circle(arrows) == []


def test_no_folder_imports_another_that_imports_it() -> None:
    arrows: dict[str, set[str]] = defaultdict(set)
    for name, tree in MODULES.items():
        for imported in _imports(tree):
            if _folder(name) != _folder(imported):
                arrows[_folder(name)].add(_folder(imported))
    assert _circle(arrows) == []


def test_a_public_class_name_stands_once() -> None:
    places = defaultdict(list)
    for name, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(name)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_few_file_names_stand_twice() -> None:
    places = defaultdict(list)
    for file in FILES:
        if file.name != "__init__.py":
            places[file.name].append(str(file.relative_to(ROOT)))
    assert len([name for name, where in places.items() if len(where) > 1]) <= 5


def test_files_and_functions_can_be_read_at_once() -> None:
    sizes = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert [file for file, size in sizes.items() if size > 400] == []
    modules = [size for file, size in sizes.items() if file.name != "__init__.py"]
    assert sum(modules) / len(modules) >= 150
    assert [
        f"{name}.{node.name}"
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or 0) - node.lineno + 1 > 50
    ] == []


def test_the_architecture_page_names_what_is_there() -> None:
    page = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table, _, rest = page.partition("## Where to find what")
    named = set(re.findall(r"`([a-z0-9_]+(?:/|\.py))`", table))
    places = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in ROOT.iterdir()
        if path.suffix in {"", ".py"}
        and path.name not in {"__init__.py", "__pycache__"}
    }
    assert sorted(places - named) == []
    package = {str(path.relative_to(CHECKOUT)) for path in CHECKOUT.glob("*.py")}
    for folder in ("src", "tests", "tools", "benchmarks", "example_projects"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            package.add(f"/{path.relative_to(CHECKOUT).as_posix()}")
    files = re.findall(r"`([\w/]+\.py)`", table + rest)
    missing = [
        name
        for name in files
        if not any(f"/{each}".endswith(f"/{name}") for each in package)
    ]
    assert missing == []


def _imports(tree: ast.Module) -> list[str]:
    """Return the modules of this package that a module imports, anywhere in it."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "") in MODULES:
            inner = [f"{node.module}.{each.name}" for each in node.names]
            found += [each if each in MODULES else str(node.module) for each in inner]
    return found


def _folder(name: str) -> str:
    """Return the folder of a module below the package, or a file at its top."""
    return ".".join(name.split(".")[:2])


def _circle(arrows: dict[str, set[str]]) -> list[str]:
    """Return what is left when all that imports nothing left is taken away."""
    left = {name: {each for each in to if each != name} for name, to in arrows.items()}
    while True:
        leaves = {name for name in left if not left[name] & left.keys()}
        if not leaves:
            return sorted(left)
        for name in leaves:
            del left[name]
