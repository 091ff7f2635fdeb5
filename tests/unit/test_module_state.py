"""Modules with several phases keep their types in their state."""

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

MODULE = """\
#include <Python.h>

static PyTypeObject Point;

static PyObject *
made(void)
{
    return (PyObject *)PyObject_New(PyObject, &Point);
}

static PyObject *
is_point(PyObject *self, PyObject *object)
{
    return PyBool_FromLong(Py_TYPE(object) == &Point || Py_TYPE(object) == &Line);
}

static PyTypeObject Point = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "geo.Point",
    .tp_new = point_new,
};

static PyTypeObject Line = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "geo.Line",
    .tp_new = line_new,
};

static PyMethodDef methods[] = {
    {"is_point", (PyCFunction)is_point, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static int
execute(PyObject *module)
{
    if (PyType_Ready(&Point) < 0 || PyType_Ready(&Line) < 0) {
        return -1;
    }
    return PyModule_AddObjectRef(module, "Point", (PyObject *)&Point);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)execute},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "geo",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_geo(void)
{
    return PyModuleDef_Init(&definition);
}
"""

STATE = """\
#include <Python.h>

/* The types of the module: each interpreter that imports it has its own. */
typedef struct {
    PyTypeObject *Point_ptr;
    PyTypeObject *Line_ptr;
} definition_types;

static definition_types *
definition_types_of(PyObject *module)
{
    return (definition_types *)PyModule_GetState(module);
}

/* Return the module of this interpreter, borrowed: it stays as long as the
   interpreter.  One that enters takes over the types that are there. */
static PyObject *
definition_types_module(PyObject *entering)
{
    static char key;
#if defined(PYPY_VERSION) /* one interpreter, which has no such dictionary */
    static PyObject *modules = NULL;
    modules = modules == NULL ? PyDict_New() : modules;
#else
    PyObject *modules = PyInterpreterState_GetDict(PyInterpreterState_Get());
#endif
    PyObject *number = modules == NULL ? NULL : PyLong_FromVoidPtr(&key);
    PyObject *module =
        number == NULL ? NULL : PyDict_GetItemWithError(modules, number);
    if (entering != NULL && number != NULL) {
        if (module != NULL) {
            definition_types *types = definition_types_of(entering);
            *types = *definition_types_of(module);
            Py_XINCREF((PyObject *)types->Point_ptr);
            Py_XINCREF((PyObject *)types->Line_ptr);
        }
        module = PyDict_SetItem(modules, number, entering) < 0 ? NULL : entering;
    }
    Py_XDECREF(number);
    return module;
}

static definition_types *
definition_types_here(void)
{
    static definition_types none; /* for what still runs when Python ends */
    PyObject *module = definition_types_module(NULL);
    return module == NULL ? &none : definition_types_of(module);
}

static int
definition_types_traverse(PyObject *module, visitproc visit, void *arg)
{
    definition_types *types = definition_types_of(module);
    Py_VISIT(types->Point_ptr);
    Py_VISIT(types->Line_ptr);
    return 0;
}

static int
definition_types_clear(PyObject *module)
{
    definition_types *types = definition_types_of(module);
    Py_CLEAR(types->Point_ptr);
    Py_CLEAR(types->Line_ptr);
    return 0;
}

static void
definition_types_free(void *module)
{
    definition_types_clear((PyObject *)module);
}
"""


def rewritten(
    files: dict[str, str],
    *subjects: str,
    floor: str = "3.11",
    oldest: str = "3.10",
    units: tuple[frozenset[str], ...] = (),
    fixed: dict[str, bytes] | None = None,
) -> tuple[dict[str, str], set[str]]:
    sources = SourceFiles(
        {name: parse(text.encode(), dialect_of(name)) for name, text in files.items()},
        floor=PythonVersion.parse(floor),
        oldest_python=PythonVersion.parse(oldest),
        units=units,
        fixed=fixed or {},
    )
    found = HEAP_TYPES.find(View(sources, ""))
    assert not found.left, found.left
    written = found.write(subjects or found.subjects)
    texts = {
        name: apply_edits(sources.files[name].source, written.edits.get(name, ()))
        for name in files
    }
    remarks = {each for some in written.remarks.values() for each in some}
    return {name: text.decode() for name, text in texts.items()}, remarks


