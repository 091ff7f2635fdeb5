"""Why a unit is lost, in the words of GCC, Clang and Microsoft's compiler."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from abi3build.setuptools_plugin.compile_failures import diagnose
from abi3build.setuptools_plugin.compile_obstacles import (
    Explanation,
    missing_declarer,
)
from abi3build.setuptools_plugin.failed_constructs import FailedConstruct, compat_hints
from abi3build.setuptools_plugin.repeated_compiles import without_limit
from abi3build.setuptools_plugin.watching import FailedCommand
from abi3build.versions import PythonVersion

FLOOR, BUILDER = PythonVersion(3, 9), PythonVersion(3, 12)
NOT_THE_LIMIT = "hint: correct the code or the options: the limit is not the cause"
FREE = "hint: free space there and in the temporary folder (TMPDIR), then build again"
WITH_LIMIT = "does not compile with the Limited API of Python 3.9"
PORT = (
    "hint: `abi3build port --min-python 3.9 core.c` finds everything that has to change"
)
FOR_SIZE = (
    "hint: for PyList_GET_SIZE use PyList_Size (stable since 3.2): Checks the type; -1"
    " on error."
)
COMPAT = "hint: compat = true settles PyList_GET_SIZE without changes to the sources"
COMPILER = """
import pathlib, sys
is_limited = any("Py_LIMITED_API" in each for each in sys.argv)
said = pathlib.Path(sys.argv[1 if is_limited else 2]).read_text("utf-8")
sys.stdout.write(said)
sys.exit(bool(said))
"""

INCLUDED_BY_GCC = """\
In file included from /py/Python.h:10,
                 from own/first.h:3,
                 from core.c:1:
/py/listobject.h:5:2: warning: old news
In file included from /py/frameobject.h:17,
                 from own/second.h:4,
                 from core.c:2:
/py/cpython/frameobject.h:45:5: error: 'CO_MAXBLOCKS' undeclared here
   45 |     int blocks[CO_MAXBLOCKS];
"""
INCLUDED_BY_CLANG = """\
In file included from core.c:2:
In file included from own/second.h:4:
In file included from /py/frameobject.h:17:
/py/cpython/frameobject.h:45:5: error: 'CO_MAXBLOCKS' undeclared here
    int blocks[CO_MAXBLOCKS];
