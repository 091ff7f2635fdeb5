"""What to use instead of API outside the Limited API, and from which floor on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from abi3build.stable_abi import replacements
from abi3build.stable_abi.header_changes import (
    all_header_changes,
    find_header_change,
)
from abi3build.stable_abi.replacements import (
    Replacement,
    all_replacements,
    replacement,
    replacement_at,
    since,
)
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion

DOCS = "https://docs.python.org/3/"

# The public function-like macros and inline functions of the headers of CPython 3.9,
# 3.13 and 3.15 that exist only, or do something else, without Py_LIMITED_API. Each was
# compiled by itself; most leave no symbol of CPython behind in the object file.
PUBLIC_MACROS = """
    PyAnyDict_Check PyAnyDict_CheckExact PyAsyncGenASend_CheckExact
    PyAsyncGen_CheckExact PyByteArray_AS_STRING PyByteArray_GET_SIZE PyBytes_AS_STRING
    PyBytes_GET_SIZE PyCFunction_GET_CLASS PyCFunction_GET_FLAGS
    PyCFunction_GET_FUNCTION PyCFunction_GET_SELF PyCMethod_Check PyCMethod_CheckExact
    PyCell_Check PyCell_GET PyCell_SET PyCode_Check PyCode_GetFirstFree
    PyCode_GetNumFree PyCode_New PyCode_NewWithPosOnlyArgs PyContextToken_CheckExact
    PyContextVar_CheckExact PyContext_CheckExact PyCoro_CheckExact PyDescr_IsData
    PyDescr_NAME PyDescr_TYPE PyDict_GET_SIZE PyErr_Warn PyExceptionClass_Name
    PyFPE_END_PROTECT PyFPE_START_PROTECT PyFloat_AS_DOUBLE PyFrameLocalsProxy_Check
    PyFrame_Check PyFrozenDict_Check PyFrozenDict_CheckExact PyFunction_Check
    PyFunction_GET_ANNOTATIONS PyFunction_GET_CLOSURE PyFunction_GET_CODE
    PyFunction_GET_DEFAULTS PyFunction_GET_GLOBALS PyFunction_GET_KW_DEFAULTS
    PyFunction_GET_MODULE PyGen_Check PyGen_CheckExact PyHeapType_GET_MEMBERS
    PyInstanceMethod_Check PyInstanceMethod_GET_FUNCTION PyIter_Check PyList_GET_ITEM
    PyList_GET_SIZE PyList_SET_ITEM PyMemoryView_GET_BASE PyMemoryView_GET_BUFFER
    PyMethod_Check PyMethod_GET_FUNCTION PyMethod_GET_SELF PyMonitoring_FireBranchEvent
    PyMonitoring_FireBranchLeftEvent PyMonitoring_FireBranchRightEvent
    PyMonitoring_FireCRaiseEvent PyMonitoring_FireCReturnEvent
    PyMonitoring_FireCallEvent PyMonitoring_FireExceptionHandledEvent
    PyMonitoring_FireJumpEvent PyMonitoring_FireLineEvent PyMonitoring_FirePyResumeEvent
    PyMonitoring_FirePyReturnEvent PyMonitoring_FirePyStartEvent
    PyMonitoring_FirePyThrowEvent PyMonitoring_FirePyUnwindEvent
    PyMonitoring_FirePyYieldEvent PyMonitoring_FireRaiseEvent
    PyMonitoring_FireReraiseEvent PyMonitoring_FireStopIterationEvent PyODict_Check
    PyODict_CheckExact PyODict_Contains PyODict_GetItem PyODict_GetItemString
    PyODict_GetItemWithError PyODict_SIZE PyODict_Size PyObject_CallMethodNoArgs
    PyObject_CallMethodOneArg PyObject_CallOneArg PyObject_Vectorcall
    PyPickleBuffer_Check PyRun_AnyFile PyRun_InteractiveLoop PyRun_InteractiveOne
    PyRun_SimpleFile PyRun_SimpleString PySentinel_Check PySentinel_CheckExact
    PySequence_Fast_GET_ITEM PySequence_Fast_GET_SIZE PySequence_Fast_ITEMS
    PySequence_ITEM PySet_GET_SIZE PyStructSequence_GET_ITEM PyTuple_GET_ITEM
    PyTuple_GET_SIZE PyTuple_SET_ITEM PyType_SUPPORTS_WEAKREFS PyUnicode_1BYTE_DATA
    PyUnicode_2BYTE_DATA PyUnicode_4BYTE_DATA PyUnicode_AS_DATA PyUnicode_AS_UNICODE
    PyUnicode_CHECK_INTERNED PyUnicode_DATA PyUnicode_GET_DATA_SIZE PyUnicode_GET_LENGTH
    PyUnicode_GET_SIZE PyUnicode_IS_ASCII PyUnicode_IS_COMPACT
    PyUnicode_IS_COMPACT_ASCII PyUnicode_IS_READY PyUnicode_KIND
    PyUnicode_MAX_CHAR_VALUE PyUnicode_READ PyUnicode_READY PyUnicode_READ_CHAR
    PyUnicode_WRITE PyUnicode_WSTR_LENGTH PyUnstable_Code_GetFirstFree
    PyUnstable_Unicode_GET_CACHED_HASH PyVectorcall_Function PyVectorcall_NARGS
    PyWeakref_GET_OBJECT Py_BEGIN_CRITICAL_SECTION Py_BEGIN_CRITICAL_SECTION2
    Py_BEGIN_CRITICAL_SECTION2_MUTEX Py_BEGIN_CRITICAL_SECTION_MUTEX
    Py_END_CRITICAL_SECTION Py_END_CRITICAL_SECTION2 Py_FORCE_DOUBLE Py_GETENV
    Py_ISALNUM Py_ISALPHA Py_ISDIGIT Py_ISLOWER Py_ISSPACE Py_ISUPPER Py_ISXDIGIT
    Py_SETREF Py_TOLOWER Py_TOUPPER Py_TRASHCAN_BEGIN Py_TRASHCAN_BEGIN_CONDITION
    Py_TRASHCAN_SAFE_BEGIN Py_TRASHCAN_SAFE_END Py_UNICODE_COPY Py_UNICODE_FILL
    Py_UNICODE_HIGH_SURROGATE Py_UNICODE_ISALNUM Py_UNICODE_ISALPHA Py_UNICODE_ISDECIMAL
    Py_UNICODE_ISDIGIT Py_UNICODE_ISLINEBREAK Py_UNICODE_ISLOWER Py_UNICODE_ISNUMERIC
    Py_UNICODE_ISPRINTABLE Py_UNICODE_ISSPACE Py_UNICODE_ISTITLE Py_UNICODE_ISUPPER
    Py_UNICODE_IS_HIGH_SURROGATE Py_UNICODE_IS_LOW_SURROGATE Py_UNICODE_IS_SURROGATE
    Py_UNICODE_JOIN_SURROGATES Py_UNICODE_LOW_SURROGATE Py_UNICODE_TODECIMAL
    Py_UNICODE_TODIGIT Py_UNICODE_TOLOWER Py_UNICODE_TONUMERIC Py_UNICODE_TOTITLE
    Py_UNICODE_TOUPPER Py_XSETREF
