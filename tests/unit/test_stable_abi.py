"""The data about CPython's C API: what is stable, exported, private or a macro."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abi3build.stable_abi.known_names import (
    Name,
    Tier,
    examined_releases,
    find_name,
    format_minors,
    format_names,
    looks_like_cpython,
    parse_minors,
    parse_names,
    parse_releases,
    tier,
)
from abi3build.stable_abi.stable_symbols import (
    LAST_INCOMPLETE_DLL,
    StableSymbol,
    SymbolKind,
    SystemOfPython,
    condition_holds,
    format_symbols,
    linux_exports,
    parse_symbols,
    stable_symbols,
    windows_exports,
)
from abi3build.versions import NEWEST_KNOWN, PythonVersion

MINORS = st.builds(PythonVersion, st.just(3), st.integers(0, 40))
NAMES = st.from_regex(r"_?Py_?[A-Z][A-Za-z0-9_]{0,8}", fullmatch=True)
CONDITIONS = ["", "HAVE_FORK", "MS_WINDOWS"]


def text_of(symbol: StableSymbol) -> str:
    return format_symbols([symbol]).rstrip("\n")


def test_the_table_is_sorted_by_name() -> None:
    table = stable_symbols()
    assert list(table) == sorted(table)
    assert all(name == symbol.name for name, symbol in table.items())
    assert all(looks_like_cpython(name) for name in table)


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        stable_symbols()["PyFoo"] = stable_symbols()["PyList_Size"]  # type: ignore[index]


@pytest.mark.parametrize(
    "line",
    [
        # https://docs.python.org/3/c-api/list.html, "Part of the Stable ABI."
        "PyList_Size function 3.2",
        # The versions are those of "Part of the Stable ABI since version ...".
        "PyErr_SetFromErrnoWithFilenameObjects function 3.7",
        "PyType_GetSlot function 3.4",
        "PyModule_AddObjectRef function 3.10",
        "PyUnicode_AsUTF8AndSize function 3.10",
        "PyObject_GetBuffer function 3.11",
        "PyType_GetName function 3.11",
        "PyObject_Vectorcall function 3.12",
        "PyVectorcall_NARGS function 3.12",
        "PyDict_GetItemRef function 3.13",
        "PyLong_AsNativeBytes function 3.14",
        "Py_TYPE function 3.14",
        "PyModule_FromSlotsAndSpec function 3.15",
        "Py_HashBuffer function 3.16",
        "PyList_Type data 3.2",
        "PyExc_EncodingWarning data 3.10",
        "Py_Version data 3.11",
        "_Py_NoneStruct data 3.2 abi-only",
        "_PyArg_ParseTuple_SizeT function 3.3 abi-only",
        "PyOS_AfterFork function 3.2 HAVE_FORK",
        "PyOS_CheckStack function 3.7 USE_STACKCHECK",
        "PyErr_SetFromWindowsErr function 3.7 MS_WINDOWS",
        "PyExc_WindowsError data 3.7 MS_WINDOWS",
        "PyThread_get_thread_native_id function 3.2 PY_HAVE_THREAD_NATIVE_ID",
        "_Py_RefTotal data 3.10 Py_REF_DEBUG abi-only",
    ],
)
def test_the_table_has_what_the_documentation_says(line: str) -> None:
    assert text_of(stable_symbols()[line.split(" ", maxsplit=1)[0]]) == line


def test_the_table_is_fresh() -> None:
    """The table says what the newest published manifest says."""
    abi3info = pytest.importorskip("abi3info")
    published = {
        (
            entry.symbol.name,
            kind,
            (entry.added.major, entry.added.minor),
            entry.abi_only,
            entry.ifdef.name if entry.ifdef else "",
        )
        for kind, entries in (
            (SymbolKind.FUNCTION, abi3info.FUNCTIONS),
            (SymbolKind.DATA, abi3info.DATAS),
        )
        for entry in entries.values()
    }
    assert {tuple(symbol) for symbol in stable_symbols().values()} == published


@given(
    st.lists(
        st.builds(
            StableSymbol,
            NAMES,
            st.sampled_from(SymbolKind),
            MINORS,
            st.booleans(),
            st.sampled_from(CONDITIONS),
        ),
        unique_by=lambda symbol: symbol.name,
    )
)
def test_symbols_survive_their_text(symbols: list[StableSymbol]) -> None:
    read = list(parse_symbols("# a comment\n" + format_symbols(symbols)))
    assert read == sorted(symbols)


EVERYWHERE = {
    (condition, platform)
    for condition, platforms in {
        "": tuple(SystemOfPython),
        "HAVE_FORK": (
            SystemOfPython.LINUX,
            SystemOfPython.MACOS,
            SystemOfPython.EMSCRIPTEN,
        ),
        "MS_WINDOWS": (SystemOfPython.WINDOWS,),
    }.items()
    for platform in platforms
}


@pytest.mark.parametrize("platform", SystemOfPython)
@pytest.mark.parametrize(
    "condition", sorted({symbol.condition for symbol in stable_symbols().values()})
)
def test_conditions(condition: str, platform: SystemOfPython) -> None:
    floors = [PythonVersion(3, minor) for minor in range(2, NEWEST_KNOWN.minor + 1)]
    held = [f for f in floors if condition_holds(condition, platform, f)]
    if (condition, platform) in EVERYWHERE:
        assert held == floors
    elif condition == "PY_HAVE_THREAD_NATIVE_ID":
        assert held == ([] if platform is SystemOfPython.EMSCRIPTEN else floors[6:])
    elif (condition, platform) == ("USE_STACKCHECK", SystemOfPython.WINDOWS):
        assert held == floors[12:]
    else:
        assert held == []


@pytest.mark.parametrize(
    ("symbol", "linux", "windows"),
    [
        pytest.param("PyList_Size", "6-15", "5-15", id="always"),
        pytest.param("PyObject_GetBuffer", "6-15", "11-15", id="exported-before"),
        pytest.param("PyThread_allocate_lock", "6-15", "10-15", id="late-on-windows"),
        pytest.param("PyCFunction_New", "6-8,10-15", "5-8,10-15", id="hidden-in-3.9"),
        pytest.param("Py_HashBuffer", "14-15", "", id="stable-in-the-future"),
        pytest.param("PyErr_SetFromWindowsErr", "", "5-15", id="windows-only"),
        pytest.param("PyOS_AfterFork_Child", "7-15", "", id="fork"),
        pytest.param("PyOS_CheckStack", "", "14-15", id="forwarded-to-nothing"),
        pytest.param("_Py_RefTotal", "", "", id="debug-builds"),
        pytest.param("_PyUnicode_JoinArray", "6-15", "", id="private"),
        pytest.param("PyEval_ReInitThreads", "6-7", "5-7", id="gone"),
        pytest.param("PyList_GET_SIZE", "", "", id="macro"),
        pytest.param("PyLits_Size", "", "", id="misspelt"),
        pytest.param("PyInit_math", "", "", id="built-in-module"),
    ],
)
def test_exports(symbol: str, linux: str, windows: str) -> None:
    exported = linux_exports(symbol), windows_exports(symbol)
    assert exported == (parse_minors(linux), parse_minors(windows))


def test_every_version_was_examined() -> None:
    versions = [release.rpartition(".")[0] for release in examined_releases()]
    assert versions == [f"3.{m}" for m in range(6, NEWEST_KNOWN.minor + 1)]


def test_python3_dll_has_the_stable_abi_since_3_11() -> None:
    """CPython makes the library's list from the manifest since then."""
    for symbol in stable_symbols().values():
        for minor in range(11, NEWEST_KNOWN.minor + 1):
            version = PythonVersion(3, minor)
            promised = symbol.added <= version and condition_holds(
                symbol.condition, SystemOfPython.WINDOWS, version
            )
            assert (version in windows_exports(symbol.name)) == promised, symbol