"""
EXPANDED = """\
core.c:4:1: error: variable 'FooType' has initializer but incomplete type
    4 | static PyTypeObject FooType = {
      | ^~~~~~
In file included from /py/Python.h:44,
                 from core.c:2:
/py/object.h:84:5: error: extra brace group at end of initializer
   84 |     { PyObject_HEAD_INIT(type) size },
      |     ^
core.c:5:5: note: in expansion of macro 'PyVarObject_HEAD_INIT'
    5 |     PyVarObject_HEAD_INIT(NULL, 0)
      |     ^~~~~~~~~~~~~~~~~~~~~
core.c:6:6: error: 'PyTypeObject' {aka 'struct _typeobject'} has no member named \
'tp_name'
    6 |     .tp_name = "core.Foo",
      |      ^~~~~~~
"""
FIELDS = """\
core.c:15:31: error: incomplete definition of type 'struct _typeobject'
    const char *n = Py_TYPE(a)->tp_name;
                    ~~~~~~~~~~^
core.c:16:26: error: 'PyListObject' undeclared (first use in this function)
   16 |     PyObject **items = ((PyListObject *)a)->ob_item;
      |                          ^~~~~~~~~~~~
"""
NEWER = """\
core.c:3:5: error: unknown type name 'Py_buffer'
core.c:4:5: error: implicit declaration of function 'PyModule_AddObjectRef'; did you \
mean 'PyModule_AddObject'? [-Werror=implicit-function-declaration]
core.c:9:5: error: 'PyBUF_SIMPLE' undeclared here
core.c:9:5: error: 'PySlot_END' undeclared here
core.c:10:5: error: expected ';' before 'x'
"""
JSON = json.dumps(
    [
        {
            "kind": "error",
            "message": "implicit declaration of function 'PyList_GET_SIZE'",
            "locations": [{"caret": {"file": "core.c", "line": 7, "byte-column": 9}}],
        }
    ]
)
SARIF = json.dumps(
    {
        "version": "2.1.0",
        "runs": [
            {
                "results": [
                    {
                        "level": "error",
                        "message": {"text": "'PyList_GET_SIZE' undeclared"},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": "core.c"},
                                    "region": {"startLine": 7, "startColumn": 9},
                                }
                            }
                        ],
                    }
                ]
            }
        ],
    }
)
UNDECLARED = "core.c:7:9: error: implicit declaration of function 'PyList_GET_SIZE'"
HEAP_TYPE = (
    "hint: for a static type use PyType_FromSpec (stable since 3.2): A heap type: its"
    " instances hold a reference to it, so tp_dealloc releases the type and"
    " tp_traverse visits it. Add it with PyModule_AddObject; made by"
    " PyType_FromModuleAndSpec it knows its module."
)


def compiler(folder: Path, limited: str, unlimited: str) -> list[str]:
    """Make a command that says what a real compiler said, with and without limit."""
    for name, text in (("limited", limited), ("unlimited", unlimited)):
        folder.joinpath(name).write_text(text, encoding="utf-8")
    script = folder / "compiler.py"
    script.write_text(COMPILER, encoding="utf-8")
    said = [str(folder / "limited"), str(folder / "unlimited")]
    return [
        sys.executable,
        str(script),
        *said,
        "-DPy_LIMITED_API=0x03090000",
        "core.c",
    ]


def explain(
    folder: Path, monkeypatch: pytest.MonkeyPatch, limited: str, unlimited: str
) -> Explanation:
    """Explain what such a compiler says of a project with one source."""
    monkeypatch.chdir(folder)
    (folder / "core.c").touch()
    command = compiler(folder, limited, unlimited)
    fault = OSError("command failed")
    return diagnose([FailedCommand.here(command)], fault, ["core.c"], FLOOR, BUILDER)


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        pytest.param(
            output,
            [
                "own/second.h:4: 'CO_MAXBLOCKS' undeclared here"
                " (inside /py/cpython/frameobject.h:45)",
            ],
            id=name,
        )
        for name, output in (
            ("inside-gcc", INCLUDED_BY_GCC),
            ("inside-clang", INCLUDED_BY_CLANG),
        )
    ]
    + [
        pytest.param(output, [line, FOR_SIZE, COMPAT, PORT], id=name)
        for name, output, line in (
            (
                "gcc",
                f"{UNDECLARED}; did you mean 'PyList_Size'?"
                " [-Werror=implicit-function-declaration]\n",
                "core.c:7: implicit declaration of function 'PyList_GET_SIZE'",
            ),
            (
                "gcc-colored",
                "\x1b[01m\x1b[Kcore.c:7:9:\x1b[m\x1b[K \x1b[01;31m\x1b[Kerror: \x1b[m"
                "\x1b[Kimplicit declaration of function '\x1b[01m\x1b[KPyList_GET_SIZE"
                "\x1b[m\x1b[K' [\x1b]8;;https://gcc.gnu.org/\x07-Werror=implicit\x1b]"
                "8;;\x07]\n",
                "core.c:7: implicit declaration of function 'PyList_GET_SIZE'",
            ),
            (
                "gcc-json",
                f"{JSON}\n",
                "core.c:7: implicit declaration of function 'PyList_GET_SIZE'",
            ),
            ("gcc-sarif", f"{SARIF}\n", "core.c:7: 'PyList_GET_SIZE' undeclared"),
            (
                "clang",
                "core.c:7:9: error: call to undeclared function 'PyList_GET_SIZE'; ISO"
                " C99 and later do not support implicit function declarations\n",
                "core.c:7: call to undeclared function 'PyList_GET_SIZE'; ISO C99"
                " and later do not support implicit function declarations",
            ),
            (
                "clang-msvc",
                "core.c(7,9): error: use of undeclared identifier 'PyList_GET_SIZE'\n",
                "core.c:7: use of undeclared identifier 'PyList_GET_SIZE'",
            ),
            (
                "microsoft",
                "core.c\ncore.c(7): error C4013: 'PyList_GET_SIZE' undefined; assuming"
                " extern returning int\n",
                "core.c:7: C4013: 'PyList_GET_SIZE' undefined; assuming extern"
                " returning int",
            ),
        )
    ]
    + [
        pytest.param(
            EXPANDED,
            [
                "core.c:4: FooType is a static type, and the Limited API hides its"
                " layout",
                "2 further errors follow from these",
                HEAP_TYPE,
                PORT,
            ],
            id="static-type",
        ),
        pytest.param(
            FIELDS,
            [
                "core.c:15: PyTypeObject.tp_name is a field that the Limited API hides",
                "core.c:16: 'PyListObject' undeclared (first use in this function)",
                "hint: for PyTypeObject.tp_name use PyObject_GetAttrString((PyObject"
                ' *)type, "__name__") (stable since 3.2): New reference to a string'
                " object.",
                "hint: for PyListObject.ob_item use PyList_GetItem (stable since 3.2):"
                " Item by item, borrowed: no function returns the array itself.",
                PORT,
            ],
            id="fields",
        ),
        pytest.param(
            NEWER,
            [
                "core.c:3: unknown type name 'Py_buffer'",
                "core.c:4: implicit declaration of function 'PyModule_AddObjectRef'",
                "core.c:9: 'PyBUF_SIMPLE' undeclared here",
                "core.c:9: 'PySlot_END' undeclared here",
                "1 further error follows from these",
                'hint: min-python = "3.10" settles PyModule_AddObjectRef',
                'hint: min-python = "3.11" settles Py_buffer, PyBUF_SIMPLE',
                'hint: min-python = "3.15" settles PySlot_END, if Python 3.15 or later'
                " runs the build",
                "hint: for Py_buffer use PyMemoryView_FromObject (stable since 3.2): A"
                " memory view is an object, and holds the buffer in the place of the"
                " structure.",
                "hint: for PyModule_AddObjectRef use PyModule_AddObject (stable since"
                " 3.2): Takes over the reference on success: Py_INCREF it before, and"
                " Py_DECREF it if the result is -1.",
                PORT,
            ],
            id="newer",
        ),
    ],
)
def test_the_limit_is_blamed_for_what_it_takes(
    output: str, lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained = explain(tmp_path, monkeypatch, output, "")
    assert explained == Explanation(WITH_LIMIT, tuple(lines), may_be_left_out=True)


@pytest.mark.parametrize(
    ("output", "what", "lines"),
    [
        (
            "core.c:4:9: error: expected expression before ';' token\n",
            "does not compile, with or without the Limited API",
            ["core.c:4: expected expression before ';' token", NOT_THE_LIMIT],
        ),
        (
            "cc1: error: unrecognized command-line option '-fnosuch'\n",
            "does not compile, with or without the Limited API",
            ["unrecognized command-line option '-fnosuch'", NOT_THE_LIMIT],
        ),
        (
            "core.c:4: error: 'x' undeclared\nld: final link failed: No space left on"
            " device\ncollect2: error: ld returned 1 exit status",
            "cannot be built: the disk is full",
            ["ld: final link failed: No space left on device", FREE],
        ),
        (
            "killed\n",
            "does not compile, with or without the Limited API",
            [
                "command failed",
                f"hint: check that {sys.executable} is a compiler that works",
            ],
        ),
        *(
            (
                f"core.c:3:10: fatal error: {said}\n",
                "does not compile: zlibx.h was not found",
                [
                    "core.c:3 includes it",
                    "hint: install its library with the development files, or add its"
                    " folder to include_dirs",
                ],
            )
            for said in (
                "zlibx.h: No such file or directory",
                "'zlibx.h' file not found",
                "C1083: Cannot open include file: 'zlibx.h': No such file or directory",
            )
        ),
        (
            "core.c:1:10: fatal error: Python.h: No such file or directory\n",
            "does not compile: Python.h was not found",
            [
                "core.c:1 includes it",
                "hint: install the headers of this Python (Debian: apt install"
                " python3-dev)",
            ],
        ),
        (
            "core.c:1: fatal error: error writing to /tmp/x.s: No space left on device",
            "cannot be built: the disk is full",
            [
                "core.c:1: fatal error: error writing to /tmp/x.s: No space left on"
                " device",
                FREE,
            ],
        ),
    ],
)
def test_the_limit_is_not_blamed_for_what_fails_without_it(
    output: str,
    what: str,
    lines: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    explained = explain(tmp_path, monkeypatch, output, output)
    assert explained == Explanation(what, tuple(lines))


def test_what_fails_with_and_without_the_limit_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = "core.c:9:1: error: expected ';'\n"
    explained = explain(tmp_path, monkeypatch, f"{UNDECLARED}\n{plain}", plain)
    assert explained.lines[:2] == (
        "core.c:7: implicit declaration of function 'PyList_GET_SIZE'",
        "core.c:9: expected ';', also without the limit",
    )


def test_a_source_that_sets_the_limit_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the option it has the limit still; the name in the error tells."""
    explained = explain(tmp_path, monkeypatch, f"{UNDECLARED}\n", f"{UNDECLARED}\n")
    assert explained.what == WITH_LIMIT


def test_every_line_that_uses_a_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "core.c").write_text(
        "PyList_GET_SIZE(a);\n// PyList_GET_SIZE\n#ifndef Py_LIMITED_API\n"
        'PyList_GET_SIZE(b);\n#endif\n"PyList_GET_SIZE";\nPyList_GET_SIZE(c);\n'
    )
    command = compiler(tmp_path, UNDECLARED.replace(":7:", ":1:"), "")
    explained = diagnose(
        [FailedCommand.here(command)], OSError(), ["core.c"], FLOOR, BUILDER
    )
    assert explained.lines[0].startswith("core.c:1, 7: implicit declaration")