"""

# What the headers offer under Py_LIMITED_API without a symbol, at every floor; or, as
# the numbers of PyBUF and the parts of a module of abi3t, with a function used along.
LIMITED_HEADER_NAMES = """
    METH_VARARGS PyBUF_FULL_RO PyBUF_WRITABLE PyCFunction_Check PyLong_Check
    PyModExport_ PyObject PySlot PyUnicode_Check Py_CLEAR Py_DECREF Py_Ellipsis
    Py_False Py_INCREF Py_None Py_NotImplemented Py_REFCNT Py_SIZE
    Py_TPFLAGS_HAVE_GC Py_TYPE Py_True Py_VISIT Py_XDECREF Py_XINCREF Py_file_input
    Py_hash_t Py_nb_add Py_ssize_t Py_tp_call Py_tp_members
"""


@pytest.mark.parametrize(
    ("name", "expected", "floor"),
    [
        pytest.param(
            "PyList_GET_SIZE",
            Replacement(
                "PyList_GET_SIZE",
                "PyList_Size",
                ("PyList_Size",),
                "Checks the type; -1 on error.",
                f"{DOCS}c-api/list.html#c.PyList_Size",
            ),
            "3.2",
            id="macro",
        ),
        pytest.param(
            "PyUnicode_AsUTF8",
            Replacement(
                "PyUnicode_AsUTF8",
                "PyUnicode_AsUTF8AndSize(unicode, NULL)",
                ("PyUnicode_AsUTF8AndSize",),
                "",
                f"{DOCS}c-api/unicode.html#c.PyUnicode_AsUTF8AndSize",
            ),
            "3.10",
            id="same behavior",
        ),
        pytest.param(
            "PyUnicode_IS_ASCII",
            Replacement(
                "PyUnicode_IS_ASCII",
                "PyUnicode_AsUTF8AndSize(unicode, &size) != NULL &&"
                " size == PyUnicode_GetLength(unicode)",
                ("PyUnicode_AsUTF8AndSize", "PyUnicode_GetLength"),
                "True for ASCII only, since all other characters take several bytes."
                " Caches the UTF-8 form; a lone surrogate raises, so clear the error.",
                f"{DOCS}c-api/unicode.html#c.PyUnicode_AsUTF8AndSize",
            ),
            "3.10",
            id="several functions",
        ),
        pytest.param(
            "PyTypeObject.tp_new",
            Replacement(
                "PyTypeObject.*",
                "PyType_GetSlot",
                ("PyType_GetSlot",),
                "With the name of the slot: Py_tp_new for tp_new. Python before 3.10"
                " takes heap types only. To set one, put it in PyType_Spec.",
                f"{DOCS}c-api/type.html#c.PyType_GetSlot",
            ),
            "3.4",
            id="field of a family",
        ),
        pytest.param(
            "Py_UNICODE_IS_SURROGATE",
            Replacement(
                "Py_UNICODE_IS_SURROGATE",
                "0xD800 <= character && character <= 0xDFFF",
                (),
                "",
                f"{DOCS}c-api/unicode.html#c.Py_UNICODE_IS_SURROGATE",
            ),
            "3.2",
            id="plain C",
        ),
        pytest.param(
            "PyDict_AddWatcher",
            Replacement(
                "PyDict_AddWatcher",
                "",
                (),
                "Nothing replaces it: no call tells about changes to a dictionary.",
                f"{DOCS}c-api/dict.html#c.PyDict_AddWatcher",
            ),
            "3.2",
            id="nothing",
        ),
    ],
)
def test_entry(name: str, expected: Replacement, floor: str) -> None:
    found = replacement(name)
    assert found == expected
    assert str(since(expected)) == floor


@pytest.mark.parametrize("name", ["", "PyList_Size", "Py_tp_new", "Vector3", "PyMine"])
def test_nothing_is_known(name: str) -> None:
    assert replacement(name) is None
    assert replacement_at(name, PythonVersion(3, 9)) is None


@pytest.mark.parametrize(
    ("name", "floor", "entry", "instead"),
    [
        (
            "PyUnicode_AsUTF8",
            "3.10",
            "PyUnicode_AsUTF8",
            "AsUTF8AndSize(unicode, NULL)",
        ),
        ("PyUnicode_AsUTF8", "3.9", "PyUnicode_AsUTF8AndSize", "AsUTF8String(unicode)"),
        ("PyWeakref_GET_OBJECT", "3.13", "PyWeakref_GET_OBJECT", "PyWeakref_GetRef"),
        ("PyWeakref_GET_OBJECT", "3.12", "PyWeakref_GetRef", "PyObject_CallObject"),
        ("_PyLong_New", "3.15", "_PyLong_New", "PyLongWriter_Create"),
        ("_PyLong_New", "3.14", "PyLongWriter_*", "PyLong_FromUnsignedNativeBytes"),
        ("_PyLong_New", "3.13", "PyLong_FromUnsignedNativeBytes", '"from_bytes"'),
        ("PyUnstable_PerfTrampoline_Mine", "3.9", "PyUnstable_PerfTrampoline_*", ""),
        ("PyLong_IsCompact", "3.9", None, ""),
    ],
)
def test_floor(name: str, floor: str, entry: str | None, instead: str) -> None:
    found = replacement_at(name, PythonVersion.parse(floor))
    assert (found.name if found else None) == entry
    assert instead in (found.instead if found else "")
    assert found is None or since(found) <= PythonVersion.parse(floor)


def test_too_new_at_every_floor() -> None:
    """If nothing is old enough, the oldest replacement tells which floor to ask."""
    found = replacement_at("PyMemoryView_FromBuffer", PythonVersion(3, 6))
    assert found == replacement("PyMemoryView_FromBuffer")
    assert found is not None
    assert since(found) == PythonVersion(3, 7)


def test_public_macros_are_covered() -> None:
    missing = [name for name in PUBLIC_MACROS.split() if replacement(name) is None]
    assert missing == []


def test_every_entry_is_found_by_its_name() -> None:
    entries = all_replacements()
    assert [replacement(entry.name) for entry in entries] == list(entries)


def test_functions_are_in_the_limited_api() -> None:
    symbols = stable_symbols()
    wrong = [
        (entry.name, function)
        for entry in all_replacements()
        for function in entry.functions
        if function not in symbols or symbols[function].abi_only
    ]
    assert wrong == []


def test_expressions_use_what_they_say() -> None:
    """Each of CPython's names in an expression is listed or needs no symbol."""
    wrong = [
        (entry.name, used)
        for entry in all_replacements()
        for used in re.findall(
            r"\b_?(?:Py|METH_)\w*", re.sub(r'"[^"]*"', "", entry.instead)
        )
        if used not in {*entry.functions, *LIMITED_HEADER_NAMES.split()}
    ]
    assert wrong == []


