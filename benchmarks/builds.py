"""Compare builds by abi3build with those by setuptools and by its peers, in pairs.

    python benchmarks/builds.py [--shape 40] [--rows clean,nothing,...] [--rounds 7]
        [--record FILE] [--picture FILE] [--environments FOLDER]

A shape is a number of units in one extension (``40``), extensions times units
(``8x5``) or Cython modules (``cython20``).  In each round every tool builds the same
project once for each row, one right after the other, so that whatever else the machine
does falls on all.  Seconds are those of ``python -m build --wheel --no-isolation`` or,
for an editable project, of ``pip install --editable``; the build folders are kept from
row to row.  For each row and tool it prints the median ratio to setuptools, its spread,
how many units were compiled and whether the wheel has the newest edit; and, at the end,
whether abi3build's wheel has the same bytes as one built with ``parallel = 1`` from
a new folder.

``--record`` appends each round to a file of JSON lines when it has ended, and goes on
from the rounds that the file has; ``--picture`` draws all that is recorded.

Each tool has an environment of its own, as in isolated builds; ``--environments``
keeps them in a folder (``nox -s builds``).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from build_environments import environment
from build_projects import TOOLS, Shape
from build_runs import ROWS, Project, Run
from build_tables import draw, table


def main() -> None:
    """Run the rounds; print a table of each row and tool."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shape", action="append", type=_shape)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--environments", type=Path)
    options = parser.parse_args()
    tools = options.tools.split(",")
    runs = _recorded(options.record)
    for shape in options.shape or [_shape("40")]:
        rows = options.rows.split(",")
        runs += _compare(shape, tools, rows, runs, options)
        sys.stdout.write(table(shape.name, runs))
    if options.picture:
        options.picture.write_text(draw(runs), encoding="utf-8")


def _shape(text: str) -> Shape:
    if text.startswith("cython"):
        return Shape(int(text[len("cython") :]), 1, is_cython=True)
    extensions, _, units = text.rpartition("x")
    return Shape(int(extensions or 1), int(units))


def _recorded(record: Path | None) -> list[Run]:
    if record is None or not record.exists():
        return []
    lines = record.read_text(encoding="utf-8").splitlines()
    return [Run(*json.loads(line)) for line in lines]


def _compare(
    shape: Shape,
    tools: list[str],
    rows: list[str],
    known: list[Run],
    options: argparse.Namespace,
) -> list[Run]:
    """Return the runs of the rounds that are not known yet, and record them."""
    ended = max((run.round for run in known if run.shape == shape.name), default=0)
    # CMake does not translate Cython by itself, and Cython's modules share no header.
    able = [t for t in tools if not (shape.is_cython and t.startswith("scikit"))]
    rows = [row for row in rows if not (shape.is_cython and row in ("three", "all"))]
    new: list[Run] = []
    if ended >= options.rounds:
        return new
    with tempfile.TemporaryDirectory() as folder:
        kept = options.environments or Path(folder, "environments")
        projects = [
            Project(
                Path(folder, tool),
                tool,
                shape,
                environment(kept.absolute(), tool, has_cython=shape.is_cython),
            )
            for tool in able
        ]
        for project in projects:
            for row in ("clean", *(row for row in rows if row == "editable")):
                project.run(row, 0)
        for number in range(ended + 1, options.rounds + 1):
            found = [project.run(row, number) for row in rows for project in projects]
            new += found
            _keep(options.record, found)
        if "abi3build" in able:
            used = projects[able.index("abi3build")]
            used.run("nothing", options.rounds)
            sys.stdout.write(f"same bytes as parallel = 1: {_is_same(used, folder)}\n")
    return new


def _keep(record: Path | None, runs: list[Run]) -> None:
    if record is not None:
        with record.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(run) + "\n" for run in runs)


def _is_same(used: Project, folder: str) -> str:
    os.environ["ABI3BUILD_PARALLEL"] = "1"
    try:
        fresh = Project(Path(folder, "fresh"), used.tool, used.shape, used.python)
        for name, stamp in used.stamps.items():
            fresh.stamps[name] = stamp
        fresh.run("source", used.stamps["source"])
    finally:
        del os.environ["ABI3BUILD_PARALLEL"]
    return "yes" if fresh.wheel_digests() == used.wheel_digests() else "NO"


if __name__ == "__main__":
    main()
