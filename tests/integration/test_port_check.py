"""The compiler's second opinion about a plan."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from abi3build.cli import main

pytest.importorskip("tree_sitter", reason="the extra port needs Python 3.10")

AGREED = "int f(PyObject *x) { return (int)PyTuple_GET_SIZE(x); }"
# No plan can know what a header of the system defines.
TAKEN = (
    "int f(PyObject *x) { return 0; }\n#ifdef __APPLE_CC__X\nPyList_GET_SIZE\n#endif"
)

# What gcc says of its initializers stands in Python's own header, or below the type.
STATIC = """
static PyTypeObject Own = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "piece.Own",
};
static Py_ssize_t length(PyObject *own) { return own == NULL; }
static PyMappingMethods sizes = {
    (lenfunc)length,
};
#define FIRST(own) (Py_TYPE(own)->tp_as_mapping)
void *f(PyObject *own) { return FIRST(own); }
void *g(void) { return &Own; }
void *h(void) { return &sizes; }
"""


@pytest.fixture(params=["gcc", "clang"])
def chosen_compiler(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CC", request.param)


@pytest.mark.usefixtures("chosen_compiler")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (AGREED, "the compiler agrees at floor 3.9 with headers of"),
        (
            TAKEN,
            (
                "piece.c:4: PyList_GET_SIZE: the plan lists it, but the compiler"
                " accepts it:"
            ),
        ),
        ("int f(void) { return 1 }", "does not compile without the limit either"),
        (
            f'#include "made.h"\n{TAKEN}',
            (
                "piece.c: not checked, made.h is missing (piece.c:2): install what has"
                " it, or build the project once if its build writes it\n"
            ),
        ),
        (STATIC, "the compiler agrees at floor 3.9 with headers of"),
    ],
)
def test_where_plan_and_compiler_differ(
    capsys: pytest.CaptureFixture[str],
    text: str,
    said: str,
) -> None:
    Path("piece.c").write_text(f"#include <Python.h>\n{text}\n", encoding="utf-8")
    main(["port", "piece.c", "--floor", "3.9", "--check"])
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "piece.c",
            (
                "abi3build: error: --check: no-such-compiler cannot be run: No such"
                " file or directory: install a compiler, or name one in CC\n"
            ),
        ),
        (
            "piece.pyx",
            "no C or C++ to compile: build once, and check what Cython writes\n",
        ),
    ],
)
def test_what_cannot_be_checked_does_not_count_as_agreement(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CC", "no-such-compiler")
    Path(name).write_text("\n", encoding="utf-8")
    main(["port", name, "--floor", "3.9", "--check"])
    assert capsys.readouterr().err == said


def test_many_files_that_cannot_be_checked_are_told_in_few_lines(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(5):
        Path(f"part{number}.c").write_text('#include "made.h"\n', encoding="utf-8")
    Path("own.h").write_text("PyObject *f(void);\n", encoding="utf-8")
    main(["port", ".", "--floor", "3.9", "--check"])
    told = capsys.readouterr().err.splitlines()
    assert [each.split(":")[0] for each in told[:3]] == [
        "part0.c",
        "part1.c",
        "part2.c",
    ]
    assert told[3:] == ["2 more files are not checked, for reasons like these"]
