"""Read what a WebAssembly module takes and gives: the modules of Pyodide's wheels.

Specifications: https://webassembly.github.io/spec/core/binary/modules.html and, for
what makes a module a library that is loaded beside others,
https://github.com/WebAssembly/tool-conventions/blob/main/DynamicLinking.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.bytes_window import open_window
from abi3build.binaries.image import PREFIXES, BinaryFormat, Image, Import
from abi3build.binaries.image_layout import ReadImage
from abi3build.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.bytes_window import BytesWindow

__all__ = ["read_web_assembly"]


_VERSION = 1
_CUSTOM, _IMPORTS, _EXPORTS = 0, 2, 7
"""The numbers of the sections that are read."""

_LIBRARY = b"dylink.0"
"""The custom section without which a module is not a library."""

_NAMES = b"name"
"""The custom section with the names of what other modules do not see."""

_NEEDED, _IMPORT_FLAGS = 2, 4
"""The parts of a library's own section that are read."""

_WEAK = 1
"""WASM_SYM_BINDING_WEAK."""

_FUNCTION, _TABLE, _MEMORY, _GLOBAL, _TAG = range(5)
_HAS_MAXIMUM, _IS_64_BIT, _HAS_PAGE_SIZE = 1, 4, 8
"""The flags of the limits of a table or a memory."""

_TYPED_REFERENCES = (0x63, 0x64)
"""The types of references that say to what they refer."""


class _WebAssemblySection(NamedTuple):
    number: int
    name: bytes
    """Empty but for custom sections."""

    body: BytesWindow


def read_web_assembly(data: bytes) -> ReadImage:
    """Return the names, libraries and debug information of one WebAssembly module.

    The tables and texts in its data are not looked for: the module itself puts them
    together when it is loaded.

    Raise ``MalformedError`` if the file is not what its sections say.
    """
    sections = tuple(_sections(data))
    custom = {each.name: each.body for each in sections if each.number == _CUSTOM}
    taken = dict(_of_all(sections, _IMPORTS))
    given = dict(_of_all(sections, _EXPORTS))
    library = custom.get(_LIBRARY)
    weak = frozenset(_weak_names(library)) if library else frozenset()
    is_64_bit = any(flags & _IS_64_BIT for flags in taken.values())
    image = Image(
        format=BinaryFormat.WEB_ASSEMBLY,
        machine="wasm64" if is_64_bit else "wasm32",
        imports=tuple(
            Import(_text(name), weak=name in weak)
            for name in sorted(taken)
            if name.startswith(PREFIXES)
        ),
        exports=tuple(
            _text(name) for name in sorted(given) if name.startswith(PREFIXES)
        ),
        libraries=tuple(sorted(set(_needed(library)))) if library else (),
        is_shared_library=library is not None,
        symbol_table_stripped=_NAMES not in custom,
        has_debug_information=b".debug_info" in custom,
    )
    return ReadImage(
        image,
        None,
        lambda *_: b"",
        lambda name: custom.get(f".debug_{name}".encode()),
    )


class _Values:
    """Take one value after another."""

    def __init__(self, window: BytesWindow, what: str) -> None:
        self._window = window
        self._what = what
        self._place = 0

    @property
    def are_left(self) -> bool:
        return self._place < self._window.size

    def byte(self) -> int:
        (value,) = self._window.row(self._what, "B", self._place)
        self._place += 1
        return int(value)

    def number(self) -> int:
        value, self._place = self._window.uleb128(self._what, self._place)
        return value

    def part(self) -> BytesWindow:
        """Return the bytes whose number stands before them."""
        size = self.number()
        part = self._window.part(self._what, self._place, size)
        self._place += size
        return part

    def name(self) -> bytes:
        part = self.part()
        part.allowance.keep(self._what, part.size)
        return part.data[part.start : part.start + part.size]

    def rest(self) -> BytesWindow:
        return self._window.rest(self._what, self._place)


def _sections(data: bytes) -> Iterator[_WebAssemblySection]:
    what = "webassembly sections"
    file = open_window(data, "<")
    (version,) = file.row(what, "4xI", 0)
    if version != _VERSION:
        message = f"webassembly version {version}, but only 1 is known"
        raise MalformedError(message)
    values = _Values(file.rest(what, 8), what)
    while values.are_left:
        number = values.byte()
        body = values.part()
        name = b""
        if number == _CUSTOM:
            inner = _Values(body, what)
            name, body = inner.name(), inner.rest()
        yield _WebAssemblySection(number, name, body)


def _of_all(
    sections: tuple[_WebAssemblySection, ...], number: int
) -> Iterator[tuple[bytes, int]]:
    """Yield each name in the sections of a number with the flags of its limits."""
    for section in sections:
        if section.number == number:
            values = _Values(section.body, "webassembly names")
            for _ in range(values.number()):
                yield _imported(values) if number == _IMPORTS else _exported(values)


def _imported(values: _Values) -> tuple[bytes, int]:
    values.name()
    name = values.name()
    kind = values.byte()
    if kind == _FUNCTION:
        values.number()
    elif kind == _TABLE:
        _pass_type(values)
        _limits(values)
    elif kind == _MEMORY:
        return name, _limits(values)
    elif kind == _GLOBAL:
        _pass_type(values)
        values.byte()
    elif kind == _TAG:
        values.byte()
        values.number()
    else:
        message = f"webassembly names: an import of unknown kind {kind}"
        raise MalformedError(message)
    return name, 0


def _exported(values: _Values) -> tuple[bytes, int]:
    name = values.name()
    values.byte()
    values.number()
    return name, 0


def _pass_type(values: _Values) -> None:
    # Only typed references name a heap type after the first byte:
    # https://webassembly.github.io/spec/core/binary/types.html#reference-types
    if values.byte() in _TYPED_REFERENCES:
        values.number()


def _limits(values: _Values) -> int:
    flags = values.number()
    values.number()
    # The numbers are read only to find where the next entry starts.
    for flag in (_HAS_MAXIMUM, _HAS_PAGE_SIZE):
        if flags & flag:
            values.number()
    return flags


def _parts(library: BytesWindow, wanted: int) -> Iterator[_Values]:
    what = "webassembly libraries"
    values = _Values(library, what)
    while values.are_left:
        kind = values.byte()
        part = _Values(values.part(), what)
        if kind == wanted:
            yield part


def _needed(library: BytesWindow) -> Iterator[str]:
    for part in _parts(library, _NEEDED):
        for _ in range(part.number()):
            yield _text(part.name())


def _weak_names(library: BytesWindow) -> Iterator[bytes]:
    for part in _parts(library, _IMPORT_FLAGS):
        for _ in range(part.number()):
            part.name()
            name = part.name()
            if part.number() & _WEAK:
                yield name


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