def test_units_that_were_not_reached_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("first.c", "core.c", "later.c", "other.cpp"):
        (tmp_path / name).touch()
    told = "import sys; sys.stdout.write(sys.argv[-2]); sys.exit(1)"
    said = "core.c:7:9: error: 'PyList_GET_SIZE' undeclared\n"
    command = [sys.executable, "-c", told, "-DPy_LIMITED_API=3", said, "core.c"]
    sources = ["first.c", "core.c", "later.c", "other.cpp"]
    asked: list[list[str]] = []

    def errors_of(command: list[str]) -> tuple[int, str]:
        asked.append(command)
        source = next(word for word in command if word in sources)
        is_limited = any("Py_LIMITED_API" in word for word in command)
        return 1, said.replace("core.c", source) if is_limited else ""

    monkeypatch.setattr(
        "abi3build.setuptools_plugin.compile_failures.errors_of", errors_of
    )
    explained = diagnose(
        [FailedCommand.here(command)], OSError(), sources, FLOOR, BUILDER
    )
    assert explained.lines[:2] == (
        "core.c:7: 'PyList_GET_SIZE' undeclared",
        "later.c:7: 'PyList_GET_SIZE' undeclared",
    )
    assert [word for each in asked for word in each if word in sources] == [
        "core.c",
        "core.c",
        "later.c",
    ]


