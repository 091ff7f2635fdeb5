#!/usr/bin/env python3
"""Measure what the limit costs, and the fast way under it: price.py [--draw].

Each pattern of price_patterns.c is compiled by each Python found for itself alone and
for each floor up to its version, and timed by the processor's time in blocks of
A B B A against the former.  The result goes to price.json, the picture and the tables
are made of that: --draw makes them again without measuring.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from price_picture import draw, tables

from abi3build.costs.ratios import Block, ratio_of
from abi3build.targets.interpreters import find_interpreters
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
RESULT = HERE / "price.json"
PICTURE = HERE.parent / "docs" / "images" / "price.svg"
PAGE = HERE.parent / "docs" / "price.md"
FLOORS = ("3.9", "3.11", "3.12")
BUILDERS = ("3.9", "3.11", "3.12", "3.13", "3.14")
BLOCKS = 40
OPTIMIZED = ("-O2", "-DNDEBUG", "-fPIC", "-shared")
ALIGNED = ("-falign-functions=64", "-falign-loops=64")
"""Or short loops differ by where they happen to begin."""

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

_FACTS = """
import json, sys, sysconfig
print(json.dumps([sysconfig.get_path("include"), sysconfig.get_path("platinclude")]))
"""


def measure(python: Path, builder: str, folder: Path) -> dict[str, object]:
    """Return by floor and function the ratio of its time with the interval."""
    folder.mkdir()
    native = compiled(python, folder / "native.so", "")
    floors = {
        floor: compiled(python, folder / f"abi3_{floor.replace('.', '_')}.so", floor)
        for floor in FLOORS
        if PythonVersion.parse(floor) <= PythonVersion.parse(builder)
    }
    command = [python, "-I", HERE / "price_runner.py", native, str(BLOCKS)]
    done = subprocess.run(
        [*command, *floors.values()], check=True, capture_output=True, text=True
    )
    times = json.loads(done.stdout)
    return {
        floor: {name: interval(each) for name, each in times[str(path)].items()}
        for floor, path in floors.items()
    }


def compiled(python: Path, output: Path, floor: str) -> Path:
    """Compile the patterns for a floor, or without the limit."""
    found = subprocess.run(
        [python, "-I", "-c", _FACTS], check=True, capture_output=True, text=True
    )
    includes = [f"-I{folder}" for folder in dict.fromkeys(json.loads(found.stdout))]
    defines = [f"-DMODULE={output.stem}"]
    if floor:
        defines.append(f"-DPy_LIMITED_API={PythonVersion.parse(floor).hex}")
    compiler = os.environ.get("CC", "cc")
    source = HERE / "price_patterns.c"
    command = [
        compiler,
        *OPTIMIZED,
        *ALIGNED,
        *includes,
        *defines,
        source,
        "-o",
        output,
    ]
    subprocess.run(command, check=True)
    return output


def interval(times: list[list[float]]) -> list[float]:
    """Return the median ratio of blocks, and the ends of its interval."""
    ratio = ratio_of([Block(first, second) for first, second in times])
    return [round(each, 4) for each in (ratio.value, ratio.low, ratio.high)]


def measured() -> dict[str, object]:
    """Measure with every builder that is found here."""
    compiler = os.environ.get("CC", "cc")
    asked = [compiler, "-dumpfullversion"]
    version = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    return {
        "builders": dict(_by_builder()),
        "date": dt.datetime.now(dt.timezone.utc).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "compiler": f"{compiler} {version.strip()} {OPTIMIZED[0]}",
        "blocks": BLOCKS,
    }


def _by_builder() -> Iterator[tuple[str, dict[str, object]]]:
    found = find_interpreters(os.environ).interpreters
    with tempfile.TemporaryDirectory() as name:
        for label in BUILDERS:
            pythons = [
                each for each in found if each.builder.label == f"CPython {label}"
            ]
            if pythons:
                print(f"measuring on {label}", file=sys.stderr)
                result = measure(Path(pythons[-1].path), label, Path(name, label))
                yield label, {"release": pythons[-1].release, "floors": result}


def main() -> None:
    """Measure unless told only to draw, and write picture and tables."""
    if "--draw" not in sys.argv[1:]:
        text = json.dumps(measured(), indent=1)
        RESULT.write_text(f"{text}\n", encoding="utf-8")
    result = json.loads(RESULT.read_text(encoding="utf-8"))
    PICTURE.write_text(draw(result), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    made = f"{before}{BEGIN}\n\n{tables(result)}\n{END}{after}"
    PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
