"""The record of its build that a wheel carries: ``.dist-info/abi3build.json``.

``abi3build.schema.json`` beside this module describes the document.  It holds no path
of the machine that built it and no time, so that the same build gives the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build.versions import FIRST_STABLE_ABI, Promise, PythonVersion

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "FILE_NAME",
    "FORMAT",
    "BuildRecord",
    "RecordedModule",
    "fields_of",
    "parse_build_record",
    "render_build_record",
]

FILE_NAME = "abi3build.json"
"""Its name in the wheel's ``.dist-info``."""

FORMAT = 1
"""Raised when a field changes its meaning or disappears; not for new fields."""


_TARGETS = ("abi3", "abi3t")
_SHOWN = 80
"""How many characters of a wrong value a fault repeats."""


class RecordedModule(NamedTuple):
    """Describe one extension module as it was built."""

    file: str
    """Its member in the wheel."""

    name: str
    """Its dotted name."""

    units: int | None
    """How many of its translation units read Python's headers; None if the compile
    was not watched."""

    notes: int
    """How many of them left a note in the file; the fewest of its images."""

    not_proven: tuple[tuple[str, str, str], ...] | None = None
    """Of what the build saw too little: its kind (``unit``, ``object``, ``file``), its
    name, and why; None if the record does not tell."""

    confirmed_by: str = ""
    """The library that read the same of the unpacked file; empty if none did."""

    not_confirmed: str = ""
    """Why a second reading told nothing; empty if it did, or if the record is older."""


class BuildRecord(NamedTuple):
    """Contain what a wheel says about its build, or why that cannot be read."""

    abi3build: str = ""
    """The release that built it."""

    target: str = ""
    """``abi3`` or ``abi3t``."""

    floor: PythonVersion = FIRST_STABLE_ABI

    builder: str = ""
    """The interpreter, such as ``CPython 3.13``."""

    headers: str = ""
    """The release of its headers, such as ``3.13.1``."""

    compiler: str | None = None
    """What the compiler calls itself; None if it did not say."""

    verify: str = ""
    modules: tuple[RecordedModule, ...] = ()
    rules: tuple[str, ...] = ()
    """The codes of the rules that the finished wheel was compared with, sorted."""

    allowed: tuple[tuple[str, str], ...] = ()
    """Pairs of a symbol or pattern and the reason why its findings are accepted."""

    compat: bool = False
    """Tell whether its units read the compatibility header."""

    lost: tuple[str, ...] = ()
    """The dotted names of the modules that did not compile, sorted."""

    fault: str = ""
    """Why it cannot be read; empty if it could."""

    later_format: int | None = None
    """The format, if it is newer than the one that this release knows."""

    @property
    def promise(self) -> Promise:
        """Return the promise for which the wheel was built."""
        return Promise(self.floor, free_threaded=self.target == "abi3t")

    @property
    def unit_target(self) -> str:
        """Name what its units were compiled for, as their notes do."""
        return f"{self.floor} (abi3t)" if self.target == "abi3t" else str(self.floor)


