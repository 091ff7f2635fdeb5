"""Static types become types from a specification, and nothing else changes."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from abi3build.port_fix.edits import apply_edits
from abi3build.port_fix.heap_types import HEAP_TYPES
from abi3build.port_fix.rewrites import View
from abi3build.port_fix.source_files import SourceFiles
from abi3build.porting.syntax import dialect_of, parse
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from abi3build.port_fix.rewrites import Found

pytest.importorskip("tree_sitter")


def sources_of(
    files: dict[str, str],
    units: tuple[frozenset[str], ...] = (),
    fixed: dict[str, bytes] | None = None,
) -> SourceFiles:
    return SourceFiles(
        {
            name: parse(dedent(text).encode(), dialect_of(name))
            for name, text in files.items()
        },
        floor=PythonVersion(3, 11),
        oldest_python=PythonVersion(3, 10),
        units=units,
        fixed=fixed or {},
    )


def found_in(files: dict[str, str]) -> tuple[SourceFiles, Found]:
    sources = sources_of(files)
    return sources, HEAP_TYPES.find(View(sources, ""))


def rewritten(files: dict[str, str]) -> dict[str, str]:
    sources, found = found_in(files)
    assert not found.left, found.left
    return {
        name: apply_edits(sources.files[name].source, edits).decode()
        for name, edits in found.write(found.subjects).edits.items()
    }


def refusal(text: str) -> list[tuple[str, str]]:
    _, found = found_in({"a.c": text})
    assert not found.subjects
    return [(each.what, each.reason) for each in found.left]


READY = """
PyMODINIT_FUNC
PyInit_m(void)
{
    if (PyType_Ready(&Point) < 0)
        return NULL;
    return PyModule_Create(&module);
}
"""

POINT = """\
static void
point_dealloc(PointObject *self)
{
    Py_XDECREF(self->tag);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PySequenceMethods point_as_sequence = {
    (lenfunc)point_length, /* sq_length */
    0,                     /* sq_concat */
};

static PyTypeObject Point = {
    PyVarObject_HEAD_INIT(NULL, 0)
    "m.Point",               /* tp_name */
    sizeof(PointObject),     /* tp_basicsize */
    0,                       /* tp_itemsize */
    /* methods */
    (destructor)point_dealloc, /* tp_dealloc */
    0,                       /* tp_print */
    0,                       /* tp_getattr */
    0,                       /* tp_setattr */
    0,                       /* tp_compare */
#ifdef WITH_REPR
    (reprfunc)point_repr,    /* tp_repr */
#else
    0,
#endif
    0,                       /* tp_as_number */
    &point_as_sequence,      /* tp_as_sequence */
    0,                       /* tp_as_mapping */
    0,                       /* tp_hash */
    0,                       /* tp_call */
    0,                       /* tp_str */
    0,                       /* tp_getattro */
    0,                       /* tp_setattro */
    0,                       /* tp_as_buffer */
    Py_TPFLAGS_DEFAULT,      /* tp_flags */
    "A point; with { and }", /* tp_doc */
};
"""


def test_a_type_keeps_its_comments_and_both_branches() -> None:
    after = rewritten(
        {
            "a.c": POINT
            + "\nstatic int x;\n"
            + READY.replace("    if", "    Point.tp_new = PyType_GenericNew;\n    if")
        }
    )

    assert (
        after["a.c"]
        == """\
static void
point_dealloc(PointObject *self)
{
    Py_XDECREF(self->tag);
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))((PyObject *)self);
    Py_DECREF((PyObject *)type);
}

static PyTypeObject *Point_ptr = NULL;
#define Point (*Point_ptr)

static PyType_Slot Point_slots[] = {
    /* methods */
    {Py_tp_dealloc, (void *)point_dealloc}, /* tp_dealloc */
#ifdef WITH_REPR
    {Py_tp_repr, (void *)point_repr}, /* tp_repr */
#endif
    {Py_sq_length, (void *)point_length}, /* sq_length */ /* tp_as_sequence */
    {Py_tp_doc, (void *)"A point; with { and }"}, /* tp_doc */
    {Py_tp_new, (void *)PyType_GenericNew},
    {0, NULL}
};

static PyType_Spec Point_spec = {
    "m.Point",
    sizeof(PointObject),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    Point_slots,
};

static int
Point_create(void)
{
    if (Point_ptr != NULL) {
        return 0;
    }
    Point_ptr = (PyTypeObject *)PyType_FromSpec(&Point_spec);
    return Point_ptr == NULL ? -1 : 0;
}