def test_each_interpreter_has_its_own_types() -> None:
    files, remarks = rewritten({"geo.c": MODULE})
    after = files["geo.c"]

    assert after.startswith(STATE)
    assert "static PyTypeObject *" not in after
    for part in (
        """
#define Point (*definition_types_here()->Point_ptr)
static int Point_create(void);

static PyObject *
made(void)
{
    return (PyObject *)PyObject_New(PyObject, &Point);
}
""",
        """
    return PyBool_FromLong(Py_TYPE(object) == definition_types_of(self)->Point_ptr ||\
 Py_TYPE(object) == definition_types_of(self)->Line_ptr);
""",
        """
static int
Line_create(void)
{
    definition_types *types = definition_types_here();
    if (types->Line_ptr != NULL) {
        return 0;
    }
    types->Line_ptr = (PyTypeObject *)PyType_FromModuleAndSpec(
        definition_types_module(NULL), &Line_spec, NULL);
    return types->Line_ptr == NULL ? -1 : 0;
}
""",
        """
execute(PyObject *module)
{
    if (definition_types_module(module) == NULL) {
        return -1;
    }
    if (Point_create() < 0 || Line_create() < 0) {
        return -1;
    }
    return PyModule_AddObjectRef(module, "Point",\
 (PyObject *)definition_types_of(module)->Point_ptr);
""",
        """
    .m_name = "geo",
    .m_size = sizeof(definition_types),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = definition_types_traverse,
    .m_clear = definition_types_clear,
    .m_free = definition_types_free,
};
""",
        "Py_MOD_PER_INTERPRETER_GIL_SUPPORTED",
    ):
        assert part in after, part
    assert any("each interpreter that imports the module has" in e for e in remarks)


def test_one_type_after_another_gives_the_same_state() -> None:
    both, _ = rewritten({"geo.c": MODULE})
    first, _ = rewritten({"geo.c": MODULE}, "Point")
    assert "Line_ptr" not in first["geo.c"]
    second, _ = rewritten(first)
    assert second["geo.c"].startswith(STATE)
    assert sorted(second["geo.c"].split()) == sorted(both["geo.c"].split())


def test_a_definition_without_names() -> None:
    old = dedent("""\
        static PyModuleDef definition = {
            PyModuleDef_HEAD_INIT,
            "geo",
            NULL,
            0, /* m_size */
            methods,
            slots
        };
        """)
    start = MODULE.index("static PyModuleDef definition")
    text = MODULE[:start] + old + MODULE[MODULE.index("PyMODINIT_FUNC") :]
    files, _ = rewritten({"geo.c": text})
    assert (
        files["geo.c"]
        .split('    "geo",\n')[1]
        .startswith("""\
    NULL,
    sizeof(definition_types), /* m_size */
    methods,
    slots,
    definition_types_traverse,
    definition_types_clear,
    definition_types_free,
};
""")
    )


def test_a_floor_without_types_of_modules() -> None:
    files, _ = rewritten({"geo.c": MODULE}, floor="3.9")
    assert (
        "types->Line_ptr = (PyTypeObject *)PyType_FromSpec(&Line_spec);"
        in (files["geo.c"])
    )
    assert "PyType_FromModuleAndSpec" not in files["geo.c"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("it has a state", ".m_methods", ".m_size = sizeof(Own),\n    .m_methods"),
        ("it is cleared", ".m_slots = slots,", ".m_slots = slots, .m_clear = clear,"),
        ("it makes no module", "{Py_mod_exec", "{Py_mod_create, make}, {Py_mod_exec"),
        ("a name is taken", "made(void)", "definition_types_of(void)"),
        ("no parameter", "execute(PyObject *module)", "execute(PyObject *)"),
        ("an #if", "    .m_slots = slots,", "#if X\n    .m_slots = slots,\n#endif"),
        (
            "two functions",
            "{Py_mod_exec, (void *)execute},",
            "{Py_mod_exec, (void *)execute}, {Py_mod_exec, (void *)more},",
        ),
        ("another way", "return PyModuleDef_Init(&", "return PyModule_Create(&"),
    ],
)
def test_a_shared_type_is_not_hidden(name: str, old: str, new: str) -> None:
    assert MODULE.count(old) == 1, name
    files, remarks = rewritten({"geo.c": MODULE.replace(old, new)}, "Point")
    after = files["geo.c"]
    assert "static PyTypeObject *Point_ptr;" in after
    assert "Py_MOD_PER_INTERPRETER_GIL_SUPPORTED" not in after
    assert "interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED}" in after
    assert (
        "interpreters with a GIL of their own can no longer import the module, because"
        " they would share the type: Py_mod_multiple_interpreters says so until each"
        " has its own"
    ) in remarks