def test_python3_dll_lacks_nothing_after_the_last_incomplete_one() -> None:
    """Findings about it stop there."""
    missing = {
        PythonVersion(3, minor)
        for symbol in stable_symbols().values()
        for minor in range(symbol.added.minor, NEWEST_KNOWN.minor + 1)
        if PythonVersion(3, minor) not in windows_exports(symbol.name)
        and condition_holds(
            symbol.condition, SystemOfPython.WINDOWS, PythonVersion(3, minor)
        )
    }
    assert max(missing) == LAST_INCOMPLETE_DLL


TIERS = {
    Tier.STABLE: ["PyList_Size", "_Py_Dealloc", "Py_HashBuffer", "PyVectorcall_NARGS"],
    Tier.PUBLIC: [
        "PyUnicode_New",
        "PyCell_Set",
        "PyErr_Warn",  # gone since 3.9
        "PyUnicode_EncodeMBCS",  # Windows only
    ],
    Tier.UNSTABLE: ["PyUnstable_Code_New", "PyUnstable_Module_SetGIL"],
    Tier.PRIVATE: ["_PyUnicode_JoinArray", "_PyLong_AsByteArray", "_Py_GetRefTotal"],
    Tier.INTERNAL: [
        "_PyThreadState_GET",  # an inline function
        "_PyDict_SendEvent",
        "PyExc_InterpreterError",
        "PyIOBase_Type",  # exported by 3.8, declared nowhere
    ],
    Tier.MACRO: [
        "PyList_GET_SIZE",
        "PyTuple_GET_ITEM",
        "PyBytes_AS_STRING",
        "PyUnicode_READ_CHAR",
        "PySequence_Fast_GET_ITEM",  # visible, of no use, in old limited headers
        "PyUnicode_AS_UNICODE",  # gone since 3.12
        "PyDateTime_GET_YEAR",
        "Py_UNICODE_ISALPHA",
        "_PyLong_IsCompact",
        "_PyObject_CAST",  # private, but not hidden
    ],
    Tier.LIMITED_MACRO: ["PyList_Check", "Py_INCREF", "PyModule_Create", "Py_CLEAR"],
    Tier.UNKNOWN: ["PyLits_Size", "PyUnstable_Nothing", "_Py_Nothing", "memcpy", ""],
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(name, each, id=name or "empty")
        for each, names in TIERS.items()
        for name in names
    ],
)
def test_tiers(name: str, expected: Tier) -> None:
    assert tier(name) is expected


