"""The table of names that the compatibility header offers, and what is made of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from abi3build.compat.offered_names import (
    LOWEST_FLOOR,
    OfferedName,
    all_offered_names,
    offered_names,
    parse_offered_names,
)
from abi3build.errors import BuilderError, SettingsError
from abi3build.settings.loading import load_settings
from abi3build.setuptools_plugin.compat_header import compat_macros, refuse_compat
from abi3build.stable_abi.known_names import find_name
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
_INCLUDE = _ROOT / "src" / "abi3build" / "include"
_INLINE_BEFORE = {"Py_IS_TYPE", "Py_REFCNT", "Py_SET_SIZE", "Py_SIZE", "Py_TYPE"}
"""Functions since 3.14 or 3.15, and before that inline in every header."""

_CALLED = re.compile(r"\b_?Py[A-Z_]\w*(?=\()")


def _check_called(code: str, floor: PythonVersion, where: str) -> None:
    """Check that all functions that code calls are in the stable ABI at a floor."""
    symbols = stable_symbols()
    for name in set(_CALLED.findall(code)) - _INLINE_BEFORE:
        known = find_name(name)
        if name in symbols:
            assert symbols[name].added <= floor, (where, name)
        else:
            assert known is None or "macro" in known.tier, (where, name)


def test_header_and_page_are_what_the_table_says() -> None:
    command = [sys.executable, "tools/generate_compat_page.py", "--check"]
    result = subprocess.run(
        command, cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_a_line_becomes_a_name() -> None:
    text = """\
# A comment.
## Things
PyThing_GET(o, i) = PyThing_Get(@o, (i)) ; limit 3.12 ; headers 3.10-3.13
    Costs a call.
