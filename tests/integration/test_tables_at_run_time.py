"""What the findings about tables and formats say, seen on real Pythons.

Each module is compiled with the headers of a Python for floor 3.9, so that the audit
finds the fault, and run on 3.9 and on 3.15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from abi3build.audit.audit_input import audit_wheel
from abi3build.rules.finding import Severity
from workbench.importing import run_code, unpack
from workbench.planted_tables import tables
from workbench.planted_wheels import at, write_wheel
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.fixture_types import PythonNamed

_INCLUDE = "import sysconfig; print(sysconfig.get_path('include'))"
_FORMAT = ('FORMAT="y#"', "PARSE=PyArg_ParseTuple")
_REFERENCES = "import sys; x = core.Thing(); x.other = 70; print(sys.getrefcount(x))"

CASES = [
    pytest.param(
        ("3.15", "TYPE_SLOTS={Py_tp_token,0},"),
        ("Py_tp_token",),
        ("print('made')", "RuntimeError: invalid slot offset", "made"),
        id="token",
    ),
    pytest.param(
        ("3.14", "MODULE_SLOTS={4,(void*)1},"),
        ("Py_mod_gil",),
        ("print('made')", "SystemError: module core uses unknown slot ID 4", "made"),
        id="gil",
    ),
    pytest.param(
        ("3.15", "BASIC_SIZE=-(int)sizeof(int)"),
        ("basicsize<0",),
        ("print(core.Thing.__basicsize__)", "-4", "32"),
        id="negative-size",
    ),
    pytest.param(
        ("3.15", "BASIC_SIZE=-16", 'MEMBERS={"other",1,0,Py_RELATIVE_OFFSET,0},'),
        ("Py_RELATIVE_OFFSET", "basicsize<0"),
        ("print(core.Thing.other.__name__)", "other", "other"),
        id="relative-offset",
    ),
    pytest.param(
        ("3.13", *_FORMAT),
        ('"y#"',),
        ("print(core.parse(b'hello'))", "0", "1"),
        id="size-with-headers-of-3.13",
    ),
    pytest.param(
        ("3.15", *_FORMAT),
        ('"y#"',),
        ("print(core.parse(b'hello'))", "0", "1"),
        id="size-with-headers-of-3.15",
    ),
]


def module_made(
    headers: str, *macros: str, python_named: PythonNamed, folder: Path
) -> Path:
    """Compile a module with the headers of a Python; return the wheel with it."""
    asked = run([python_named(headers).executable, "-c", _INCLUDE], folder)
    recipe = tables(
        "linux-x86_64",
        "HEADERS",
        "Py_LIMITED_API=0x03090000",
        *macros,
        include=asked.stdout.strip(),
    )
    return write_wheel(at("core.abi3.so", recipe), folder)


@pytest.mark.lab("3.9", "3.13", "3.14", "3.15")
@pytest.mark.parametrize(("made", "subjects", "shown"), CASES)
def test_the_finding_tells_what_happens(
    made: tuple[str, ...],
    subjects: tuple[str, ...],
    shown: tuple[str, str, str],
    python_named: PythonNamed,
    tmp_path: Path,
) -> None:
    wheel = module_made(*made, python_named=python_named, folder=tmp_path)
    findings = audit_wheel(wheel).findings
    assert [each.what for each in findings] == list(subjects)
    assert {each.severity for each in findings} == {Severity.ERROR}
    folder = unpack(wheel, tmp_path / "unpacked")
    code, on_3_9, on_3_15 = shown
    for label, expected in (("3.9", on_3_9), ("3.15", on_3_15)):
        done = run_code(python_named(label), folder, f"import core; {code}")
        said = done.stdout or done.stderr
        assert said.strip().splitlines()[-1] == expected


@pytest.mark.lab("3.9", "3.15")
def test_a_relative_member_overwrites_the_reference_count(
    python_named: PythonNamed, tmp_path: Path
) -> None:
    member = 'MEMBERS={"other",1,0,Py_RELATIVE_OFFSET,0},'
    wheel = module_made("3.15", member, python_named=python_named, folder=tmp_path)
    folder = unpack(wheel, tmp_path / "unpacked")
    done = run_code(python_named("3.9"), folder, f"import core; {_REFERENCES}")
    assert done.stdout == "70\n"
