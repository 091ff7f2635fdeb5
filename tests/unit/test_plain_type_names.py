"""What a source decides by the names of types that get a module."""

from __future__ import annotations

from textwrap import dedent

import pytest

from abi3build.port_fix.edits import apply_edits
from abi3build.port_fix.heap_types import HEAP_TYPES
from abi3build.port_fix.rewrites import View
from abi3build.port_fix.source_files import SourceFiles
from abi3build.porting.syntax import dialect_of, parse
from abi3build.versions import PythonVersion

pytest.importorskip("tree_sitter")

START = """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, NULL};
static PyTypeObject One = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "One",
    .tp_new = PyType_GenericNew,
};
"""
PUBLISHED = """\
static int publish(PyObject *m)
{
    PyTypeObject *types[] = {&One, NULL};
    int i;
    for (i = 0; types[i]; i++) {
        PyTypeObject *type = types[i];
        char const *name = type->tp_name;
        if (name[0] != '_' && PyObject_SetAttrString(m, name, (PyObject *)type))
            return -1;
    }
    return 0;
}
PyMODINIT_FUNC
PyInit_m(void)
{
    PyObject *m = PyModule_Create(&module);
    return publish(m) ? NULL : m;
}
"""


def rewritten(text: str) -> tuple[str, list[str]]:
    """Return the text with its types rewritten, and what is left to people."""
    source = dedent(text).encode()
    version = PythonVersion(3, 11)
    sources = SourceFiles({"a.c": parse(source, dialect_of("a.c"))}, version, version)
    found = HEAP_TYPES.find(View(sources, ""))
    edits = found.write(found.subjects).edits.get("a.c", ())
    return apply_edits(source, edits).decode(), [each.reason for each in found.left]


def test_types_are_published_by_their_names_as_before() -> None:
    text, left = rewritten(START + PUBLISHED)
    assert left == []
    assert '"m.One"' in text
    assert "char const *name = abi3_plain_name(type);" in text
    assert "#  define abi3_plain_name abi3_plain_name\n" in text
    assert "#  define abi3_type_name(type) ((type)->tp_name)\n" in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type = types[i]", "type = Py_TYPE(m)"),
        ("{&One, NULL}", "{&One, other(), NULL}"),
        ("int i;", "int i; types[1] = Py_TYPE(m);"),
        ("char const", "type++; char const"),
        ("{&One, NULL}", "{&One, &PyLong_Type, NULL}"),
    ],
)
def test_a_type_stays_if_a_text_could_become_another(old: str, new: str) -> None:
    assert PUBLISHED.count(old) == 1
    text, left = rewritten(START + PUBLISHED.replace(old, new))
    assert "static PyTypeObject One = {" in text
    assert left == ["its name gets a module, and a.c:14 decides by the text of tp_name"]


def test_a_name_with_its_module_is_no_concern_of_this() -> None:
    text, left = rewritten((START + PUBLISHED).replace('"One"', '"m.One"'))
    assert left == []
    assert "char const *name = type->tp_name;" in text
