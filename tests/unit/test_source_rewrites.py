"""Reads of hidden fields, casts, names and includes: before and after."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from abi3build.port_fix.ascii_texts import ASCII_TEXTS
from abi3build.port_fix.compiling import CompileDiagnostic
from abi3build.port_fix.edits import apply_edits
from abi3build.port_fix.field_reads import FIELD_READS
from abi3build.port_fix.inherited_layouts import INHERITED_LAYOUTS
from abi3build.port_fix.missing_includes import MISSING_INCLUDES
from abi3build.port_fix.object_casts import OBJECT_CASTS
from abi3build.port_fix.renamed_functions import RENAMED_FUNCTIONS
from abi3build.port_fix.rewrites import View
from abi3build.port_fix.slot_reads import SLOT_READS
from abi3build.port_fix.source_files import SourceFiles
from abi3build.port_fix.uncopied_texts import UNCOPIED_TEXTS
from abi3build.porting.syntax import dialect_of, parse
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from abi3build.port_fix.rewrites import Rewrite

pytest.importorskip("tree_sitter")


def rewritten(
    rewrite: Rewrite,
    text: str,
    *errors: tuple[int, int, str],
    oldest: str = "3.10",
    floor: str = "3.11",
    name: str = "a.c",
) -> tuple[str, list[str]]:
    source = dedent(text).encode()
    sources = SourceFiles(
        {name: parse(source, dialect_of(name))},
        PythonVersion.parse(floor),
        PythonVersion.parse(oldest),
    )
    found = rewrite.find(
        View(
            sources,
            "/tree",
            tuple(
                CompileDiagnostic(
                    f"/tree/{name}", line, column, is_error=True, text=message
                )
                for line, column, message in errors
            ),
        )
    )
    edits = found.write(found.subjects).edits.get(name, ())
    return apply_edits(source, edits).decode(), [each.reason for each in found.left]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "x = type->tp_alloc(type, 0);",
            "x = ((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);",
        ),
        (
            "(*Py_TYPE(o)->tp_free)(o);",
            "(*((freefunc)PyType_GetSlot(Py_TYPE(o), Py_tp_free)))(o);",
        ),
        (
            "x = Y.tp_new(&Y, a, k);",
            "x = ((newfunc)PyType_GetSlot(&Y, Py_tp_new))(&Y, a, k);",
        ),
        (
            "x = type->tp_base->tp_new(type, a, k);",
            "x = ((newfunc)PyType_GetSlot(((PyTypeObject *)PyType_GetSlot(type,"
            " Py_tp_base)), Py_tp_new))(type, a, k);",
        ),
        (
            "if (t->tp_as_number && t->tp_as_number->nb_index) f();",
            "if (((unaryfunc)PyType_GetSlot(t, Py_nb_index))) f();",
        ),
        ("if (t->tp_flags & FLAG) f();", "if (PyType_GetFlags(t) & FLAG) f();"),
        ("t->tp_free = f;", "t->tp_free = f;"),
        ("f(&t->tp_free);", "f(&t->tp_free);"),
        ('s = "t->tp_flags"; /* t->tp_flags */', None),
        ("y = own->tp_size;", None),
    ],
)
def test_reads_of_fields(before: str, after: str | None) -> None:
    text, left = rewritten(SLOT_READS, f"void f(void) {{ {before} }}\n")
    assert text == f"void f(void) {{ {after or before} }}\n"
    assert left == []


def test_the_name_of_a_type_comes_with_a_function() -> None:
    text, _ = rewritten(
        SLOT_READS,
        """\
        #include <Python.h>
        #define FAIL(o) PyErr_Format(E, "%s", \\
            Py_TYPE(o)->tp_name)
        void f(void) { g(o->ob_type->tp_name); }
        """,
    )
    head, rest = text.split("\n\n", 1)[0], text.rsplit("#endif\n", 1)[1]
    assert head == "#include <Python.h>"
    assert "\n#  define abi3_type_name(type) ((type)->tp_name)\n" in text
    assert rest == (
        '#define FAIL(o) PyErr_Format(E, "%s", \\\n'
        "    abi3_type_name(Py_TYPE(o)))\n"
        "void f(void) { g(abi3_type_name(o->ob_type)); }\n"
    )


READ = "((unaryfunc)PyType_GetSlot(t, Py_am_aiter))"


@pytest.mark.parametrize(
    ("start", "guard", "body"),
    [
        ("unaryfunc m = NULL;", "({} != NULL)", "{{ m = {}->am_aiter; }}"),
        ("unaryfunc m = 0;", "({})", "m = (unaryfunc){}->am_aiter;"),
    ],
)
def test_a_guard_of_a_table_tests_the_slot(start: str, guard: str, body: str) -> None:
    before = f"{start} if {guard} {body}".format("t->tp_as_async", "t->tp_as_async")
    after = f"{start} if {guard} {body}".replace("{}->am_aiter", "{}")
    text, left = rewritten(SLOT_READS, f"void f(void) {{ {before} }}\n")
    assert text == f"void f(void) {{ {after.format(READ, READ)} }}\n"
    assert left == []


@pytest.mark.parametrize(
    "code",
    [
        "unaryfunc m; if (T) m = T->am_aiter;",
        "unaryfunc m = other; if (T) m = T->am_aiter;",
        "unaryfunc m = NULL; m = other; if (T) m = T->am_aiter;",
        "unaryfunc m = NULL; if (T) m = T->am_aiter; else g();",
        "unaryfunc m = NULL; if (T) { m = T->am_aiter; g(); }",
        "unaryfunc m = NULL; while (g()) if (T) m = T->am_aiter;",
        "unaryfunc m = NULL; if (!T) m = T->am_aiter;",
        "unaryfunc m = NULL; again: if (T) m = T->am_aiter;",
    ],
)
def test_a_guard_with_another_meaning_stays(code: str) -> None:
    source = code.replace("T", "t->tp_as_async")
    text, _ = rewritten(SLOT_READS, f"void f(void) {{ {source} }}\n")
    guard, _ = source.split("m = t->tp_as_async->am_aiter")
    assert guard in text


@pytest.mark.parametrize(
    "code",
    [
        'if (strcmp(Py_TYPE(o)->tp_name, "decimal.Decimal") == 0) f();',
        "dot = strrchr((char *)t->tp_name, '.');",
        "const char *name = t->tp_name; if (name[0] == '_') f();",
        "const char *name; name = (t->tp_name); g(name + 1);",
        "while (*t->tp_name) f();",
    ],
)
def test_a_name_that_something_depends_on_is_left(code: str) -> None:
    source = f"void f(void) {{ {code} }}\n"
    text, left = rewritten(SLOT_READS, source)
    assert text == source
    assert left == [
        "its text is compared or split here, and under the limit it is the name without"
        " the module: compare types or attributes instead"
    ]


@pytest.mark.parametrize(
    "code",
    [
        'PyErr_Format(E, "%s", t->tp_name);',
        "const char *name = t->tp_name; if (name != NULL) g(name);",
        "return strlen(t->tp_name);",
    ],
)
def test_a_name_that_is_only_shown_is_rewritten(code: str) -> None:
    text, left = rewritten(SLOT_READS, f"int f(void) {{ {code} }}\n")
    assert code.replace("t->tp_name", "abi3_type_name(t)") in text
    assert left == []


def test_static_types_have_no_slots_before_3_10() -> None:
    code = """\
    #include <Python.h>
    static PyType_Spec Own_spec;
    static PyObject *own_new(PyTypeObject *type, PyObject *a, PyObject *k) {
        return type->tp_alloc(type, 0);
    }
    static void own_free(OwnObject *self) { Py_TYPE(self)->tp_free(self); }
    static PyObject *next(PyObject *it) { return Py_TYPE(it)->tp_iternext(it); }
    """
    text, left = rewritten(SLOT_READS, code, oldest="3.9", floor="3.9")
    assert "((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0)" in text
    assert "((freefunc)PyType_GetSlot(Py_TYPE(self), Py_tp_free))(self)" in text
    assert "return Py_TYPE(it)->tp_iternext(it);" in text
    assert left == [
        "PyType_GetSlot accepts static types only since 3.10: raise the floor to 3.10,"
        " or call a function on the object"
    ]

    text, left = rewritten(SLOT_READS, code, oldest="3.9", floor="3.11")
    assert "abi3_slot(Py_TYPE(it), tp_iternext, iternextfunc)(it)" in text
    assert "#    define abi3_slot(type, slot, kind) ((type)->slot)\n" in text
    assert left == []


def test_an_attribute_of_a_type_of_ones_own() -> None:
    text, _ = rewritten(
        SLOT_READS,
        """\
        static PyType_Spec Own_spec;
        void f(void) {
            PyDict_SetItemString(Own.tp_dict, "ONE", one);
            PyDict_SetItemString(PyLong_Type.tp_dict, "ONE", one);
        }
        """,
    )
    assert 'PyObject_SetAttrString((PyObject *)&Own, "ONE", one);' in text
    assert 'PyDict_SetItemString(abi3_type_dict(&PyLong_Type), "ONE", one);' in text


def test_hidden_fields_with_an_accessor() -> None:
    incomplete = "invalid use of incomplete typedef '{}' {{aka 'struct x'}}"
    text, _ = rewritten(
        FIELD_READS,
        "void f(void) {\n a = PyThreadState_Get()->interp;\n b = frame->f_back;\n}\n",
        (2, 25, incomplete.format("PyThreadState")),
        (3, 11, incomplete.format("PyFrameObject")),
    )
    assert text == (
        "void f(void) {\n a = PyThreadState_GetInterpreter(PyThreadState_Get());\n"
        " b = frame->f_back;\n}\n"
    )


def test_fields_of_code_that_attributes_show() -> None:
    incomplete = "invalid use of incomplete typedef 'PyCodeObject'"
    places = {3: 10, 4: 27, 5: 11, 6: 6, 7: 10}
    text, _ = rewritten(
        FIELD_READS,
        """\
        #include <Python.h>
        void f(PyObject *o) {
         a = code->co_flags & CO_VARARGS;
         b = ((PyCodeObject *)o)->co_name;
         c = &code->co_flags;
         code->co_flags = 1;
         d = code->co_zombieframe;
        }
        """,
        *((line, column, incomplete) for line, column in places.items()),
    )
    rest = text.split("void f", 1)[1]
    assert rest == (
        "(PyObject *o) {\n"
        ' a = abi3_field(abi3_number((PyObject *)code, "co_flags"),'
        " code->co_flags) & CO_VARARGS;\n"
        ' b = abi3_field(abi3_attribute((PyObject *)((PyCodeObject *)o), "co_name"),'
        " ((PyCodeObject *)o)->co_name);\n"
        " c = &code->co_flags;\n"
        " code->co_flags = 1;\n"
        " d = code->co_zombieframe;\n"
        "}\n"
    )
    for helper in ("abi3_field", "abi3_number", "abi3_attribute"):
        assert text.count(f"define {helper}") in {1, 2}


def test_what_types_keep_comes_with_a_function() -> None:
    text, _ = rewritten(
        SLOT_READS,
        """\
        #include <Python.h>
        void f(void) { g(Py_TYPE(o)->tp_dict, t->tp_mro); t->tp_dict = d; }
        """,
    )
    assert text.count("#  define abi3_type_dict(type) ((type)->tp_dict)") == 1
    assert text.endswith(
        "void f(void) { g(abi3_type_dict(Py_TYPE(o)), abi3_type_mro(t));"
        " t->tp_dict = d; }\n"
    )


def test_an_accessor_that_the_floor_lacks() -> None:
    text, left = rewritten(
        FIELD_READS,
        "void f(void) {\n if (!moment->hastzinfo) return;\n}\n",
        (2, 13, "invalid use of incomplete typedef 'PyDateTime_DateTime'"),
        floor="3.9",
    )
    assert "moment->hastzinfo" in text
    assert left == [
        "PyDateTime_DATE_GET_TZINFO exists only since 3.10: raise the floor to 3.10"
    ]


def test_casts_that_macros_made() -> None:
    refused = "passing argument 1 of '{}' from incompatible pointer type"
    text, _ = rewritten(
        OBJECT_CASTS,
        "void f(void) {\n Py_SET_SIZE(self, Py_SIZE(list[0]));\n Own(self);\n}\n",
        (2, 14, refused.format("Py_SET_SIZE")),
        (2, 32, refused.format("Py_SIZE")),
        (3, 6, refused.format("Own")),
    )
    assert text.splitlines()[1:3] == [
        " Py_SET_SIZE((PyVarObject *)self, Py_SIZE((PyObject *)(list[0])));",
        " Own(self);",
    ]


@pytest.mark.parametrize("column", [12, 16])
def test_a_cast_of_a_field_that_no_grammar_has_to_read(column: int) -> None:
    text, _ = rewritten(
        OBJECT_CASTS,
        "void f(void) {\n NO_SEMICOLON(self)\n Py_INCREF(self->own);\n}\n",
        (3, column, "passing argument 1 of 'Py_INCREF' from incompatible pointer type"),
    )
    assert text.splitlines()[2] == " Py_INCREF((PyObject *)self->own);"


def test_a_cast_goes_into_a_macro_whose_parameter_has_other_uses() -> None:
    macro = "#define IN(a, p) (a->item <= p && p < a->item + Py_SIZE(a))\n"
    text, _ = rewritten(
        OBJECT_CASTS,
        macro + "int f(void) { return IN(self, p); }\n",
        (2, 26, "passing argument 1 of 'Py_SIZE' from incompatible pointer type"),
    )
    assert text.splitlines() == [
        "#define IN(a, p) (a->item <= p && p < a->item + Py_SIZE((PyObject *)(a)))",
        "int f(void) { return IN(self, p); }",
    ]


def test_standard_headers_after_the_others() -> None:
    text, _ = rewritten(
        MISSING_INCLUDES,
        '#include "Python.h"\n#ifdef X\n#include "x.h"\n#endif\nint f(void);\n',
        (5, 1, "implicit declaration of function 'memcpy'"),
        (5, 1, "'errno' undeclared (first use in this function)"),
        (5, 1, "implicit declaration of function 'own'"),
    )
    assert text == (
        '#include "Python.h"\n#ifdef X\n#include "x.h"\n#endif\n'
        "#include <errno.h>\n#include <string.h>\nint f(void);\n"
    )


def test_names_with_a_limited_twin() -> None:
    text, _ = rewritten(
        RENAMED_FUNCTIONS,
        "void f(void) { PyMem_FREE(a); g(PyMem_FREE); } /* PyMem_FREE(a) */\n",
        (1, 1, "implicit declaration of function 'PyMem_FREE'"),
        (1, 1, "implicit declaration of function '_PyUnknown'"),
    )
    assert (
        text == "void f(void) { PyMem_Free(a); g(PyMem_FREE); } /* PyMem_FREE(a) */\n"
    )


def test_the_value_of_a_numpy_scalar_comes_with_its_function() -> None:
    code = """\
    #include <Python.h>
    #include <numpy/arrayscalars.h>
    float first(PyObject *o) { return PyArrayScalar_VAL(o, Float); }
    float second(PyObject *o) { return PyArrayScalar_VAL(o,
                                                         Float); }
    """
    error = "'PyArrayScalar_VAL' was not declared in this scope; did you mean x?"
    text, _ = rewritten(RENAMED_FUNCTIONS, code, (3, 1, error))
    top, helper, uses = text.partition("#    define abi3_scalar(scalar, cls) (")
    assert top.startswith("#include <Python.h>\n#include <numpy/arrayscalars.h>\n")
    assert helper
    assert "    PyArray_ScalarAsCtype(scalar, &room);\n" in uses
    assert uses.endswith(
        "#endif\n"
        + dedent(code.split("h>\n")[2]).replace("PyArrayScalar_VAL", "abi3_scalar")
    )


def test_a_string_of_ascii_that_is_written_in_place() -> None:
    code = """\
    #include <Python.h>
    static PyObject *hex(void) {
        PyObject *text = PyUnicode_New(SIZE * 2, 127);
        if (text == NULL) return NULL;
        Py_UCS1 *data = PyUnicode_1BYTE_DATA(text);
        data[0] = 'a';
        return text;
    }
    """
    text, _ = rewritten(ASCII_TEXTS, code)
    assert "    PyObject *text = abi3_ascii_new(SIZE * 2);\n" in text
    assert "    Py_UCS1 *data = abi3_ascii_data(text);\n" in text
    assert "    return abi3_ascii_done(text);\n" in text
    assert text.count("#    define abi3_ascii_done(text) (text)\n") == 1

    for other in ("g(text);", "PyObject *two = text;", "text = NULL;"):
        kept = dedent(code.replace("return text;", f"{other}\n    return text;"))
        assert rewritten(ASCII_TEXTS, kept) == (kept, [])


def test_a_shortcut_past_a_copy_is_left_out_under_the_limit() -> None:
    code = """\
    Py_UCS4 *f(PyObject *text) {
        if (PyUnicode_KIND(text) == PyUnicode_4BYTE_KIND) {
            return PyUnicode_4BYTE_DATA(text);
        } else {
            return PyUnicode_AsUCS4Copy(text);
        }
    }
    """
    text, left = rewritten(UNCOPIED_TEXTS, code)
    assert text == dedent(
        """\
        Py_UCS4 *f(PyObject *text) {
        #ifndef Py_LIMITED_API
            if (PyUnicode_KIND(text) == PyUnicode_4BYTE_KIND) {
                return PyUnicode_4BYTE_DATA(text);
            } else
        #endif
            {
                return PyUnicode_AsUCS4Copy(text);
            }
        }
        """
    )
    assert left == []
    for old, new in (
        ("AsUCS4Copy(text)", "AsUCS4Copy(other)"),
        ("KIND(text) ==", "KIND(text) !="),
        ("4BYTE_KIND)", "4BYTE_KIND && x)"),
        ("        if", "        if (x) if"),
        ("return PyUnicode_AsUCS4Copy(text)", "return NULL"),
    ):
        kept = dedent(code.replace(old, new))
        assert rewritten(UNCOPIED_TEXTS, kept) == (kept, [])


_CLASS_OF_LISTS = """
    typedef struct {
        PyListObject list;
    } Push;
    static int Push_init(Push *self, PyObject *args, PyObject *kwds);
    static PyType_Spec Push_spec = {
        .name = "m.Push",
        .basicsize = sizeof(Push),
        .slots = Push_slots,
    };
    int Push_create(void) {
        PyObject *bases = PyTuple_Pack(1, (PyObject *)&PyList_Type);
        Push_ptr = PyType_FromSpecWithBases(&Push_spec, bases);
        return 0;
    }
