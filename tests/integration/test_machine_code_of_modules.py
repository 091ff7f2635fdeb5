"""`audit --deep` on modules that compilers made, stripped of every symbol."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from abi3build.machine_code.machine_code_reading import read_machine_code
from workbench.running import run

if TYPE_CHECKING:
    from workbench.fixture_types import PythonNamed
    from workbench.pythons import FoundPython

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="links as on Linux"),
    pytest.mark.lab("gcc", "clang", "3.9", "3.13"),
]

PRINT_HEADERS = "import sysconfig; print(sysconfig.get_path('include'))"
SOURCES = Path(__file__).parents[2] / "benchmarks/machine_code_sources"

EXPECTED = {
    "tuple_item of planted": "PyTupleObject.ob_item",
    "list_item of planted": "PyListObject.ob_item",
    "is_int of planted": "PyTypeObject.tp_flags",
    "parsed of planted": "PyTypeObject.tp_flags",
    "from_dict of planted": "PyTypeObject.tp_flags",
    "bytes_read of planted": "PyBytesObject.ob_sval",
    "float_read of planted": "PyFloatObject.ob_fval",
    "str_length of planted": "PyUnicodeObject.length",
    "type_name of planted": "PyTypeObject.tp_name",
    "planted.Thing": "PyTypeObject.tp_free",
    "PyInit_planted": "static PyTypeObject.",
}


def compiled(
    python: FoundPython, compiler: str, source: str, folder: Path, *flags: str
) -> Path:
    """Return a stripped module made from one of the sources."""
    output = folder / "planted.abi3.so"
    headers = run([python.executable, "-c", PRINT_HEADERS], folder).stdout.strip()
    shared = ("-shared", "-fPIC", "-DNDEBUG", "-s", "-w", f"-I{headers}")
    command = [compiler, *shared, *flags, str(SOURCES / source), "-o", str(output)]
    done = run(command, folder)
    assert done.returncode == 0, done.stderr
    return output


@pytest.mark.parametrize(
    ("compiler", "version", "level"),
    [("gcc", "3.9", "-O2"), ("gcc", "3.13", "-Os"), ("clang", "3.13", "-O2")],
)
def test_modules_of_the_full_api_are_seen(
    python_named: PythonNamed, tmp_path: Path, compiler: str, version: str, level: str
) -> None:
    output = compiled(python_named(version), compiler, "hidden.c", tmp_path, level)
    (seen,) = read_machine_code(output.read_bytes())
    found = {
        (each.function.rpartition(" (")[0], f"{each.structure}.{each.field}")
        for each in seen.reads
    }
    assert {pair for pair in EXPECTED.items() if pair not in found} == set()


@pytest.mark.parametrize(
    ("compiler", "source", "flags"),
    [
        ("gcc", "limited.c", ("-O2",)),
        ("clang", "limited.c", ("-O0",)),
        ("g++", "limited.cpp", ("-O2", "-std=c++17")),
    ],
)
def test_modules_of_the_limited_api_have_nothing(
    python_named: PythonNamed,
    tmp_path: Path,
    compiler: str,
    source: str,
    flags: tuple[str, ...],
) -> None:
    output = compiled(python_named("3.9"), compiler, source, tmp_path, *flags)
    (seen,) = read_machine_code(output.read_bytes())
    assert seen.reads == ()
    assert seen.with_objects >= 7


LOST = {
    "lost_none of returned": {"None"},
    "lost_after_call of returned": {"None"},
    "lost_parsed of returned": {"None"},
    "lost_late of returned": {"None"},
    "lost_true of returned": {"True"},
    "lost_truth of returned": {"True", "False"},
    "lost_getter of returned.Lost": {"None"},
    "returned.Lost": {"NotImplemented"},
}


@pytest.mark.lab("3.12")
@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_singletons_are_returned_without_a_reference(
    python_named: PythonNamed, tmp_path: Path, compiler: str, level: str
) -> None:
    # The macros of 3.12 count nothing; those of 3.9 count.
    for version, expected in (("3.12", LOST), ("3.9", {})):
        output = compiled(
            python_named(version), compiler, "returned.c", tmp_path, level
        )
        (seen,) = read_machine_code(output.read_bytes())
        found: dict[str, set[str]] = {}
        for each in seen.borrowed:
            function = each.function.rpartition(" (")[0]
            found.setdefault(function, set()).add(each.singleton)
        assert found == expected


@pytest.mark.lab("3.12")
def test_the_report_names_what_is_returned_without_a_reference(
    python_named: PythonNamed, tmp_path: Path
) -> None:
    made = compiled(python_named("3.12"), "gcc", "returned.c", tmp_path, "-O2")
    made.rename(tmp_path / "returned.abi3.so")
    command = [sys.executable, "-m", "abi3build", "audit", "--deep", "--min-python"]
    done = run([*command, "3.11", "returned.abi3.so"], tmp_path)
    assert done.returncode == 0
    (line,) = [each for each in done.stdout.splitlines() if "ABI409 True" in each]
    assert " warning: returned without a new reference at 0x" in line
    assert line.endswith(
        " and 1 other function; on 3.11, each such call loses one, until Python aborts"
    )
    assert "8 return None or a similar object without a reference\n" in done.stdout
    done = run([*command, "3.12", "returned.abi3.so"], tmp_path)
    assert "ABI409" not in done.stdout


def test_the_report_says_what_was_seen(
    python_named: PythonNamed, tmp_path: Path
) -> None:
    compiled(python_named("3.9"), "gcc", "hidden.c", tmp_path, "-O2")
    command = [sys.executable, "-m", "abi3build", "audit", "--deep", "--format", "json"]
    done = run([*command, "planted.abi3.so"], tmp_path)
    assert done.returncode == 1
    (report,) = json.loads(done.stdout)["reports"]
    (image,) = report["images"]
    assert image["machine_code"]["unread"] is None
    assert image["machine_code"]["functions"] >= len(image["machine_code"]["reads"])
    (items,) = [
        each
        for each in report["findings"]
        if each["subject"] == "PyTupleObject.ob_item"
    ]
    assert items["code"] == "ABI401"
    assert items["severity"] == "error"
    (static,) = [
        each for each in report["findings"] if each["subject"] == "static PyTypeObject"
    ]
    assert "given to PyType_Ready by PyInit_planted (" in static["message"]
    assert items["message"].endswith(
        ": its items begin at byte 24 up to 3.13, and at byte 32 since 3.14"
    )


def test_fields_are_accepted_by_their_names(
    python_named: PythonNamed, tmp_path: Path
) -> None:
    compiled(python_named("3.9"), "gcc", "hidden.c", tmp_path, "-O2")
    names = ("Py*.*", "static PyTypeObject", "PyNever.gone")
    entries = "".join(
        f'[[tool.abi3build.allow]]\nsymbol = "{name}"\nreason = "looked at"\n'
        for name in names
    )
    text = f'[tool.abi3build]\nmin-python = "3.9"\n{entries}'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "abi3build", "audit", "--allow-from", "."]
    done = run([*command, "--deep", "planted.abi3.so"], tmp_path)
    assert done.returncode == 0
    assert "  allowed: ABI401 PyTupleObject.ob_item in planted.abi3.so" in done.stdout
    (stale,) = [each for each in done.stdout.splitlines() if "ABI701" in each]
    assert "PyNever.gone" in stale
    # Nothing but the code shows such fields, so nothing is said to be gone.
    assert "ABI701" not in run([*command, "planted.abi3.so"], tmp_path).stdout