static int x;

PyMODINIT_FUNC
PyInit_m(void)
{
    if (Point_create() < 0)
        return NULL;
    return PyModule_Create(&module);
}
"""
    )


def test_a_type_of_two_files_in_the_style_of_its_own() -> None:
    after = rewritten(
        {
            "a.h": "extern PyTypeObject Base, Derived;\n",
            "a.c": """\
            static int derived_traverse(Thing *self, visitproc visit, void *arg) {
            \tPy_VISIT(self->dict);
            \treturn 0;
            }

            PyTypeObject Base = {
            \tPyVarObject_HEAD_INIT(NULL, 0)
            \t.tp_name = "m.Base",
            \t.tp_flags = Py_TPFLAGS_BASETYPE,
            \t.tp_new = base_new,
            };
            PyTypeObject Derived = {
            \tPyVarObject_HEAD_INIT(NULL, 0)
            \t.tp_name = "m.Derived",
            \t.tp_basicsize = sizeof(Thing),
            #if WITH_GC
            \t.tp_flags = Py_TPFLAGS_DEFAULT |
            \t\tPy_TPFLAGS_HAVE_GC,
            #else
            \t.tp_flags = Py_TPFLAGS_DEFAULT,
            #endif
            \t.tp_traverse = (traverseproc)derived_traverse,
            \t.tp_base = &Base,
            \t.tp_dictoffset = offsetof(Thing, dict),
            };
            """,
            "b.c": """\
            PyObject *PyInit_m(void) {
            \tif (PyType_Ready(&Derived) < 0) return NULL;
            \tif (PyType_Ready(&Base) < 0) return NULL;
            \tPyModule_AddObject(m, "Derived", (PyObject *)&Derived);
            }
            """,
        }
    )

    assert after["a.h"] == (
        "extern PyTypeObject *Base_ptr;\n#define Base (*Base_ptr)\n"
        "int Base_create(void);\n"
        "extern PyTypeObject *Derived_ptr;\n#define Derived (*Derived_ptr)\n"
        "int Derived_create(void);\n"
    )
    assert after["b.c"].splitlines()[1:3] == [
        "\tif (Derived_create() < 0) return NULL;",
        "\tif (Base_create() < 0) return NULL;",
    ]
    assert after["a.c"] == dedent("""\
        #include <structmember.h>
        static int derived_traverse(Thing *self, visitproc visit, void *arg) {
        \tPy_VISIT(Py_TYPE((PyObject *)self));
        \tPy_VISIT(self->dict);
        \treturn 0;
        }

        PyTypeObject *Base_ptr = NULL;

        static PyType_Slot Base_slots[] = {
        \t{Py_tp_new, (void *)base_new},
        \t{0, NULL}
        };

        static PyType_Spec Base_spec = {
        \t.name = "m.Base",
        \t.basicsize = 0,
        \t.flags = Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
        \t.slots = Base_slots,
        };
        PyTypeObject *Derived_ptr = NULL;

        static PyMemberDef Derived_offsets[] = {
        \t{"__dictoffset__", T_PYSSIZET, offsetof(Thing, dict), READONLY, NULL},
        \t{NULL, 0, 0, 0, NULL}
        };

        static PyType_Slot Derived_slots[] = {
        \t{Py_tp_traverse, (void *)derived_traverse},
        \t{Py_tp_members, (void *)Derived_offsets},
        \t{0, NULL}
        };

        static PyType_Spec Derived_spec = {
        \t.name = "m.Derived",
        \t.basicsize = sizeof(Thing),
        #if WITH_GC
        \t.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
        #else
        \t.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
        #endif
        \t.slots = Derived_slots,
        };

        int Base_create(void) {
        \tif (Base_ptr != NULL) {
        \t\treturn 0;
        \t}
        \tBase_ptr = (PyTypeObject *)PyType_FromSpec(&Base_spec);
        \treturn Base_ptr == NULL ? -1 : 0;
        }

        int Derived_create(void) {
        \tPyObject *bases;
        \tif (Derived_ptr != NULL) {
        \t\tPy_INCREF((PyObject *)Derived_ptr); /* PyModule_AddObject takes one */
        \t\treturn 0;
        \t}
        \tif (Base_create() < 0) {
        \t\treturn -1;
        \t}
        \tbases = PyTuple_Pack(1, (PyObject *)&Base);
        \tif (bases == NULL) {
        \t\treturn -1;
        \t}
        \tDerived_ptr = (PyTypeObject *)PyType_FromSpecWithBases(&Derived_spec, bases);
        \tPy_DECREF(bases);
        \tif (Derived_ptr == NULL) {
        \t\treturn -1;
        \t}
        \tPy_INCREF((PyObject *)Derived_ptr); /* PyModule_AddObject takes one */
        \treturn 0;
        }
        """)


def test_a_type_that_cannot_be_called_still_cannot() -> None:
    after = rewritten({"a.c": POINT + READY})["a.c"]

    assert "    {Py_tp_new, (void *)Point_no_new},\n" in after
    assert "\"cannot create 'm.Point' instances\"" in after


@pytest.mark.parametrize("other", ["", "void initm(void) { Py_InitModule(0, 0); }\n"])
def test_sources_that_lose_python_2_by_it_are_said_to(other: str) -> None:
    _, found = found_in({"a.c": POINT + READY, "b.c": other})
    said = "the sources no longer compile with Python 2, which has no types from a"
    remarks = found.write(found.subjects).remarks["Point"]
    assert any(each.startswith(said) for each in remarks) == bool(other)


def test_a_type_is_created_before_its_address_is_taken() -> None:
    after = rewritten(
        {
            "a.c": POINT
            + """