HEADER = """\
#ifndef GEO_H
#define GEO_H
#include <Python.h>
extern PyTypeObject Line;
int add_line(PyObject *module);
#endif
"""
LINE = """\
#include "geo.h"

PyTypeObject Line = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "geo.Line",
    .tp_new = line_new,
};

int
add_line(PyObject *module)
{
    if (PyType_Ready(&Line) < 0) {
        return -1;
    }
    return PyModule_AddObjectRef(module, "Line", (PyObject *)&Line);
}
"""
_LINE_HERE = MODULE[MODULE.index("static PyTypeObject Line") :]
_LINE_HERE = _LINE_HERE[: _LINE_HERE.index("static PyMethodDef")]
ONE_OF_TWO = (
    MODULE.replace("#include <Python.h>\n", '#include "geo.h"\n')
    .replace(_LINE_HERE, "")
    .replace("PyType_Ready(&Line) < 0", "add_line(module) < 0")
)
TWO_FILES = {"geo.c": ONE_OF_TWO, "geo.h": HEADER, "line.c": LINE}
UNITS = (frozenset({"geo.c", "geo.h"}), frozenset({"line.c", "geo.h"}))


def test_types_of_several_files() -> None:
    files, remarks = rewritten(TWO_FILES, units=UNITS)
    assert files["geo.h"] == HEADER.replace(
        "extern PyTypeObject Line;\n",
        "PyTypeObject **Line_place(void);\n"
        "#define Line (**Line_place())\n"
        "int Line_create(void);\n",
    )
    assert (
        files["line.c"]
        == """\
#include "geo.h"

static PyType_Slot Line_slots[] = {
    {Py_tp_new, (void *)line_new},
    {0, NULL}
};

static PyType_Spec Line_spec = {
    .name = "Line",
    .basicsize = 0,
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = Line_slots,
};

int
Line_create(void)
{
    PyTypeObject **place = Line_place();
    if (*place != NULL) {
        return 0;
    }
    *place = (PyTypeObject *)PyType_FromSpec(&Line_spec);
    return *place == NULL ? -1 : 0;
}

int
add_line(PyObject *module)
{
    if (Line_create() < 0) {
        return -1;
    }
    return PyModule_AddObjectRef(module, "Line", (PyObject *)&Line);
}
""".replace('"Line",\n    .basic', '"geo.Line",\n    .basic')
    )
    after = files["geo.c"]
    for part in (
        """
    PyTypeObject *Point_ptr;
    PyTypeObject *Line_ptr;
} definition_types;
""",
        """
    definition_types_clear((PyObject *)module);
}

PyTypeObject **
Line_place(void)
{
    return &definition_types_here()->Line_ptr;
}

""",
        "Py_TYPE(object) == definition_types_of(self)->Line_ptr",
        "if (definition_types_module(module) == NULL) {",
        "Py_MOD_PER_INTERPRETER_GIL_SUPPORTED",
    ):
        assert part in after, part
    assert any("each interpreter that imports the module has" in e for e in remarks)
    first, _ = rewritten(TWO_FILES, "Point", units=UNITS)
    second, _ = rewritten(first, units=UNITS)
    for name, text in files.items():
        assert sorted(second[name].split()) == sorted(text.split()), name