PyThing_Other(...) ; by PyThing_Get ; floor 3.11 ; early ; redefine
<thing.h> ; by the header itself
"""
    assert parse_offered_names(text) == (
        OfferedName(
            name="PyThing_GET",
            parameters="o, i",
            expansion="PyThing_Get(ABI3BUILD_OBJECT(o), (i))",
            by="PyThing_Get",
            limit=PythonVersion(3, 12),
            since=PythonVersion(3, 10),
            until=PythonVersion(3, 13),
            remark="Costs a call.",
            area="Things",
        ),
        OfferedName(
            name="PyThing_Other",
            parameters="...",
            expansion="abi3build_PyThing_Other(__VA_ARGS__)",
            by="PyThing_Get",
            floor=PythonVersion(3, 11),
            is_early=True,
            redefines=True,
            area="Things",
        ),
        OfferedName("<thing.h>", None, "", "the header itself", area="Things"),
    )


def test_a_field_that_is_not_known_is_said_with_its_line() -> None:
    line = "PyThing(o) = PyOther(o) ; sometimes"
    message = re.escape(f"unknown field 'sometimes' in '{line}'")
    with pytest.raises(ValueError, match=message):
        parse_offered_names(line)


@pytest.mark.parametrize(
    ("name", "floor", "headers", "is_offered"),
    [
        ("PyTuple_GET_ITEM", "3.9", None, True),
        ("PyTuple_GET_ITEM", "3.8", None, False),
        ("PyTuple_GET_ITEM", "3.14", "3.15", True),
        ("Py_NewRef", "3.9", None, True),
        ("Py_NewRef", "3.9", "3.9", False),
        ("Py_NewRef", "3.9", "3.10", True),
        ("Py_NewRef", "3.10", "3.12", False),
        ("PyType_GetModuleByDef", "3.9", "3.13", False),
        ("PyType_GetModuleByDef", "3.10", "3.13", True),
        ("_PyUnicode_EQ", "3.9", "3.12", True),
        ("_PyUnicode_EQ", "3.9", "3.13", False),
        ("_PyUnicode_EQ", "3.13", None, False),
        ("<string.h>", "3.11", "3.13", True),
        ("Py_buffer", "3.9", None, False),
    ],
)
def test_a_name_is_offered_where_headers_have_it_and_the_floor_lacks_it(
    name: str, floor: str, headers: str | None, *, is_offered: bool
) -> None:
    version = PythonVersion.parse(headers) if headers else None
    assert (name in offered_names(PythonVersion.parse(floor), version)) is is_offered


def test_the_table_agrees_with_the_stable_abi() -> None:
    symbols = stable_symbols()
    named = [each for each in all_offered_names() if not each.is_header]
    assert len(named) > 300
    for cast in (False, True):
        names = [each.name for each in named if each.is_cast is cast]
        assert len(set(names)) == len(names) > 10
    for each in named:
        assert each.by, each.name
        if each.name in symbols and not each.is_cast:
            assert symbols[each.name].added == each.limit, each.name
        _check_called(each.expansion, each.floor, each.name)


def test_the_header_calls_nothing_that_is_newer_than_its_lowest_floor() -> None:
    for path in sorted(_INCLUDE.glob("abi3build_compat/*.h")):
        if path.name == "names.h":  # there the names themselves are defined
            continue
        code = path.read_text(encoding="utf-8")
        code = re.sub(r'/\*.*?\*/|"[^"\n]*"', "", code, flags=re.DOTALL)
        # These two stand behind an #if of their own, which the compiler sees.
        code, _ = re.subn(r"\bPy(Type_GetModule|Unicode_AsUTF8AndSize)\(", "", code)
        for floor, part in _parts(code):
            _check_called(part, floor, path.name)


def _parts(code: str) -> Iterator[tuple[PythonVersion, str]]:
    """Yield the parts that a header keeps from lower floors, and the rest of it."""
    part = r"^#if !ABI3BUILD_BELOW\(0x03(\w\w)0000\)\n(.*?)^#endif$"
    for match in re.finditer(part, code, re.MULTILINE | re.DOTALL):
        yield PythonVersion(3, int(match[1], 16)), match[2]
    yield LOWEST_FLOOR, re.sub(part, "", code, flags=re.MULTILINE | re.DOTALL)


def test_nothing_asks_for_the_slots_of_a_type_below_3_10() -> None:
    # PyType_GetSlot gives NULL for built-in types there.
    for path in _INCLUDE.glob("abi3build_compat/*.h"):
        for floor, part in _parts(path.read_text(encoding="utf-8")):
            assert floor >= PythonVersion(3, 10) or "PyType_GetSlot" not in part


@pytest.mark.parametrize(
    ("files", "value"),
    [
        ({}, None),
        ({"src/other.h": ""}, None),
        ({".venv/include/pythoncapi_compat.h": ""}, None),
        ({"src/pythoncapi_compat.h": "#include <Python.h>\n"}, "1"),
        ({"src/deep/pythoncapi_compat.h": '#include "structmember.h"\n'}, "2"),
    ],
)
def test_a_vendored_file_of_back_ports_is_noticed(
    tmp_path: Path, files: dict[str, str], value: str | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    macros = dict(compat_macros(tmp_path))
    assert macros.pop("ABI3BUILD_COMPAT", "missing") is None
    assert macros == ({"ABI3BUILD_BACKPORTS": value} if value else {})


def test_microsofts_compiler_cannot_read_the_header() -> None:
    settings = load_settings(
        {"tool": {"abi3build": {"min-python": "3.9", "compat": True}}}, {}, {}
    )
    plan: Any = SimpleNamespace(
        settings=settings, target=SimpleNamespace(is_stable=True)
    )
    refuse_compat(plan, SimpleNamespace(compiler_type="mingw32"))
    with pytest.raises(BuilderError) as caught:
        refuse_compat(plan, SimpleNamespace(compiler_type="msvc"))
    assert caught.value.lines == (
        "tool.abi3build.compat: the compatibility header needs #include_next, which"
        " Microsoft's compiler lacks: build with --compiler=mingw32, or set it to"
        " false",
    )


_TOO_LOW = (
    '{}: the compatibility header needs min-python = "3.9" or later, not "3.8"'
    " (tool.abi3build.min-python): raise it, or set compat to false"
)


@pytest.mark.parametrize(
    ("table", "command", "fault"),
    [
        ({"compat": True}, {}, _TOO_LOW.format("tool.abi3build.compat")),
        ({}, {"compat": "true"}, _TOO_LOW.format("-C compat")),
        ({"compat": True}, {"compat": "false"}, None),
        ({"compat": True}, {"abi3": "false"}, None),
        ({"compat": True}, {"min-python": "3.9"}, None),
    ],
)
def test_a_floor_that_is_too_low_is_refused(
    table: dict[str, object], command: dict[str, object], fault: str | None
) -> None:
    pyproject = {"tool": {"abi3build": {"min-python": "3.8", **table}}}
    if fault is None:
        assert load_settings(pyproject, command, {}) is not None
        return
    with pytest.raises(SettingsError) as caught:
        load_settings(pyproject, command, {})
    assert caught.value.lines == (fault,)
