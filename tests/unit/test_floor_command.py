"""``abi3build floor``: the lowest floor, and what stands in the way of a lower one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from calling import LIBRARY, elf_taking, run, write_wheel

from abi3build.audit.floor_steps import find_floor
from abi3build.audit.report import audit
from abi3build.binaries.cpython_contents import DataTables, TypeTable
from abi3build.binaries.image import BinaryFile, BinaryFormat, Image, Import
from abi3build.rules.audited_files import AuditedFiles
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import FIRST_STABLE_ABI, Promise, PythonVersion

if TYPE_CHECKING:
    from pathlib import Path

NAME = "demo-1.0-cp39-abi3-linux_x86_64.whl"
MEMBERS = {
    "demo/a/sample.abi3.so": elf_taking("PyFrame_GetCode"),
    "demo/b/sample.abi3.so": elf_taking("PyObject_Calloc"),
    "demo/c/sample.abi3.so": elf_taking("PyObject_Calloc"),
}


def test_steps_from_the_floor_down(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_wheel(tmp_path / NAME, MEMBERS)
    status, out, err = run(capsys, "floor", path)
    assert (status, err) == (0, "")
    assert out == (
        f"{NAME}: the lowest possible floor is 3.10, its tag says 3.9\n"
        "  needs 3.10 (3.7 without)\n"
        "    PyFrame_GetCode   demo/a/sample.abi3.so\n"
        "  needs 3.7 (3.2 without)\n"
        "    PyObject_Calloc   demo/b/sample.abi3.so and 1 more place\n"
        "  hint: for PyFrame_GetCode use PyObject_GetAttrString((PyObject *)frame,"
        ' "f_code")\n'
    )
    _, out, _ = run(capsys, "floor", "--verbose", path)
    assert "PyObject_Calloc   demo/b/sample.abi3.so, demo/c/sample.abi3.so\n" in out


def test_json_has_every_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_wheel(tmp_path / NAME, MEMBERS)
    _, out, _ = run(capsys, "floor", "--format", "json", path)
    (report,) = json.loads(out)["floors"]
    assert (report["lowest_floor"], report["stated_floor"]) == ("3.10", "3.9")
    assert [
        (step["needs"], step["without"], [each["file"] for each in step["findings"]])
        for step in report["steps"]
    ] == [
        ("3.10", "3.7", ["demo/a/sample.abi3.so"]),
        ("3.7", "3.2", ["demo/b/sample.abi3.so", "demo/c/sample.abi3.so"]),
    ]


def test_a_table_in_the_data_needs_a_floor_too() -> None:
    types = (TypeTable("core.Thing", -8, 1 << 7, (1, 56)),)
    image = Image(
        BinaryFormat.ELF,
        "x86_64",
        exports=("PyInit_core",),
        tables=DataTables((), types),
    )
    audited = AuditedFiles(
        "demo", Promise(FIRST_STABLE_ABI), (BinaryFile("core.so", (image,)),)
    )
    assert [
        (str(step.needs), [each.what for each in step.findings])
        for step in find_floor(audited).steps
    ] == [("3.12", ["basicsize<0"]), ("3.9", ["Py_bf_getbuffer"])]


def test_what_no_floor_allows_ends_with_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "sample.abi3.so"
    path.write_bytes(elf_taking("_PyLong_NumBits"))
    assert run(capsys, "floor", path) == (
        1,
        (
            "sample.abi3.so: no floor is possible; everything else would allow 3.2\n"
            "  no floor allows\n"
            f"    _PyLong_NumBits   {path}\n"
        ),
        "",
    )


def test_an_unreadable_module_has_no_floor(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "sample.abi3.so"
    path.touch()
    said = "neither elf nor pe nor mach-o, so it has no floor: link it again"
    assert run(capsys, "floor", path) == (3, "", f"abi3build: error: {path}: {said}\n")


def test_a_file_name_needs_a_floor_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "sample.abi3-x86_64-linux-gnu.so"
    path.write_bytes(LIBRARY)
    _, out, _ = run(capsys, "floor", path)
    assert out == (
        f"{path.name}: the lowest possible floor is 3.15\n"
        "  needs 3.15 (3.2 without)\n"
        f"    {path.name}   {path}\n"
    )
    status, out, _ = run(capsys, "audit", path)
    assert status == 0
    assert out.startswith(
        f"{path.name} states no floor; checked against Python 3.15, the lowest that"
        " it allows: passes\n"
    )


@pytest.mark.parametrize("name", ["demo-1.0-cp311-cp311-linux_x86_64.whl", NAME])
def test_a_wheel_of_any_tag_has_a_floor(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    path = write_wheel(tmp_path / name)
    status, out, _ = run(capsys, "floor", path)
    assert status == 0
    assert out.startswith(f"{name}: the lowest possible floor is 3.2")


def test_nothing_with_machine_code_ends_with_3(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write_wheel(tmp_path / "demo-1.0-py3-none-any.whl", {})
    text = (
        f"{path.name}: contains no machine code, so every floor is possible: name a"
        " wheel with extension modules"
    )
    assert run(capsys, "floor", path) == (3, "", f"abi3build: error: {text}\n")
    assert run(capsys, "floor", tmp_path) == (
        3,
        "",
        (
            f"abi3build: note: {text}\n"
            "abi3build: error: none of the files found contains machine code: name"
            " other paths\n"
        ),
    )


@pytest.mark.parametrize("file_format", BinaryFormat)
def test_the_audit_agrees_at_the_floor_and_not_below(file_format: BinaryFormat) -> None:
    """Every symbol of the stable ABI by itself, in each format."""
    library = {
        BinaryFormat.ELF: "",
        BinaryFormat.PE: "python3.dll",
        BinaryFormat.MACH_O: "",
        BinaryFormat.WEB_ASSEMBLY: "",
    }[file_format]
    name = "core.pyd" if file_format is BinaryFormat.PE else "core.abi3.so"
    for symbol in list(stable_symbols())[::25]:
        image = Image(
            file_format, "x86_64", (Import(symbol, library),), ("PyInit_core",)
        )
        file = BinaryFile(name, (image,))
        audited = AuditedFiles(name, Promise(FIRST_STABLE_ABI), (file,))
        found = find_floor(audited)
        if found.never:
            continue
        at_floor = audited._replace(promise=Promise(found.floor))
        assert audit(at_floor).keeps_promise, symbol
        if found.floor > FIRST_STABLE_ABI:
            below = Promise(PythonVersion(3, found.floor.minor - 1))
            assert not audit(audited._replace(promise=below)).keeps_promise, symbol


def test_what_a_binary_meets_above_the_floor(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    taken = ("PyMapping_Items", "PyErr_SetObject", "PyType_FromSpec")
    members = {f"demo/{name}.abi3.so": elf_taking(name) for name in taken}
    path = write_wheel(tmp_path / NAME, members)
    _, out, _ = run(capsys, "floor", path)
    assert out == (
        f"{NAME}: the lowest possible floor is 3.2, its tag says 3.9\n"
        "  2 names behave differently between 3.2 and 3.15: --verbose says how\n"
    )
    _, out, _ = run(capsys, "floor", "--verbose", path)
    lines = out.splitlines()
    assert lines[1:5] == [
        "  changed between 3.2 and 3.15",
        "    demo/PyErr_SetObject.abi3.so",
        "      PyErr_SetObject differs from 3.12 on, rarely: the exception is always an"
        " instance; before the value could be a text, a tuple or NULL until it was"
        " normalized",
        "    demo/PyMapping_Items.abi3.so",
    ]
    _, out, _ = run(capsys, "floor", "--format", "json", path)
    (report,) = json.loads(out)["floors"]
    first = report["changed"][0]
    assert first["file"] == "demo/PyErr_SetObject.abi3.so"
    assert first["architecture"] is None
    (change,) = first["changes"]
    assert (change["version"], change["rarely"]) == ("3.12", True)