def test_types_of_several_files_in_two_languages() -> None:
    files = {"line.cpp" if e == "line.c" else e: t for e, t in TWO_FILES.items()}
    units = (UNITS[0], frozenset({"line.cpp", "geo.h"}))
    after, _ = rewritten(files, units=units)
    assert """
#ifdef __cplusplus
extern "C"
#endif
PyTypeObject **Line_place(void);
#define Line (**Line_place())
#ifdef __cplusplus
extern "C"
#endif
int Line_create(void);
""" in after["geo.h"]
    assert '\nextern "C" int\nLine_create(void)\n{' in after["line.cpp"]
    assert "\nPyTypeObject **\nLine_place(void)\n{" in after["geo.c"]


@pytest.mark.parametrize(
    "other",
    [
        "PyMODINIT_FUNC PyInit_other(void) { return start(); }",
        "PyObject *more(void) { return PyModule_Create(&other); }",
        "PYBIND11_MODULE(other, m) {}",
    ],
)
@pytest.mark.parametrize("is_fixed", [True, False])
def test_a_type_of_an_unknown_module_is_shared(other: str, is_fixed: bool) -> None:  # noqa: FBT001
    fixed = {"other.c": other.encode()} if is_fixed else {}
    files = TWO_FILES if is_fixed else {**TWO_FILES, "other.c": other}
    units = (*UNITS, frozenset({"other.c"}))
    written, remarks = rewritten(files, units=units, fixed=fixed)
    assert "extern PyTypeObject *Line_ptr;" in written["geo.h"]
    assert "    PyTypeObject *Point_ptr;\n} definition_types;" in written["geo.c"]
    assert "Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED" in written["geo.c"]
    assert any("can no longer import the module" in each for each in remarks)


def test_a_shared_type_that_the_module_does_not_name() -> None:
    hidden = {
        "geo.c": ONE_OF_TWO.replace(" || Py_TYPE(object) == &Line", ""),
        "line.c": LINE.replace("PyTypeObject Line", "static PyTypeObject Line"),
        "other.c": "PyMODINIT_FUNC PyInit_other(void) { return start(); }",
    }
    assert "Line" not in hidden["geo.c"].replace("add_line", "")
    after, _ = rewritten(hidden, "Line")
    assert "Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED" in after["geo.c"]


@pytest.mark.parametrize("early", ["PyType_Ready(&Point);", "made();"])
def test_a_type_that_is_used_before_there_is_a_module_is_shared(early: str) -> None:
    text = MODULE.replace(
        "return PyModuleDef_Init", f"{early}\n    return PyModuleDef_Init"
    )
    files, _ = rewritten({"geo.c": text}, "Point")
    assert "static PyTypeObject *Point_ptr;" in files["geo.c"]


def test_older_pythons_have_no_dictionary_of_interpreters() -> None:
    files, _ = rewritten({"geo.c": MODULE}, oldest="3.8")
    assert "static PyTypeObject *Point_ptr;" in files["geo.c"]


def test_a_base_that_a_specification_refuses() -> None:
    text = MODULE.replace(
        ".tp_new = line_new,", ".tp_new = line_new,\n    .tp_base = &Point,"
    )
    with pytest.raises(
        AssertionError, match="its base Point lacks Py_TPFLAGS_BASETYPE"
    ):
        rewritten({"geo.c": text})


OWN = """
typedef struct state {
    PyObject *error;
    int types;
} State;

#define STATE(module) ((State *)PyModule_GetState(module))

static int
state_traverse(PyObject *m, visitproc visit, void *arg)
{
    State *state = STATE(m);
    Py_VISIT(state->error);
    return 0;
}

static int
state_clear(PyObject *m)
{
    Py_CLEAR(STATE(m)->error);
    return 0;
}

static void
state_free(void *m)
{
    state_clear((PyObject *)m);
}
"""
FIELDS = """\
    .m_size = sizeof(State),
    .m_methods = methods,
    .m_traverse = state_traverse,
    .m_clear = state_clear,
    .m_free = state_free,
"""
WITH_STATE = (
    MODULE.replace("made(void)\n{", "made(void)\n{\n", 1)
    .replace("\nstatic PyMethodDef", f"{OWN}\nstatic PyMethodDef")
    .replace("    .m_methods = methods,\n", FIELDS)
)


