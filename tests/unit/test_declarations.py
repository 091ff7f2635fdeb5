"""The data about what the C API has besides symbols: macros, constants and types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi3build.stable_abi.declarations import (
    Declaration,
    DeclarationKind,
    Shown,
    all_declared_names,
    find_declaration,
    format_declarations,
    is_declared_at,
    limited_since,
    parse_declarations,
)
from abi3build.versions import PythonVersion

NAMES = st.from_regex(r"_?Py_?[A-Z][A-Za-z0-9_]{0,8}", fullmatch=True)
MINORS = st.integers(2, 40)
VERSIONS = MINORS.map(lambda minor: PythonVersion(3, minor))


def shown(minors: tuple[int, int, int]) -> Shown:
    """Make headers that are not older than the floors for which they show a name."""
    lowest, highest, headers = (PythonVersion(3, each) for each in sorted(minors))
    return Shown(headers, lowest, highest)


DECLARATIONS = st.builds(
    Declaration,
    NAMES,
    st.sampled_from(DeclarationKind),
    st.none() | VERSIONS,
    st.sampled_from([(), ("full",), ("opaque",), ("members", "ob_base", "ob_size")]),
    st.lists(VERSIONS, unique=True).map(lambda each: tuple(sorted(each))),
    st.lists(
        st.tuples(MINORS, MINORS, MINORS).map(shown),
        unique_by=lambda each: each.headers,
    ).map(lambda each: tuple(sorted(each))),
)


@given(st.lists(DECLARATIONS, unique_by=lambda each: each.name))
def test_declarations_survive_their_text(declarations: list[Declaration]) -> None:
    read = list(parse_declarations("# said\n" + format_declarations(declarations)))
    assert read == sorted(declarations)


def test_the_table_is_sorted_and_every_line_can_be_read() -> None:
    names = list(all_declared_names())
    assert names == sorted(names)
    assert all(find_declaration(name) for name in names)


@pytest.mark.parametrize(
    ("name", "since"),
    [
        # What the manifest says, or the headers where they hide it for longer.
        ("METH_FASTCALL", "3.10"),
        ("METH_METHOD", "3.9"),
        ("PyBUF_SIMPLE", "3.11"),
        ("Py_buffer", "3.11"),
        ("getbufferproc", "3.12"),
        ("PyCFunctionFast", "3.13"),
        ("PySlot_END", "3.15"),
        ("PYGEN_RETURN", "3.10"),
        ("Py_tss_t", "3.7"),
        ("symtable", "3.2"),
        ("PyObject_TypeCheck", "3.2"),
        # Only the headers say it: https://github.com/python/cpython/issues/98680
        ("Py_tracefunc", "None"),
        ("PyListObject", "None"),
        ("PyList_GET_SIZE", "None"),
        # Symbols have a table of their own; the second is for old binaries alone.
        ("PyModule_AddObjectRef", "3.10"),
        ("_Py_Dealloc", "None"),
        ("Quux", "None"),
    ],
)
def test_since_when_a_name_is_in_the_limited_api(name: str, since: str) -> None:
    assert str(limited_since(name)) == since


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("PyBUF_CONTIG", DeclarationKind.CONSTANT),
        ("Py_TPFLAGS_BASETYPE", DeclarationKind.CONSTANT),
        ("PYGEN_RETURN", DeclarationKind.CONSTANT),
        ("Py_None", DeclarationKind.MACRO),
        ("Py_UNUSED", DeclarationKind.MACRO),
        ("PyType_HasFeature", DeclarationKind.INLINE),
        ("PyModuleDef", DeclarationKind.STRUCTURE),
        ("_typeobject", DeclarationKind.STRUCTURE),
        ("PyCFunction", DeclarationKind.TYPE),
        ("PySendResult", DeclarationKind.TYPE),
        ("PY_SSIZE_T_CLEAN", DeclarationKind.SETTING),
        ("_PyStackRef", DeclarationKind.INTERNAL),
    ],
)
def test_kinds(name: str, kind: DeclarationKind) -> None:
    declaration = find_declaration(name)
    assert declaration is not None
    assert declaration.kind is kind


@pytest.mark.parametrize(
    ("name", "floor", "is_declared"),
    [
        ("METH_FASTCALL", "3.9", False),
        ("METH_FASTCALL", "3.10", True),
        # A function since 3.14, and before that what the headers make of a field.
        ("Py_TYPE", "3.9", True),
        ("Py_TYPE", "3.14", True),
        ("PyModule_AddObjectRef", "3.9", False),
        ("PyModule_AddObjectRef", "3.10", True),
        ("PyList_GET_SIZE", "3.15", False),
        # The headers of 3.9 to 3.11 lack it, though newer ones show it for 3.9 as well.
        ("Py_T_INT", "3.9", False),
        ("Quux", "3.9", False),
    ],
)
def test_what_a_source_may_use(name: str, floor: str, *, is_declared: bool) -> None:
    assert is_declared_at(name, PythonVersion.parse(floor)) is is_declared


def test_the_table_is_fresh() -> None:
    """The table says what the newest published manifest says."""
    abi3info = pytest.importorskip("abi3info")
    published = {
        name: (entry.added.major, entry.added.minor)
        for entries in (abi3info.MACROS, abi3info.STRUCTS, abi3info.TYPEDEFS)
        for name, entry in entries.items()
    }
    listed = map(find_declaration, all_declared_names())
    assert published == {
        each.name: each.promised for each in listed if each and each.promised
    }
