"""The record in wheels that are really built: true, reproducible, and hard to fake."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from abi3build.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.fixture_types import BuildWheel, Sample

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = files("abi3build.wheels") / "abi3build.schema.json"

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the evidence is GCC's and Clang's"
)

MODULE = "sample/_core.abi3.so"
SNEAKY = """\
#undef Py_LIMITED_API
#include <Python.h>
static PyObject *first(PyObject *module, PyObject *items)
{
    PyObject *item = PyTuple_GET_ITEM(items, 0);
    (void)module;
    Py_XINCREF(item);
    return item;
}
static PyMethodDef methods[] = {
    {"first", first, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_core", NULL, 0,
                                        methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit__core(void) { return PyModule_Create(&definition); }
"""


def recorded(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (
            each for each in archive.namelist() if each.endswith("/abi3build.json")
        )
        listed = archive.read(name.replace("abi3build.json", "RECORD"))
        assert f"{name},sha256=".encode() in listed
        return archive.read(name)


def with_member(wheel: Path, name: str, data: bytes) -> Path:
    """Put other bytes in place of a member; the rest is as it was."""
    with zipfile.ZipFile(wheel) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(wheel, "w") as archive:
        for each, content in {**members, name: data}.items():
            archive.writestr(each, content)
    return wheel


def test_the_record_is_true_and_the_same_every_time(
    tmp_path: Path, package: Sample, build_wheel: BuildWheel
) -> None:
    """In whatever folder and under whatever hash seed; pip takes it as it is."""
    wheels = []
    for seed in ("1", "2"):
        project = package("in-package").rename(tmp_path / f"folder-{seed}")
        env = {"SOURCE_DATE_EPOCH": "1700000000", "PYTHONHASHSEED": seed}
        wheels.append(build_wheel(project, isolated=False, env=env).wheel)
    text = recorded(wheels[0])
    assert text == recorded(wheels[1])
    assert str(tmp_path).encode() not in text
    document = json.loads(text)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    release = platform.python_version()
    assert {key: document[key] for key in ("floor", "headers", "target", "verify")} == {
        "floor": "3.9",
        "headers": release,
        "target": "abi3",
        "verify": "error",
    }
    assert document["builder"] == f"CPython {release.rpartition('.')[0]}"
    assert document["compiler"]
    (module,) = document["modules"]
    assert module.pop("confirmed_by").startswith("pyelftools ")
    assert document["modules"] == [
        {
            "file": MODULE,
            "name": "sample._core",
            "not_confirmed": None,
            "not_proven": [],
            "notes": 1,
            "units": 1,
        }
    ]
    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target"]
    subprocess.run([*command, target, wheels[0]], check=True, capture_output=True)
    assert [path.read_bytes() for path in target.glob("*/abi3build.json")] == [text]


def test_a_second_build_of_the_same_objects_counts_the_same(
    package: Sample, build_wheel: BuildWheel
) -> None:
    """Nothing is compiled or linked then."""
    project = package("in-package")
    first, second = (
        recorded(build_wheel(project, isolated=False).wheel) for _ in range(2)
    )
    assert first == second


def test_notes_outlive_linkers_that_drop_what_nobody_calls(
    package: Sample, build_wheel: BuildWheel
) -> None:
    flags = "-flto -ffunction-sections -fdata-sections"
    env = {"CFLAGS": flags, "LDFLAGS": f"{flags} -Wl,--gc-sections -s"}
    build = build_wheel(package("in-package"), isolated=False, env=env)
    (module,) = json.loads(recorded(build.wheel))["modules"]
    assert (module["units"], module["notes"]) == (1, 1)


def test_what_no_build_watched_is_refused_by_the_audit(
    package: Sample, build_wheel: BuildWheel, capsys: pytest.CaptureFixture[str]
) -> None:
    """The symbols are spotless; the missing notes tell, and debug information."""
    project = package("in-package")
    honest = build_wheel(project, isolated=False).wheel.read_bytes()
    (project / "core.c").write_text(SNEAKY, encoding="utf-8")
    env = {"ABI3BUILD_VERIFY": "off", "CFLAGS": "-g"}
    wheel = build_wheel(project, isolated=False, env=env).wheel
    assert main(["audit", str(wheel)]) == 1
    assert "    ABI401 core.c " in capsys.readouterr().out
    env["CFLAGS"] = "-g0"
    wheel = build_wheel(project, isolated=False, env=env).wheel
    assert main(["audit", str(wheel)]) == 1
    assert capsys.readouterr().out == (
        f"{wheel.name} does not keep its promise to Python 3.9\n"
        '  ABI406 verify = "off"   the build watched no unit, so nothing shows that'
        " Py_LIMITED_API was in effect\n"
        '  hint: build it with verify = "error" or "warn", so that units leave notes\n'
    )
    with zipfile.ZipFile(wheel) as archive:
        sneaky = archive.read(MODULE)
    wheel.write_bytes(honest)
    with zipfile.ZipFile(wheel) as archive:
        size = archive.getinfo(MODULE).file_size
    assert main(["audit", str(wheel)]) == 0
    capsys.readouterr()
    assert main(["audit", str(with_member(wheel, MODULE, sneaky))]) == 1
    assert capsys.readouterr().out == (
        f"{wheel.name} does not keep its promise to Python 3.9\n"
        "  ABI606 RECORD          warning: states other sizes, so files were changed"
        f" later: {MODULE} ({size} bytes, but it has {len(sneaky)})\n"
        f"  {MODULE}\n"
        "    ABI406 _core.abi3.so   contains only 0 of the 1 notes that its units"
        " left\n"
        "  hint: build the wheel again: a tool that changes members must rewrite"
        " RECORD\n"
        "  hint: build the wheel again: the file has changed since the build\n"
    )


def test_version_specific_wheels_promise_nothing_and_carry_no_record(
    package: Sample, build_wheel: BuildWheel
) -> None:
    env = {"ABI3BUILD_ABI3": "false"}
    wheel = build_wheel(package("any-target"), isolated=False, env=env).wheel
    with zipfile.ZipFile(wheel) as archive:
        assert not any("abi3build" in name for name in archive.namelist())
