"""What is code in a source, and which of its lines lead to a symbol."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi3build.evidence.compiled_units import TranslationUnit
from abi3build.evidence.source_lines import (
    lines_that_change_the_limit,
    lines_that_lead_to,
)
from abi3build.sources.code import c_code, cython_code, lines_with


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("a /* b\nc */ d", "a     \n     d"),
        ("a // b\nc", "a     \nc"),
        ("a // b \\\nc\nd", "a       \n \nd"),
        ('f("/* ", x) /* y */', "f(     , x)        "),
        (r'f("\"", x)', "f(    , x)"),
        ("f('\"', x)", "f(   , x)"),
        ("1'000 + Py'x' + 0x1'0u", "1'000 + Py    + 0x1'0u"),
        ('x = R"e(a" // )b" )e" + y', "x =                   + y"),
        ("a /* never closed", "a                "),
        ('"never closed\nb', "             \nb"),
    ],
)
def test_what_is_code_in_c(source: str, code: str) -> None:
    assert c_code(source) == code


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("a # b\nc", "a    \nc"),
        ('a = "b # c" + d', "a =         + d"),
        ('"""a\nb"""\nc', "    \n    \nc"),
        (
            'cdef extern from *:\n    """\n    int a; // b\n    """\n    c',
            "cdef extern from *:\n       \n    int a;     \n       \n    c",
        ),
    ],
)
def test_what_is_code_in_cython(source: str, code: str) -> None:
    assert cython_code(source) == code


@given(st.text(alphabet="ab1\"'/*\\\n\r# R()x"))
def test_every_line_stays_where_it_is(text: str) -> None:
    for read in (c_code, cython_code):
        assert len(read(text)) == len(text)
        assert [at for at, letter in enumerate(read(text)) if letter == "\n"] == [
            at for at, letter in enumerate(text) if letter == "\n"
        ]


def test_words_are_whole() -> None:
    code = "PyLong x;\nPyLongs y;\nmyPyLong z;\n(PyLong)"
    assert lines_with(code, frozenset(["PyLong"])) == [1, 4]


SOURCE = """\
#include "own.h"
/* taken(): _PyLong_Copy */
static PyObject *taken(PyObject *given)
{
    return COPY(given); // _PyLong_Copy
}
static PyObject *other(PyObject *given) { return copied(given); }
static struct { void *call; } table[] = {
    {_PyLong_Copy},
};
const char *name = "_PyLong_Copy";
"""
OWN = """\
#undef Py_LIMITED_API /* gone */
#  define Py_LIMITED_API \\
    0x030d0000
#define COPY(given) \\
    COPY_OF(given)
#define COPY_OF _PyLong_Copy
"""
PYTHON = """\
static inline PyObject *copied(PyObject *given)
{
    return _PyLong_Copy(given);
}
"""


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TranslationUnit:
    """Return a unit with a header of its own and one of Python's."""
    project, python = tmp_path / "project", tmp_path / "python"
    project.mkdir()
    python.mkdir()
    monkeypatch.chdir(project)
    Path("core.c").write_text(SOURCE, encoding="utf-8")
    Path("own.h").write_text(OWN, encoding="utf-8")
    (python / "longobject.h").write_text(PYTHON, encoding="utf-8")
    others = (str(python / "Python.h"), str(python / "longobject.h"))
    return TranslationUnit("core.c", own_files=("core.c", "own.h"), other_files=others)


def test_lines_of_the_function_that_uses_a_symbol(unit: TranslationUnit) -> None:
    def lines(function: str) -> list[tuple[str, int]]:
        return lines_that_lead_to("_PyLong_Copy", unit, function)

    assert lines("taken()") == [("core.c", 5)]
    assert lines("own::other()") == [("core.c", 7)]
    assert lines("table") == [("core.c", 9)]
    everywhere = [("core.c", line) for line in (5, 7, 9)]
    assert lines("unknown()") == [*everywhere, ("own.h", 4), ("own.h", 5), ("own.h", 6)]


def test_lines_that_change_the_limit(unit: TranslationUnit) -> None:
    assert lines_that_change_the_limit(unit) == [
        "own.h:1: #undef Py_LIMITED_API",
        "own.h:2: #define Py_LIMITED_API \\",
    ]