def test_tiers_are_told_in_words() -> None:
    assert {each.name: each.value for each in Tier} == {
        "STABLE": "in the stable ABI",
        "PUBLIC": "public, not in the Limited API",
        "UNSTABLE": "PyUnstable_, may change with every minor version",
        "PRIVATE": "private, never stable",
        "INTERNAL": "internal to CPython, never stable",
        "MACRO": "a macro outside the Limited API",
        "LIMITED_MACRO": "a macro of the Limited API, not a symbol",
        "UNKNOWN": "no CPython has it",
    }


def test_all_stable_symbols_have_the_tier() -> None:
    assert {tier(symbol) for symbol in stable_symbols()} == {Tier.STABLE}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PyList_Size", True),
        ("Py_Initialize", True),
        ("_Py_NoneStruct", True),
        ("_PyArg_ParseTuple_SizeT", True),
        ("PyInitConfig_Create", True),
        ("PyModule_Create2", True),
        ("PyInit_demo", False),
        ("PyInitU_eiik", False),
        ("PyModExport_demo", False),
        ("PyModExportU_eiik", False),
        ("Pyramid_Build", False),
        ("Python_Start", False),
        ("__Pyx_Import", False),
        ("__PyCodeExtraState_Get", False),
        ("PY_TIMEOUT_MAX", False),
        ("MyPy_Function", False),
        ("PyList_Size@@BASE", False),
        ("_ZN6PyList4SizeEv", False),
        ("Py", False),
        ("", False),
    ],
)
def test_names_of_cpythons_form(name: str, *, expected: bool) -> None:
    assert looks_like_cpython(name) is expected


@given(st.sets(MINORS))
def test_versions_survive_their_text(versions: set[PythonVersion]) -> None:
    assert parse_minors(format_minors(versions)) == tuple(sorted(versions))


@pytest.mark.parametrize(
    ("text", "minors"),
    [
        ("", []),
        ("9", [9]),
        ("6-8", [6, 7, 8]),
        ("6,8", [6, 8]),
        ("6-7,9-10,12", [6, 7, 9, 10, 12]),
    ],
)
def test_versions_as_text(text: str, minors: list[int]) -> None:
    versions = tuple(PythonVersion(3, minor) for minor in minors)
    assert parse_minors(text) == versions
    assert format_minors(reversed(versions)) == text


@pytest.mark.parametrize("text", ["x", "6-", "-6", "6,", "8-6", "6,7", "6-6", "7,5"])
def test_other_texts_are_no_versions(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(not a set of minor|invalid literal)"):
        parse_minors(text)


@given(
    st.dictionaries(
        NAMES,
        st.builds(
            Name,
            st.sampled_from([each.name.lower() for each in Tier]),
            *[st.sets(MINORS).map(lambda found: tuple(sorted(found)))] * 2,
        ),
    )
)
def test_names_survive_their_text(names: dict[str, Name]) -> None:
    text = "# a comment\n" + format_names(names, ("3.9.18", "3.15.2"))
    assert parse_names(text) == names
    assert parse_releases(text) == ("3.9.18", "3.15.2")


def test_unknown_names_have_no_facts() -> None:
    assert find_name("PyLits_Size") is None
    assert parse_releases("PyFoo public\n") == ()