def test_a_state_of_its_own_holds_the_types_too() -> None:
    files, _ = rewritten({"geo.c": WITH_STATE})
    after = files["geo.c"]
    begin, *rest = STATE.split("static definition_types *\n", 1)
    reaching = f"static definition_types *\n{rest[0]}".split("\n\n")[0]
    assert after.startswith(
        f"{begin}static definition_types *\ndefinition_types_of(PyObject *module);\n\n"
        "/* Return the module"
    )
    for part in (
        """
    PyObject *error;
    int types;
    definition_types heap_types;
} State;

static definition_types *
definition_types_of(PyObject *module)
{
    return &((State *)PyModule_GetState(module))->heap_types;
}
""",
        """
state_traverse(PyObject *m, visitproc visit, void *arg)
{
    {
        int stopped = definition_types_traverse(m, visit, arg);
        if (stopped) {
            return stopped;
        }
    }
    State *state = STATE(m);
""",
        """
state_clear(PyObject *m)
{
    definition_types_clear(m);
    Py_CLEAR(STATE(m)->error);
""",
        """
state_free(void *m)
{
    definition_types_free(m);
    state_clear((PyObject *)m);
""",
        FIELDS,
        "Py_MOD_PER_INTERPRETER_GIL_SUPPORTED",
    ):
        assert part in after, part
    assert reaching not in after
    assert "static PyTypeObject *" not in after


def test_one_type_after_another_joins_a_state_of_its_own() -> None:
    both, _ = rewritten({"geo.c": WITH_STATE})
    first, _ = rewritten({"geo.c": WITH_STATE}, "Point")
    assert "Line_ptr" not in first["geo.c"]
    second, _ = rewritten(first)
    assert sorted(second["geo.c"].split()) == sorted(both["geo.c"].split())


def test_functions_for_the_state_that_were_not_there() -> None:
    text = WITH_STATE.replace("    .m_clear = state_clear,\n", "")
    text = text.replace("    .m_free = state_free,\n", "    .m_free = NULL,\n")
    files, _ = rewritten({"geo.c": text})
    assert (
        "    .m_traverse = state_traverse,\n"
        "    .m_free = definition_types_free,\n"
        "    .m_slots = slots,\n"
        "    .m_clear = definition_types_clear,\n"
        "};\n"
    ) in files["geo.c"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("its size is used", "*error;\n", "*error;\n} State;\nint size = sizeof(State"),
        ("a copy", "state_free(void *m)\n{", "state_free(void *m)\n{\n    State copy;"),
        ("one is static", "#define STATE", "static State single;\n#define STATE"),
        ("it is set", "return 0;", "*state = empty;\n    return 0;"),
        ("it is set", "return 0;", "*STATE(m) = empty;\n    return 0;"),
        ("it is filled", "return 0;", "memset(state, 0, 8);\n    return 0;"),
        ("it is filled", "return 0;", "memset(STATE(m), 0, 8);\n    return 0;"),
        ("its size is used", "return 0;", "n = sizeof(*state);\n    return 0;"),
        ("it ends open", "int types;", "int types[];"),
        ("an #if", "typedef struct state", "#if X\ntypedef struct state"),
        ("two structures", "#define STATE", "struct state { int a; };\n#define STATE"),
        ("it is called", "return 0;", "state_clear(m);\n    return 0;"),
        ("a hidden name", "state_free(void *m)", "state_free(void *)"),
        ("a macro", "static int\nstate_clear(PyObject *m)", "CLEARING(state_clear)"),
    ],
)
def test_a_state_that_is_not_understood_stays(name: str, old: str, new: str) -> None:
    assert old in WITH_STATE, name
    files, _ = rewritten({"geo.c": WITH_STATE.replace(old, new, 1)}, "Point")
    after = files["geo.c"]
    assert "static PyTypeObject *Point_ptr;" in after
    assert "Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED" in after