PyMODINIT_FUNC
PyInit_m(void)
{
    PyTypeObject *types[] = {&Point, NULL};
    if (PyType_Ready(&Point) < 0)
        return NULL;
    return PyModule_Create(&module);
}
"""
        }
    )["a.c"]

    assert (
        """\
PyInit_m(void)
{
    if (Point_create() < 0) {
        return NULL;
    }
    PyTypeObject *types[] = {&Point, NULL};
    if (Point_create() < 0)
"""
        in after
    )


def test_a_macro_may_stand_for_the_head_of_the_function_of_the_import() -> None:
    head = "#define MOD_INIT(name) PyMODINIT_FUNC \\\n    PyInit_##name(void)\n"
    table = "static PyTypeObject *kept[] = {&Point, NULL};\n"
    start = READY.replace("PyMODINIT_FUNC\nPyInit_m(void)", "MOD_INIT(m)")
    after = rewritten({"a.c": head + POINT + table + start})["a.c"]

    assert (
        """\
MOD_INIT(m)
{
    if (Point_create() < 0) {
        return NULL;
    }
    kept[0] = &Point;
"""
        in after
    )


def test_a_table_of_types_is_filled_once_they_exist() -> None:
    header = "typedef struct { int n, m; PyTypeObject *type; } Api;\n"
    after = rewritten(
        {
            "a.c": header
            + POINT
            + """
static struct { const char *name; PyTypeObject *type; } table[] = {
    {"Point", &Point},
    {NULL} /* end */
};
static Api api = {1, 2, (PyTypeObject *)&Point};
static Api named = {.type = &Point, .n = 3};
static PyTypeObject *all[2] = {NULL, &Point};
static PyTypeObject *one = &Point;

PyMODINIT_FUNC
PyInit_m(void)
{
    static PyTypeObject *types[] = {&Point, NULL};
    Py_SET_TYPE((PyObject *)&Point, &PyType_Type);
    for (int i = 0; types[i]; i++)
        if (0 > PyType_Ready(types[i])) { return NULL; }
    if (0 > PyType_Ready(&Point)) { return NULL; }
    return PyModule_Create(&module);
}
"""
        }
    )["a.c"]

    assert (
        """    {"Point", NULL},
    {NULL} /* end */
};
static Api api = {1, 2, NULL};
static Api named = {.type = NULL, .n = 3};
static PyTypeObject *all[2] = {NULL, NULL};
static PyTypeObject *one = NULL;

PyMODINIT_FUNC
PyInit_m(void)
{
    if (Point_create() < 0) {
        return NULL;
    }
    table[0].type = &Point;
    api.type = (PyTypeObject *)&Point;
    named.type = &Point;
    all[1] = &Point;
    one = &Point;
    PyTypeObject *types[] = {&Point, NULL};
    for (int i = 0; types[i]; i++)
        if (0 > PyType_Ready(types[i])) { return NULL; }
    if (0 > Point_create()) { return NULL; }
"""
        in after
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            POINT.replace("Py_TYPE(self)->tp_free((PyObject *)self);", "keep(self);")
            + READY,
            "point_dealloc() frees the instance in a way that is not understood",
        ),
        (
            POINT + "static PyTypeObject *const all[] = {&Point};\n" + READY,
            "its address is in the initializer at a.c:41, which is constant",
        ),
        (
            POINT + READY + "static PyTypeObject *all[] = {&Point};\n",
            "its address is in the initializer at a.c:49, which the function that makes"
            " it ready cannot set",
        ),
        (
            POINT + "static Elsewhere all = {1, &Point};\n" + READY,
            "its address is in the initializer at a.c:41, in a structure whose fields"
            " are not certain",
        ),
        (
            POINT
            + "static struct { int n; PyTypeObject *t; } all[] = {\n"
            + "#ifdef MORE\n{1, NULL},\n#endif\n{1, &Point}};\n"
            + READY,
            "its address is in the initializer at a.c:45, which an #if divides",
        ),
        (
            POINT
            + READY.replace(
                "    if",
                "    static PyTypeObject *all[] = {&Point};\n    keep(all);\n    if",
            ),
            "its address is in the initializer at a.c:45, and all is more than read",
        ),
        (
            POINT,
            "no understood place makes it ready",
        ),
        (
            POINT + READY.replace("    if", "    Point.tp_flags |= EXTRA;\n    if"),
            "its fields change at run time",
        ),
        (
            POINT + READY.replace("    if", "    Other = Point;\n    if"),
            "a.c:45 copies it, and the copy would not be a type",
        ),
        (
            POINT + "PyTypeObject Other = *&Point;\n" + READY,
            "a.c:41 copies it, and the copy would not be a type",
        ),
        (
            POINT
            + READY.replace("    if", "    memcpy(to, (char *)&Point, size);\n    if"),
            "a.c:45 copies it, and the copy would not be a type",
        ),
        (
            POINT + READY.replace("    if", "    if (x) Point.tp_new = f;\n    if"),
            "tp_new is set under a condition",
        ),
        (
            POINT + READY.replace("    if", "    Point.tp_dict = d;\n    if"),
            "tp_dict = d is not known before the program runs",
        ),
        (
            POINT.replace("&point_as_sequence", "elsewhere") + READY,
            "tp_as_sequence = elsewhere is not a table that could be read",
        ),
        (
            POINT + "int use(void *Point) { return Point != NULL; }\n" + READY,
            "a.c:41 uses its name for something else",
        ),
        (
            POINT + "int use(void) { void *Point = keep(); return !Point; }\n" + READY,
            "a.c:41 uses its name for something else",
        ),
        (
            POINT + "static int Point_spec;\n" + READY,
            "a name that it would need, such as Point_spec, is already used",
        ),
    ],
)
def test_what_is_not_certain_is_left(text: str, reason: str) -> None:
    assert refusal(text) == [("Point", reason)]


VISITED = """\
static int
point_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((PointObject *)self)->tag);
    return 0;
}
static int
dot_traverse(PyObject *self, visitproc visit, void *arg)
{
    return %s(self, visit, arg);
}
static PyTypeObject Point = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.Point", .tp_basicsize = sizeof(PointObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_traverse = point_traverse, .tp_new = PyType_GenericNew,
};
static PyTypeObject Dot = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "m.Dot", .tp_basicsize = sizeof(PointObject), .tp_base = &%s,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = dot_traverse, .tp_new = PyType_GenericNew,
};
PyMODINIT_FUNC
PyInit_m(void)
{
    if (PyType_Ready(&Point) < 0 || PyType_Ready(&Dot) < 0)
        return NULL;
    return PyModule_Create(&module);
}
"""


@pytest.mark.parametrize(
    ("called", "base", "visits"),
    [
        ("point_traverse", "Point", 1),
        ("Point.tp_traverse", "Point", 1),
        ("PyList_Type.tp_traverse", "PyList_Type", 2),
        ("((PyTypeObject *)PyExc_KeyError)->tp_traverse", "PyList_Type", 2),
    ],
)
def test_a_type_is_visited_once_for_each_instance(
    called: str, base: str, visits: int
) -> None:
    after = rewritten({"a.c": VISITED % (called, base)})["a.c"]
    assert after.count("Py_VISIT(Py_TYPE(self));") == visits


def test_a_traverse_that_calls_an_unknown_one_is_left() -> None:
    called = "Py_TYPE(self)->tp_base->tp_traverse"
    _, found = found_in({"a.c": VISITED % (called, "Point")})
    assert [(each.what, each.reason) for each in found.left] == [
        ("Dot", f"dot_traverse() calls {called}(), which may visit the type"),
        ("Point", "Dot has it as a base and stays a static type"),
    ]


def test_what_no_build_reads_is_left_alone() -> None:
    _, found = found_in(
        {"a.c": f"#if PY_MAJOR_VERSION < 3\n{POINT}{READY}#endif\nint x;\n"}
    )
    assert (found.subjects, found.left) == ((), ())


def _refused_elsewhere(
    other: str, *, is_fixed: bool, header: str = ""
) -> list[tuple[str, str]]:
    """Return why a type is refused that another file names."""
    own = POINT.replace("static PyTypeObject", "PyTypeObject") + READY
    include = '#include "a.h"\n' if header else ""
    files = {"a.c": include + own, "a.h": header}
    fixed = {"b.c": other.encode()} if is_fixed else {}
    if not is_fixed:
        files["b.c"] = include + other
    units = (frozenset({"a.c", "a.h"}), frozenset({"b.c", "a.h"}))
    sources = sources_of(files, units, fixed)
    found = HEAP_TYPES.find(View(sources, ""))
    return [(each.what, each.reason) for each in found.left]


UNREAD = "b.c:2 uses it, but its declaration there could not be read"
FIXED = "b.c declares it too, and stays as it is"


@pytest.mark.parametrize(
    ("other", "is_fixed", "reason"),
    [
        ("API(Point)\nint b(void) { return is(&Point); }\n", False, UNREAD),
        (
            "extern Kind Point;\nint b(void) { return is((PyObject *)&(Point)); }\n",
            False,
            UNREAD,
        ),
        ("extern PyTypeObject Point;\nint b(void) { return is(&Point); }\n", False, ""),
        ("extern PyTypeObject Point;\n", True, FIXED),
        ("PyAPI_DATA(PyTypeObject) Point;\n", True, FIXED),
        ("/* extern PyTypeObject Point; */ int b;\n", True, ""),
    ],
)
def test_a_symbol_that_would_be_gone(other: str, is_fixed: bool, reason: str) -> None:  # noqa: FBT001
    expected = [("Point", reason)] if reason else []
    assert _refused_elsewhere(other, is_fixed=is_fixed) == expected


def test_a_header_declares_it_for_all() -> None:
    header = "#include <Python.h>\nextern PyTypeObject Point;\n"
    other = "int b(void) { return is(&Point); }\n"
    assert _refused_elsewhere(other, is_fixed=False, header=header) == []


@pytest.mark.parametrize("file", ["a.c", "a.cpp"])
def test_the_function_of_the_import_declares_what_nothing_else_does(file: str) -> None:
    own = POINT.replace("static PyTypeObject", "PyTypeObject")
    head, rest = "PyMODINIT_FUNC\nPyInit_m(void)\n{\n", "    return make();\n}\n"
    files = {file: own, "b.c": head + rest}
    sources = sources_of(files, (frozenset({file}), frozenset({"b.c"})))
    found = HEAP_TYPES.find(View(sources, ""))
    edits = found.write(found.subjects).edits["b.c"]
    after = apply_edits((head + rest).encode(), edits).decode()
    # In C++ the declaration could name another symbol.
    declared = "" if file == "a.cpp" else "    extern int Point_create(void);\n"
    created = "    if (Point_create() < 0) {\n        return NULL;\n    }\n"
    assert after == head + declared + created + rest


@pytest.mark.parametrize(("file", "linkage"), [("a.c", ""), ("a.cpp", 'extern "C" ')])
def test_c_and_cpp_call_the_same_function(file: str, linkage: str) -> None:
    header = "#include <Python.h>\nextern PyTypeObject Point;\n"
    own = POINT.replace("static PyTypeObject", "PyTypeObject")
    other = "b.cpp" if file == "a.c" else "b.c"
    after = rewritten({"a.h": header, file: own, other: READY})
    assert after["a.h"].endswith("""\
#define Point (*Point_ptr)
#ifdef __cplusplus
extern "C"
#endif
int Point_create(void);
""")
    assert f"\n{linkage}int\nPoint_create(void)\n{{" in after[file]
    both = rewritten({"a.h": header, "a.cpp": own, "b.cpp": READY})
    assert 'extern "C"' not in "".join(both.values())