def test_stable_names_have_older_replacements() -> None:
    """No name that every floor has is here, and a new one leads to older ones.

    So following one replacement to the next comes to an end.
    """
    found = {name: replacement(name) for name in stable_symbols()}
    wrong = [
        name
        for name, entry in found.items()
        if entry is not None
        and find_header_change(name) is None
        and since(entry) >= stable_symbols()[name].added
    ]
    assert wrong == []
    # What headers deprecate or drop may lead to newer names, and those to others.
    for change in all_header_changes():
        known = replacement_at(change.name, FIRST_STABLE_ABI)
        assert known is None or change.name not in known.functions


def test_documentation() -> None:
    address = re.compile(r"https://docs\.python\.org/3/[\w./-]+\.html#[\w.:-]+")
    entries = all_replacements()
    assert [e.name for e in entries if not address.fullmatch(e.documentation)] == []


def test_notes() -> None:
    """A version in a note is the running Python's, never that of the stable ABI."""
    running = re.compile(r"(?:since Python|Pythons? before) 3\.\d+")
    entries = all_replacements()
    assert [e.name for e in entries if not e.instead and not e.note] == []
    assert [
        entry.name
        for entry in entries
        if re.search(r"3\.\d", running.sub("", entry.note))
    ] == []


def test_file_is_well_formed() -> None:
    path = Path(replacements.__file__).with_name("replacements.txt")
    text = path.read_text(encoding="ascii")
    names = []
    for block in text.rstrip("\n").split("\n\n"):
        lines = [line for line in block.split("\n") if not line.startswith("        ")]
        keys = [line[4:].split(": ")[0] for line in lines if line.startswith("    ")]
        if not block.startswith("#"):
            assert re.fullmatch(r"(use needs |use |)(note )?docs", " ".join(keys)), (
                block
            )
            names += [line for line in lines if not line.startswith("    ")]
    assert sorted(set(names)) == sorted(names)
    assert sorted(names) == [entry.name for entry in all_replacements()]
    assert [line for line in text.splitlines() if len(line) > 88] == []


