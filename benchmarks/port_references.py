"""Look for references and blocks that ported projects leave behind, test by test.

Every test runs seven times in one process, and up to 200 times if it leaves something
behind each time, with two builds:

    python benchmarks/port_references.py LIST TESTS --work FOLDER [NAMES]

- the abi3 wheel and the plain build, on a regular Python: references to types, which a
  heap type's objects have to give back, and allocated blocks;
- an abi3 wheel of the same sources and the plain build, both built by a debug build of
  Python and run on it: all references.  Only such a wheel counts them.

The arguments are those of ``port_tests.py``.  The exit status is 1 if a test leaves
more behind each time than it does with the plain build.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from build_outcomes import arguments, path_of, recorded, tested_in
from port_projects import (
    StageError,
    built,
    declare,
    fetched,
    listed,
    own_wheel,
    unpacked,
)
from port_tests import changed_sources, floor_of_wheel

from abi3build.interruption import terminated_as_interrupted
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from build_outcomes import Tested

_KINDS = ("references", "references to types", "blocks")


def main() -> int:
    """Compare every project that has a wheel, or those named."""
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--python", default="3.14", help="for the abi3 wheel")
    parser.add_argument("--debug", default="3.13d", help="for the wheel that counts")
    parser.add_argument("--only-debug", action="store_true", help="not --python")
    options = parser.parse_args()
    work = options.work.resolve()
    worse = False
    print(
        "| project | Python | tests | left with the plain build | left with the other |"
    )
    print("|---|---|---|---|---|")
    for tested in tested_in(options.tests):
        wheel = next((work / "wheels" / tested.name).glob("*abi3*.whl"), None)
        if wheel is None or (options.names and tested.name not in options.names):
            continue
        sdist = fetched(listed(options.list)[tested.name], work / "sdists")
        pairs = [] if options.only_debug else [(options.python, wheel)]
        try:
            counting = _counting_wheel(tested, wheel, sdist, work, options.debug)
            pairs.append((options.debug, counting))
        except StageError as fault:
            reason = next(
                (
                    each
                    for each in str(fault).splitlines()
                    if "abi3build: error" in each
                ),
                str(fault)[-200:],
            )
            print(f"| {tested.name} | {options.debug} | not built: {reason} | |")
        for python, other in pairs:
            plain, found = (
                _left(recorded(tested, each, sdist, python, "reference_recorder"))
                for each in (sdist, other)
            )
            lines = list(_more(plain, found))
            print("\n".join([_row(tested, python, plain, found), *lines]), flush=True)
            worse = worse or bool(lines)
    return int(worse)


def _counting_wheel(
    tested: Tested, wheel: Path, sdist: Path, work: Path, python: str
) -> Path:
    """Return an abi3 wheel as the given one, built by a debug build of Python.

    Its headers make the limited ``Py_INCREF`` a call that counts.
    """
    folder = work / "wheels-of-debug" / tested.name
    own = work / "own"
    with changed_sources(tested, sdist, work) as sources, TemporaryDirectory() as name:
        project = sources or unpacked(sdist, Path(name))
        file = project / "pyproject.toml"
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        declare(file, text, PythonVersion.parse(floor_of_wheel(wheel)))
        return built(
            project, own if own.is_dir() else own_wheel(work), folder, path_of(python)
        )


def _left(found: dict[str, Any] | str) -> dict[str, list[int]]:
    """Return what each test left, or what pytest said as the name of a test."""
    if isinstance(found, str):
        return {found: []}
    left: dict[str, list[int]] = found["left"]
    return left or {str(found["said"]): []}


def _row(tested: Tested, python: str, *found: dict[str, list[int]]) -> str:
    """Return a row with the numbers of tests, and of those that leave something."""
    cells = [
        f"{sum(max(row, default=0) > 0 for row in left.values())} of {len(left)}"
        for left in found
    ]
    return f"| {tested.name} | {python} | {' | '.join(cells)} |"


def _more(plain: dict[str, list[int]], found: dict[str, list[int]]) -> Iterator[str]:
    """Yield a line for each test that leaves more behind than with the plain build."""
    for name, counts in found.items():
        if not counts or name not in plain:
            yield f"  only with one build: {name}"
        for kind, count, old in zip(_KINDS, counts, plain.get(name, [])):
            if count > max(old, 0):
                yield f"  {name}: {count} {kind} each time, {old} with the plain build"


if __name__ == "__main__":
    with terminated_as_interrupted():
        sys.exit(main())