"""


def test_a_class_that_adds_no_field_has_the_size_of_its_base() -> None:
    after, left = rewritten(INHERITED_LAYOUTS, _CLASS_OF_LISTS)
    expected = _CLASS_OF_LISTS.replace("PyListObject list;", "PyObject_HEAD")
    assert after == dedent(expected.replace("sizeof(Push)", "0"))
    assert not left


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "return 0;",
            "return ((Push *)x)->list.allocated;",
            "its use in a.c, line 14, is not understood",
        ),
        (
            "return 0;",
            "Push copy; return 0;",
            "its use in a.c, line 14, is not understood",
        ),
        (
            "return 0;",
            "return sizeof(Push);",
            "its use in a.c, line 14, is not understood",
        ),
        (
            "return 0;",
            "Push *made; return sizeof(*made);",
            "its use in a.c, line 14, is not understood",
        ),
        (
            ".basicsize = sizeof(Push)",
            ".itemsize = sizeof(Push)",
            "its use in a.c, line 8, is not understood",
        ),
        (
            ".basicsize = sizeof(Push)",
            ".basicsize = 40",
            "no type from a specification has instances of it",
        ),
        (
            "&PyList_Type",
            "&PyDict_Type",
            "its type is not seen to be created with PyList_Type as its base",
        ),
        (
            "PyListObject list;",
            "PyListObject list; int own;",
            None,
        ),
    ],
)
def test_a_class_that_needs_the_fields_of_its_base_is_left(
    old: str, new: str, reason: str | None
) -> None:
    text = _CLASS_OF_LISTS.replace(old, new)
    after, left = rewritten(INHERITED_LAYOUTS, text)
    assert after == dedent(text)
    assert left == ([] if reason is None else [reason])