def render_build_record(record: BuildRecord) -> bytes:
    """Write a record as a member of a wheel, with sorted keys, in UTF-8.

    Bytes of file names that are no UTF-8 become JSON's escapes of lone surrogates.
    """
    import json

    text = json.dumps(fields_of(record), indent=2, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def fields_of(record: BuildRecord) -> dict[str, object]:
    """Return a record as JSON's fields."""
    # Only if it was used: other builds make the same bytes as before there was one.
    compat = {"compat": True} if record.compat else {}
    return {
        **compat,
        "abi3build": record.abi3build,
        "format": FORMAT,
        "target": record.target,
        "floor": str(record.floor),
        "builder": record.builder,
        "headers": record.headers,
        "compiler": record.compiler,
        "verify": record.verify,
        "modules": [
            {
                "file": each.file,
                "name": each.name,
                "units": each.units,
                "notes": each.notes,
                "not_proven": _doubt_fields(each),
                "confirmed_by": each.confirmed_by or None,
                "not_confirmed": each.not_confirmed or None,
            }
            for each in sorted(record.modules)
        ],
        "rules": sorted(record.rules),
        "allowed": [
            {"symbol": symbol, "reason": reason} for symbol, reason in record.allowed
        ],
        "lost": sorted(record.lost),
    }


def _doubt_fields(module: RecordedModule) -> list[dict[str, str]] | None:
    if module.not_proven is None:
        return None
    return [
        {"kind": kind, "name": name, "why": why}
        for kind, name, why in module.not_proven
    ]


def parse_build_record(data: bytes) -> BuildRecord:
    """Read a record; nothing that is wrong with it raises.

    Fields that this release does not know are left alone.
    """
    import json

    try:
        document = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        return BuildRecord(fault="not UTF-8")
    except (ValueError, RecursionError):
        return BuildRecord(fault="not JSON")
    try:
        return _record(_Fields(document))
    except _FaultError as fault:
        return BuildRecord(fault=str(fault))


class _FaultError(Exception):
    """Say which field is wrong."""


class _Fields:
    """Take the fields of one object, each with its type."""

    def __init__(self, value: object, place: str = "") -> None:
        if not isinstance(value, dict):
            message = f"{place or 'the document'} is not an object"
            raise _FaultError(message)
        self._value = value
        self._place = place

    def take(self, key: str, *types: type) -> Any:  # noqa: ANN401 - the types say it
        value = self._value.get(key)
        # ``true`` is an int to Python.
        if not isinstance(value, types) or isinstance(value, bool):
            shown = repr(value) if key in self._value else "missing"
            message = f"{self._place}{key} is {_shortened(shown)}"
            raise _FaultError(message)
        return value

    def take_switch(self, key: str) -> bool:
        value = self._value.get(key, False)
        if not isinstance(value, bool):
            message = f"{self._place}{key} is {_shortened(repr(value))}"
            raise _FaultError(message)
        return value

    def take_new(self, key: str, kind: type, default: Any) -> Any:  # noqa: ANN401 - as above
        """Take a field that older documents do not have."""
        return self.take(key, kind) if key in self._value else default

    def has(self, key: str) -> bool:
        return self._value.get(key) is not None

    def rows(self, key: str) -> list[_Fields]:
        values = self.take(key, list)
        return [
            _Fields(value, f"{self._place}{key}[{number}].")
            for number, value in enumerate(values)
        ]


def _record(fields: _Fields) -> BuildRecord:
    record = BuildRecord(abi3build=fields.take("abi3build", str))
    given_format = fields.take("format", int)
    if given_format > FORMAT:
        return record._replace(later_format=given_format)
    if given_format != FORMAT:
        message = f"format is {_shortened(str(given_format))}"
        raise _FaultError(message)
    target = fields.take("target", str)
    if target not in _TARGETS:
        message = f"target is {_shortened(repr(target))}"
        raise _FaultError(message)
    return record._replace(
        target=target,
        floor=_version(fields.take("floor", str)),
        builder=fields.take("builder", str),
        headers=fields.take("headers", str),
        compiler=fields.take("compiler", str, type(None)),
        verify=fields.take("verify", str),
        modules=tuple(sorted(map(_module, fields.rows("modules")))),
        rules=_texts("rules", fields.take("rules", list)),
        allowed=tuple(
            (row.take("symbol", str), row.take("reason", str))
            for row in fields.rows("allowed")
        ),
        compat=fields.take_switch("compat"),
        lost=_texts("lost", fields.take_new("lost", list, [])),
    )


def _module(row: _Fields) -> RecordedModule:
    return RecordedModule(
        file=row.take("file", str),
        name=row.take("name", str),
        units=row.take("units", int, type(None)),
        notes=row.take("notes", int),
        not_proven=_doubts(row),
        confirmed_by=_text_or_none(row, "confirmed_by"),
        not_confirmed=_text_or_none(row, "not_confirmed"),
    )


def _text_or_none(row: _Fields, key: str) -> str:
    text: str = row.take(key, str) if row.has(key) else ""
    return text


def _doubts(row: _Fields) -> tuple[tuple[str, str, str], ...] | None:
    # Releases before wrote none.
    if not row.has("not_proven"):
        return None
    return tuple(
        (each.take("kind", str), each.take("name", str), each.take("why", str))
        for each in row.rows("not_proven")
    )


def _version(text: str) -> PythonVersion:
    try:
        return PythonVersion.parse(text)
    except ValueError:
        message = f"floor is {_shortened(repr(text))}"
        raise _FaultError(message) from None


def _texts(key: str, values: list[object]) -> tuple[str, ...]:
    for value in values:
        if not isinstance(value, str):
            message = f"{key} has {_shortened(repr(value))}"
            raise _FaultError(message)
    return tuple(sorted(map(str, values)))


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