def test_loading_is_lazy() -> None:
    """The file is read when the first question comes, and once."""
    program = """\
import sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
from abi3build.stable_abi.replacements import replacement
def times():
    return sum(path.endswith("replacements.txt") for path in opened)
before = times()
replacement("PyList_GET_SIZE")
first = times()
replacement("PyMine")
print(before, first > 0, times() - first)
"""
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert output == "0 True 0\n"


SLOTS = """
    tp_alloc tp_as_async tp_as_buffer tp_as_mapping tp_as_number tp_as_sequence tp_base
    tp_bases tp_basicsize tp_cache tp_call tp_clear tp_dealloc tp_del tp_descr_get
    tp_descr_set tp_dict tp_dictoffset tp_doc tp_finalize tp_flags tp_free tp_getattr
    tp_getattro tp_getset tp_hash tp_init tp_is_gc tp_itemsize tp_iter tp_iternext
    tp_members tp_methods tp_mro tp_name tp_new tp_repr tp_richcompare tp_setattr
    tp_setattro tp_str tp_subclasses tp_traverse tp_vectorcall tp_vectorcall_offset
    tp_version_tag tp_weaklist tp_weaklistoffset
"""
PRIVATE = """
    _PyDict_GetItem_KnownHash _PyErr_ChainExceptions _PyFloat_Pack8
    _PyLong_AsByteArray _PyLong_AsInt _PyLong_AsTime_t _PyLong_Copy _PyLong_DivmodNear
    _PyLong_Format _PyLong_FromByteArray _PyLong_GCD _PyLong_New _PyLong_NumBits
    _PyLong_Sign _PyObject_CallMethodId _PyObject_GetAttrId _PyObject_LookupAttr
    _PyThreadState_UncheckedGet _PyTuple_Resize _PyUnicode_FastCopyCharacters
    _PyUnicode_JoinArray _PyUnicode_Ready _PyUnicodeWriter_Init _Py_HashDouble
    _Py_IDENTIFIER _Py_IsFinalizing
"""


@pytest.mark.parametrize(
    "name",
    [f"PyTypeObject.{slot}" for slot in SLOTS.split()]
    + PRIVATE.split()
    + ["PyUnicode_AsUTF8", "static type"],
)
def test_what_packages_use_has_an_entry_with_its_section(name: str) -> None:
    found = replacement(name)
    assert found is not None
    assert found.instead or found.note
    assert re.fullmatch(re.escape(DOCS) + r"[\w./-]+(?:#[\w.-]+)?", found.documentation)
