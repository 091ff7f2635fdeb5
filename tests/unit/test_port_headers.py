"""What ``abi3build port`` says of newer headers, and of behavior beside the places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import run

pytest.importorskip("tree_sitter", reason="the extra port needs Python 3.10")

SOURCE = """\
#include <Python.h>
PyObject *f(PyObject *self, PyObject *given)
{
    PyObject *object = PyWeakref_GetObject(given);
    if (object == NULL) { return PyEval_CallObject(given, NULL); }
#if PY_VERSION_HEX < 0x030D0000
    PyEval_InitThreads();
#endif
    long number = PyLong_AsLong(given);
    PyOS_AfterFork();
    return PyUnicode_AsEncodedObject(given, "hex", number ? "" : "strict");
}
"""
NOTHING_ELSE = """\
headers of 3.15 drop PyEval_CallObject, PyUnicode_AsEncodedObject, PyWeakref_GetObject:\
 --headers 3.15 names each place

Deprecated in headers of 3.11 (it compiles, with a warning):
  PyEval_InitThreads: deprecated since 3.9; leave it out, Python does it by itself\
 since 3.7
      core.c:7
  PyOS_AfterFork: deprecated since 3.7; use PyOS_AfterFork_Child (stable since 3.7)
      core.c:10
  PyUnicode_AsEncodedObject: deprecated since 3.6, no longer compiles from 3.15 on; use\
 PyCodec_Encode (stable since 3.2)
      core.c:11

Behaves differently between 3.9 and 3.15:
  PyLong_AsLong: fails from 3.10 on: no longer calls __int__(): float, Decimal and\
 similar types raise TypeError
      core.c:9
"""
DROPPED = """\
  PyEval_CallObject: headers of 3.13 and later no longer declare it
      use PyObject_CallObject (stable since 3.2)
      https://docs.python.org/3/c-api/call.html#c.PyObject_CallObject
      core.c:5
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put one source into an empty folder."""
    monkeypatch.chdir(tmp_path)
    Path("core.c").write_text(SOURCE, encoding="utf-8")


def test_what_newer_headers_drop_is_a_line_until_it_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run(capsys, "port", "core.c", "--floor", "3.9")
    assert status == 0
    assert out.endswith(NOTHING_ELSE)


def test_what_the_headers_drop_has_to_change(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ("port", "core.c", "--floor", "3.9", "--headers", "3.15")
    status, out, _ = run(capsys, *asked)
    assert status == 1
    assert out.startswith("3 places in 3 constructs to change for abi3 of Python 3.9")
    assert DROPPED in out
    # The line is for older headers, and these ones no longer have it.
    assert "PyEval_InitThreads" not in out
    assert "--headers 3.15" not in out
    report = json.loads(run(capsys, *asked, "--format", "json")[1])
    dropped = {each["name"]: each for each in report["constructs"]}
    assert {each["kind"] for each in dropped.values()} == {"dropped by newer headers"}
    assert dropped["PyWeakref_GetObject"]["places"] == [{"file": "core.c", "line": 4}]
    # PyWeakref_GetRef is too new for the floor.
    instead = "PyObject_CallObject(reference, NULL) (stable since 3.2)"
    assert dropped["PyWeakref_GetObject"]["instead"] == instead
    assert report["deprecated"] == [
        {
            "name": "PyOS_AfterFork",
            "since": "3.7",
            "removal": None,
            "instead": "use PyOS_AfterFork_Child (stable since 3.7)",
            "places": [{"file": "core.c", "line": 10}],
        }
    ]
    assert [each["name"] for each in report["changed"]] == ["PyLong_AsLong"]
    assert report["changed"][0]["places"] == [{"file": "core.c", "line": 9}]
    assert report["later_headers"]["dropped"] == []


def test_a_floor_at_which_no_headers_declare_a_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = run(capsys, "port", "core.c", "--floor", "3.13", "--format", "json")[1]
    names = {each["name"] for each in json.loads(out)["constructs"]}
    assert names == {"PyEval_CallObject"}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("markdown", "- `PyWeakref_GetObject`: headers of 3.15 and later no longer"),
        ("markdown", "### Deprecated in headers of 3.15 (it compiles, with a warning)"),
        ("markdown", r"- `PyLong_AsLong`: fails from 3.10 on: no longer calls \_\_int"),
        ("html", "<h3>Behaves differently between 3.9 and 3.15</h3>"),
        (
            "github",
            "::warning file=core.c,line=4::PyWeakref_GetObject: headers of 3.15",
        ),
        (
            "github",
            "::notice file=core.c,line=10::PyOS_AfterFork: deprecated since",
        ),
        ("sarif", '"text": "PyOS_AfterFork: deprecated since 3.7; use PyOS_AfterFork_'),
    ],
)
def test_forms(form: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--floor", "3.9", "--headers", "3.15", "--format", form)
    assert said in run(capsys, "port", "core.c", *asked)[1]


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (
            "3.10",
            "--headers 3.10: they cannot build for the floor 3.11: name headers of 3.11"
            " or later, or a lower floor",
        ),
        (
            "3.99",
            '--headers: expected a Python version from "3.2" to "3.15", got "3.99":'
            " this abi3build knows Python only up to 3.15, upgrade it for later"
            " versions",
        ),
    ],
)
def test_impossible_headers(
    headers: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("port", "core.c", "--floor", "3.11", "--headers", headers)
    status, out, err = run(capsys, *asked)
    assert (status, out, err) == (2, "", f"abi3build: error: {said}\n")


@pytest.mark.parametrize("headers", ["3.11", "3.15"])
def test_what_headers_show_under_lower_floors_alone(
    headers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("core.c").write_text(
        "#include <Python.h>\nvoid f(char *a, char *b) { Py_MEMCPY(a, b, 3); }\n"
    )
    found = [
        run(capsys, "port", "core.c", "--floor", floor, "--headers", headers)
        for floor in ("3.10", "3.11")
    ]
    assert [status for status, _, _ in found] == [0, 1]
    assert found[1][1].endswith(
        "One line each:\n"
        "  Py_MEMCPY: not declared under a limit of 3.11 and later\n"
        "      use memcpy (stable since 3.2)\n"
        "      Include <string.h>.\n"
        "      https://docs.python.org/3/c-api/intro.html#c.Py_MEMCPY\n"
        "      core.c:2\n"
    )
