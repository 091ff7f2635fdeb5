"""Macros that set fields of the types that they get."""

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

TYPES = """\
static PyTypeObject One = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.One",
    .tp_flags = Py_TPFLAGS_DEFAULT,
};
static PyTypeObject Two = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.Two",
    .tp_flags = Py_TPFLAGS_DEFAULT,
};
"""
MACRO = """\
#define ADD(name, type) \\
    { \\
        type.tp_new = PyType_GenericNew; \\
        if (PyType_Ready(&type) < 0) return NULL; \\
        PyModule_AddObject(m, name, (PyObject *)&type); \\
    }
"""
USES = """\
PyMODINIT_FUNC
PyInit_m(void)
{
    PyObject *m = PyModule_Create(&module);
    ADD("One", One);
    ADD("Two", Two);
    return m;
}
"""


def rewritten(text: str) -> str:
    """Return the text with all its types rewritten together."""
    source = dedent(text).encode()
    version = PythonVersion(3, 11)
    sources = SourceFiles({"a.c": parse(source, dialect_of("a.c"))}, version, version)
    found = HEAP_TYPES.find(View(sources, ""))
    edits = found.write(found.subjects).edits.get("a.c", ())
    return apply_edits(source, edits).decode()


def test_a_field_that_a_macro_sets_becomes_a_slot_of_each_type() -> None:
    text = rewritten(TYPES + MACRO + USES)
    assert text.count("{Py_tp_new, (void *)PyType_GenericNew},") == 2
    macro = text[text.index("#define ADD") : text.index("PyMODINIT_FUNC")]
    assert macro == (
        "#define ADD(name, type) \\\n"
        "    { \\\n"
        "        if (type##_create() < 0) return NULL; \\\n"
        "        PyModule_AddObject(m, name, (PyObject *)&type); \\\n"
        "    }\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type.tp_new = PyType_GenericNew;", "if (x) type.tp_new = PyType_GenericNew;"),
        ("type.tp_new = PyType_GenericNew;", "type.tp_doc = name;"),
        ("type.tp_new = PyType_GenericNew;", "type.tp_flags |= FLAG;"),
        ('    ADD("Two", Two);\n', '    ADD("Two", *Two_ptr);\n'),
        ('    ADD("Two", Two);\n', '    x = y + ADD("Two", Two);\n'),
    ],
)
def test_a_macro_that_is_not_certain_stays(old: str, new: str) -> None:
    source = TYPES + MACRO + USES
    assert source.count(old) == 1
    text = rewritten(source.replace(old, new))
    assert "static PyTypeObject One = {" in text
    assert "type.tp_" in text


def test_a_macro_under_a_condition_sets_nothing_for_certain() -> None:
    source = TYPES + MACRO + USES.replace('ADD("Two"', 'if (x) ADD("Two"')
    text = rewritten(source)
    assert "static PyTypeObject Two = {" in text
    assert "type.tp_new = PyType_GenericNew;" in text
