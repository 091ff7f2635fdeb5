"""Find the tests of a project: what the user names, else what the project says.

Nothing is run or guessed beyond that; a project without tests gets no command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.settings.pyproject import load_pyproject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["OwnTests", "find_own_tests"]

_FOLDERS = ("tests", "test", "Tests", "python/tests")
_TEST_FILE = re.compile(r"(?:test_\w+|\w+_test|test\w*)\.py")
_INSTALLED = re.compile(r"(?P<package>\w+(?:/\w+)*/tests?)/(?:test_\w+|\w+_test)\.py")
_NAMES_OF_EXTRA = ("test", "tests", "testing")
_PYTEST = re.compile(r"(?<![\w./-])(?:pytest|py\.test)(?![\w./-])")
_SHELL = frozenset("|&;<>$`\n")
"""What only a shell understands, and no shell runs the command."""


@dataclass(frozen=True)
class OwnTests:
    """Describe the command that runs a project's tests."""

    command: str
    """Words as ``abi3build try --command`` takes them."""

    requires: tuple[str, ...]
    origin: str
    """Where the command comes from, for the report."""


def find_own_tests(
    project: Path,
    members: Iterable[str],
    command: str = "",
    requires: tuple[str, ...] = (),
) -> OwnTests | None:
    """Return the tests of a project; None if it has none.

    ``command`` and ``requires`` are the user's own; ``members`` are the paths in the
    wheel, which may contain its tests.
    """
    if command:
        return OwnTests(command, requires, "--command")
    file = project / "pyproject.toml"
    document = load_pyproject(file) if file.is_file() else {}
    told = _from_cibuildwheel(document)
    if told is not None:
        return OwnTests(told.command, (*told.requires, *requires), told.origin)
    found = _from_folders(project) or _from_wheel(members)
    if found is None:
        return None
    words, origin = found
    listed = _listed_requires(document)
    needed = ("pytest", *(each for each in listed if each != "pytest"))
    return OwnTests(f"python -m pytest {words}", (*needed, *requires), origin)


def _from_cibuildwheel(document: Mapping[str, object]) -> OwnTests | None:
    """Return what https://cibuildwheel.pypa.io/en/stable/options/#test-command says."""
    own = _table(_table(document, "tool"), "cibuildwheel")
    command = own.get("test-command")
    if not isinstance(command, str) or not command or _SHELL & set(command):
        return None
    command = command.replace("{package}", "{project}")
    runs_pytest = _PYTEST.search(command) is not None
    sources = _words(own.get("test-sources"))
    if sources and not runs_pytest:
        # They would be copied to where the command runs, which it relies on.
        return None
    named = (f"{{project}}/{each}" for each in sources)
    requires = dict.fromkeys(
        (*_words(own.get("test-requires")), *_requires_of_tests(own, document))
    )
    if runs_pytest:
        requires.setdefault("pytest")
    return OwnTests(
        " ".join((command, *named)),
        tuple(requires),
        "test-command of [tool.cibuildwheel]",
    )


def _requires_of_tests(
    own: Mapping[str, object], document: Mapping[str, object]
) -> Iterator[str]:
    """Yield what the extras and groups that cibuildwheel installs list."""
    extras = _table(_table(document, "project"), "optional-dependencies")
    groups = _table(document, "dependency-groups")
    for key, table in (("test-extras", extras), ("test-groups", groups)):
        for name in _words(own.get(key)):
            yield from _texts(table.get(name))


def _from_folders(project: Path) -> tuple[str, str] | None:
    for name in _FOLDERS:
        folder = project / name
        if folder.is_dir() and any(
            _TEST_FILE.fullmatch(path.name) for path in folder.rglob("*.py")
        ):
            return f"{{project}}/{name}", name
    files = sorted(
        path.name for path in project.glob("test*.py") if path.name != "test.py"
    )
    if files:
        return " ".join(f"{{project}}/{name}" for name in files), files[0]
    return None


def _from_wheel(members: Iterable[str]) -> tuple[str, str] | None:
    found = (_INSTALLED.fullmatch(member) for member in members)
    packages = sorted({match["package"] for match in found if match})
    outermost = [
        each
        for each in packages
        if not any(each.startswith(f"{other}/") for other in packages)
    ]
    if not outermost:
        return None
    names = " ".join(each.replace("/", ".") for each in outermost)
    return f"--pyargs {names}", outermost[0]


def _listed_requires(document: Mapping[str, object]) -> tuple[str, ...]:
    """Return what the project lists for its tests, as an extra or as a group."""
    extras = _table(_table(document, "project"), "optional-dependencies")
    groups = _table(document, "dependency-groups")
    return next(
        (
            _texts(table[name])
            for table in (extras, groups)
            for name in _NAMES_OF_EXTRA
            if name in table
        ),
        (),
    )


def _table(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, (list, tuple)) else ()
    return tuple(each for each in listed if isinstance(each, str))


def _words(value: object) -> tuple[str, ...]:
    """Return what stands in a list, or in one text with spaces."""
    return tuple(value.split()) if isinstance(value, str) else _texts(value)
