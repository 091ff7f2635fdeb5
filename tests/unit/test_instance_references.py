"""An instance holds one reference to its type on the heap, however it is set up."""

from __future__ import annotations

import pytest

from abi3build.port_fix.edits import apply_edits
from abi3build.port_fix.heap_types import HEAP_TYPES
from abi3build.port_fix.rewrites import View
from abi3build.port_fix.source_files import SourceFiles
from abi3build.porting.syntax import Dialect, parse
from abi3build.versions import PythonVersion

pytest.importorskip("tree_sitter")

_TYPE = """\
static void item_dealloc(PyObject *self) { PyObject_Free(self); }
static PyTypeObject Item = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.Item",
    .tp_basicsize = sizeof(ItemObject),
    .tp_dealloc = item_dealloc,
    .tp_new = item_new,
};
static PyObject *make(int n, PyObject *old)
{
%s
    return (PyObject *)item;
}
PyMODINIT_FUNC PyInit_m(void)
{
    if (PyType_Ready(&Item) < 0) { return NULL; }
    return PyModule_Create(&module);
}
"""


def _ported(body: str) -> tuple[str, str]:
    """Return the body of ``make`` after the rewrite, and why there was none."""
    text = (_TYPE % body).encode()
    sources = SourceFiles(
        {"a.c": parse(text, Dialect.C)},
        floor=PythonVersion(3, 11),
        oldest_python=PythonVersion(3, 9),
    )
    found = HEAP_TYPES.find(View(sources, ""))
    edits = found.write(found.subjects).edits.get("a.c", ())
    after = apply_edits(text, edits).decode()
    inside = after[after.index("*old)\n{\n") + 8 : after.index("\n    return (PyObj")]
    return inside, "".join(each.reason for each in found.left)


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (
            "    ItemObject *item = PyObject_New(ItemObject, &Item);\n"
            "    if (!PyObject_Init((PyObject *)item, &Item)) { return NULL; }",
            "    ItemObject *item = PyObject_New(ItemObject, &Item);\n"
            "    if (!((PyObject *)item)) { return NULL; }",
        ),
        (
            "    PyObject *item;\n"
            "    if ((item = Item.tp_alloc(&Item, 0)) == NULL) return NULL;\n"
            "    PyObject_INIT(item, (PyTypeObject *)&Item);\n"
            "    item->n = n;",
            "    PyObject *item;\n"
            "    if ((item = Item.tp_alloc(&Item, 0)) == NULL) return NULL;\n"
            "    item->n = n;",
        ),
        (
            "    ItemObject *item = PyObject_NewVar(ItemObject, &Item, n);\n"
            "    if (item) { PyObject_InitVar((PyVarObject *)item, &Item, n); }",
            "    ItemObject *item = PyObject_NewVar(ItemObject, &Item, n);\n"
            "    if (item) {  }",
        ),
    ],
    ids=["in a condition", "a statement", "of variable size"],
)
def test_an_instance_that_has_its_type_is_not_initialized_again(
    body: str, after: str
) -> None:
    assert _ported(body) == (after, "")


@pytest.mark.parametrize(
    "body",
    [
        "    PyObject *item = PyObject_Malloc(n);\n    PyObject_Init(item, &Item);",
        "    PyObject *item;\n"
        "    if (free_list) { item = free_list; PyObject_INIT(item, &Item); }\n"
        "    else { item = (PyObject *)PyObject_New(ItemObject, &Item); }",
        "    PyObject *item = PyObject_Init(PyObject_Malloc(n), &Item);",
    ],
    ids=["memory", "free list", "nested"],
)
def test_memory_without_a_type_gets_its_reference(body: str) -> None:
    assert _ported(body) == (body, "")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "    PyObject *item = free_list;\n"
            "    if (!item) { item = (PyObject *)PyObject_New(ItemObject, &Item); }\n"
            "    PyObject_INIT(item, &Item);",
            "whether PyObject_INIT() in line 13 takes a second reference to it is not"
            " certain",
        ),
        (
            "    PyObject *item = PyObject_Init(PyObject_New(PyObject, &Item), &Item);",
            "whether PyObject_Init() in line 11 takes a second reference to it is not"
            " certain",
        ),
        (
            "    PyObject *item = old;\n    Py_SET_TYPE((PyObject *)item, &Item);",
            "a.c:12 makes it the type of an instance, which then holds no reference"
            " to it",
        ),
        (
            "    PyObject *item = old;\n    item->ob_type = (PyTypeObject *)&Item;",
            "a.c:12 makes it the type of an instance, which then holds no reference"
            " to it",
        ),
    ],
    ids=["either", "nested", "Py_SET_TYPE", "ob_type"],
)
def test_a_type_is_left_if_references_would_not_be_right(
    body: str, reason: str
) -> None:
    assert _ported(body) == (body, reason)