def test_a_command_is_run_again_where_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project's build_ext may work in a folder and leave it again."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "native").mkdir()
    (tmp_path / "native/core.c").touch()
    command = compiler(tmp_path, UNDECLARED, "")
    failed = FailedCommand(command, str(tmp_path / "native"))
    explained = diagnose([failed], OSError(), ["core.c"], FLOOR, BUILDER)
    assert explained.what == WITH_LIMIT
    assert Path.cwd() == tmp_path


def test_a_field_that_no_header_has_is_not_the_limits_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (
        "core.c:4:9: error: 'PyLongObject' {aka 'struct _longobject'} has no member"
        " named 'long_value'\n"
    )
    explained = explain(tmp_path, monkeypatch, said, said)
    assert explained.what == "does not compile, with or without the Limited API"
    both = explain(tmp_path, monkeypatch, said + UNDECLARED, said)
    assert both.what == WITH_LIMIT
    assert not any("hides" in line for line in both.lines)


@pytest.mark.parametrize(
    ("files", "failed", "fault", "what"),
    [
        ("", [], "", "cannot be built: its source core.c does not exist"),
        (
            "core.pyx",
            [],
            "",
            ("cannot be built: core.pyx needs Cython, which is not installed"),
        ),
        ("core.c", [], "no cmake", "is not built"),
        ("core.c", [], "unknown file type '.rs' (from 'core.rs')", "is not built"),
        (
            "core.c",
            [],
            "command 'noswig' failed: No such file or directory",
            "cannot be built: the program noswig was not found",
        ),
        (
            "core.c",
            ["nocc", "-c", "core.c"],
            "command 'nocc' failed: No such file or directory",
            "cannot be built: the program nocc was not found",
        ),
        (
            "core.c",
            [],
            "[Errno 28] No space left on device: 'x'",
            "cannot be built: the disk is full",
        ),
        (
            "core.c",
            [],
            "error: Microsoft Visual C++ 14.0 or greater is required.",
            "does not compile: no compiler was found",
        ),
        ("core.c", [sys.executable, "-c", "", "core.c"], "killed", "does not compile"),
    ],
)
def test_faults_that_no_compiler_tells(  # noqa: PLR0913, PLR0917 - a row and fixtures
    files: str,
    failed: list[str],
    fault: str,
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in files.split():
        (tmp_path / name).touch()
    commands = [FailedCommand.here(failed)] if failed else []
    explained = diagnose(commands, OSError(fault), ["core.c"], FLOOR, BUILDER)
    assert (explained.what, explained.may_be_left_out) == (what, False)
    assert "unknown file" not in fault or explained.lines[-1].startswith("hint: ")


@pytest.mark.parametrize(
    ("text", "installed", "package"),
    [
        ("setup(cffi_modules=['build.py:ffi'])", (), "cffi"),
        ("setup(cffi_modules=['build.py:ffi'])", ("cffi",), ""),
        ("setup(rust_extensions=[])", ("cffi",), "setuptools-rust"),
        ("setup(ext_modules=[])", (), ""),
    ],
)
def test_extensions_of_a_package_that_is_not_installed(
    text: str,
    installed: tuple[str, ...],
    package: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "abi3build.setuptools_plugin.compile_obstacles.find_spec",
        lambda name: name if name in installed else None,
    )
    assert missing_declarer(text) == package


def test_a_compile_without_the_limit_leaves_nothing_behind() -> None:
    limits = ["-D", "Py_LIMITED_API=0x03090000", "-DPy_TARGET_ABI3T", "-DABI3BUILD_X=1"]
    writes = ["-MD", "-MF", "x.d", "-c", "core.c", "-o", "core.o"]
    folders = ["-I.", "-Ibuild/abi3build-include"]
    command = ["gcc", *folders, *limits, "-DX", *writes]
    assert without_limit(command) == ["gcc", "-I.", "-DX", "core.c", "-fsyntax-only"]
    assert without_limit(["cl.exe", "/c", "/DPy_LIMITED_API=1", "core.c"]) == [
        "cl.exe",
        "/c",
        "core.c",
        "/Zs",
    ]


@pytest.mark.parametrize(
    ("names", "command", "settles"),
    [
        (("PyList_GET_SIZE", "PyTuple_GET_ITEM"), ("cc", "-c"), True),
        (("PyList_GET_SIZE", "static type"), ("cc", "-c"), False),
        (("PyList_GET_SIZE",), ("cc", "-DABI3BUILD_COMPAT", "-c"), False),
        (("PyList_GET_SIZE",), ("cl.exe", "/c"), False),
        ((), ("cc", "-c"), False),
    ],
)
def test_the_header_is_named_if_it_settles_all(
    names: tuple[str, ...],
    command: tuple[str, ...],
    settles: bool,  # noqa: FBT001
) -> None:
    constructs = [FailedConstruct(name, name, (("core.c", 7),)) for name in names]
    said = "hint: compat = true settles {} without changes to the sources"
    expected = [said.format(", ".join(names))] if settles else []
    assert compat_hints(constructs, FLOOR, BUILDER, command) == expected
