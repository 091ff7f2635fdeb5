"""Hold the facts about tables against the headers of real Pythons."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from abi3build.stable_abi.table_entries import table_entries
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.fixture_types import PythonNamed

_DEFINED_EARLIER = {
    # Without the limit; the headers of these versions had them for static types.
    "METH_FASTCALL": PythonVersion(3, 6),
    "Py_bf_getbuffer": PythonVersion(3, 9),
    "Py_bf_releasebuffer": PythonVersion(3, 9),
    "Py_TPFLAGS_HAVE_VECTORCALL": PythonVersion(3, 9),
}
_VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
_NUMBERED = ("type-slot", "late-slot", "module-slot", "type-flag", "member-flag")


@pytest.mark.parametrize(
    "label", [pytest.param(each, marks=pytest.mark.lab(each)) for each in _VERSIONS]
)
def test_numbers_are_those_of_the_headers(
    label: str, python_named: PythonNamed, tmp_path: Path
) -> None:
    """What a version's headers do not define entered the tables later."""
    python = python_named(label)
    version = PythonVersion.parse(label)
    entries = [
        entry
        for entry in table_entries().values()
        if entry.kind in {*_NUMBERED, "method-flag"}
    ]
    lines = ["#include <Python.h>", "#include <structmember.h>"]
    for number, entry in enumerate(entries):
        lines += [f"#ifdef {entry.name}", f"found_{number} {entry.name}", "#endif"]
    source = tmp_path / "names.c"
    source.write_text("\n".join([*lines, ""]), encoding="ascii")
    include = subprocess.run(
        [python.executable, "-c", _INCLUDE], capture_output=True, check=True, text=True
    ).stdout.strip()
    # Numbers from 3.15 on stand under the limit for old ones with the same names.
    command = ["gcc", "-E", "-P", f"-I{include}", str(source)]
    limits = [[], ["-DPy_LIMITED_API=0x03090000"]]
    found = [
        subprocess.run(
            [*command, *limit], capture_output=True, check=True, text=True
        ).stdout
        for limit in limits
    ]
    for number, entry in enumerate(entries):
        values = {
            _value(match[1])
            for text in found
            if (match := re.search(rf"^found_{number} (.+)$", text, re.MULTILINE))
        }
        expected = int(entry.key, 0)
        earlier = _DEFINED_EARLIER if entry.kind != "late-slot" else {}
        is_there = version >= earlier.get(entry.name, entry.since)
        assert (expected in values) is is_there, entry


_INCLUDE = "import sysconfig; print(sysconfig.get_path('include'))"


def _value(expression: str) -> int:
    """Compute ``(1UL << 7)``, ``0x0080``, ``(1 << 3)`` or ``83``."""
    numbers = [int(each, 0) for each in re.findall(r"0x[0-9a-fA-F]+|\d+", expression)]
    return numbers[0] << numbers[1] if "<<" in expression else numbers[0]
