"""The mechanical part of the house's English: docstrings, messages and pages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import abi3build

ROOT = Path(abi3build.__file__).parent
CHECKOUT = Path(__file__).parents[2]
MODULES = {
    str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8"))
    for file in sorted(ROOT.rglob("*.py"))
}
PAGES = sorted(
    page
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "schemas/*.md",
        "benchmarks/*.md",
        "example_projects/*/*.md",
        "src/abi3build/rules/pages/*.md",
    )
    for page in CHECKOUT.glob(pattern)
)

STILTED = re.compile(
    r"\b(?:whoever|nobody|anybody|comes in:|(?:is|are|was|be) passed by"
    r")\b",
    re.IGNORECASE,
)
"""Words that plain technical English does without; `files are skipped`, for example."""

CONDITIONAL_WHERE = re.compile(
    r"(?:``\w+Error``|\b(?:None|empty|nothing)) where\b", re.IGNORECASE
)
"""`Raise X if ...` and `None if ...` state a condition, not a place."""

NO_VERBS = re.compile(
    r"(?:Give|A|An|The|This|Whether|Where|What|Comes|Used|Helper|Function|Method)\b"
)
"""How a function's docstring does not begin: with what it does, in the imperative."""


def test_a_functions_docstring_begins_with_a_verb() -> None:
    first_words = {
        f"{name}:{node.lineno}": (ast.get_docstring(node) or "").splitlines()[0]
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and ast.get_docstring(node)
    }
    assert len(first_words) > 1000
    assert {
        place: line
        for place, line in first_words.items()
        if NO_VERBS.match(line) or not re.match(r"[A-Z][a-z]+\b", line)
    } == {}


def test_docstrings_and_messages_are_plain_english() -> None:
    texts = [
        (name, node.lineno, node.value)
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [
        (name, line, found[0])
        for name, line, text in texts
        for found in (*STILTED.finditer(text), *CONDITIONAL_WHERE.finditer(text))
    ] == []


@pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix()
)
def test_pages_are_plain_english(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [found[0] for found in STILTED.finditer(text)] == []
