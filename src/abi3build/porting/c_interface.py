"""What CPython's headers offer to C under a limit, and from which one on.

The tables beside this module are generated from the headers themselves, because a macro
or a type has no entry in the manifest of the stable ABI.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from abi3build.stable_abi.known_names import Tier, looks_like_cpython, tier
from abi3build.stable_abi.stable_symbols import stable_symbols
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "OLDEST_SUPPORTED",
    "InterfaceName",
    "Structure",
    "fields_of_one_structure",
    "interface_name",
    "interface_names",
    "structures",
]

OLDEST_SUPPORTED = PythonVersion(3, 11)
"""The oldest Python with security fixes: https://devguide.python.org/versions/"""

_FIRST_FLOORS = 2


@dataclass(frozen=True)
class InterfaceName:
    """Describe one name of CPython's C interface."""

    name: str
    kind: str
    """function, macro, type, constant or data."""

    since: Optional[PythonVersion]  # noqa: UP045 - read while it runs on 3.9
    """The first floor at which the headers offer it; None if no floor does."""

    structure: str = ""
    """The structure that its result points to; empty if none."""


@dataclass(frozen=True)
class Structure:
    """Describe one structure of CPython's public headers."""

    name: str
    whole_since: Optional[PythonVersion]  # noqa: UP045 - read while it runs on 3.9
    """The first floor at which its fields are shown; None if no floor does."""

    fields: Mapping[str, str]
    """Each field with the structure it leads to; empty if none."""


_RESULTS_OF_MACROS = {
    "PyThreadState_GET": "PyThreadState",
    "PyThreadState_GetUnchecked": "PyThreadState",
    "_PyThreadState_GET": "PyThreadState",
    "_PyObject_CAST": "PyObject",
    "PyDateTime_GET_TZINFO": "PyObject",
}


_WITHOUT_SYMBOL = {
    "PyObject_DelAttr",
    "PyObject_DelAttrString",
    "Py_IS_TYPE",
    "Py_Is",
    "Py_IsFalse",
    "Py_IsNone",
    "Py_IsTrue",
    "Py_NewRef",
    "Py_REFCNT",
    "Py_SET_SIZE",
    "Py_SIZE",
    "Py_TYPE",
    "Py_XNewRef",
}
"""Functions that are macros or inline in every header below the version they are from.

Found by preprocessing the headers of 3.11 to 3.15 with each limit.
"""


@cache
def interface_names() -> Mapping[str, InterfaceName]:
    """Return every name of the public headers of 3.9 and later."""
    names = {}
    for line in _lines("c_names.txt"):
        name, kind, since, _, *result = line.split(" ")
        promised = _promised(name, _version(since))
        names[name] = InterfaceName(name, kind, promised, "".join(result))
    for name, structure in _RESULTS_OF_MACROS.items():
        known = names.get(name) or InterfaceName(name, "macro", None)
        names[name] = InterfaceName(name, known.kind, known.since, structure)
    return names


def _promised(name: str, since: PythonVersion | None) -> PythonVersion | None:
    """Return from which floor on the stable ABI has what headers show.

    They show some functions too early: PyFrame_GetCode from any floor on.
    """
    stable = stable_symbols().get(name)
    if since is None or stable is None or name in _WITHOUT_SYMBOL:
        return since
    return max(since, stable.added)


def interface_name(name: str) -> InterfaceName | None:
    """Return what is known of a name; None if it is not CPython's.

    Names that only old or internal headers have are outside every limit.
    """
    found = interface_names().get(name)
    if found is not None or not looks_like_cpython(name):
        return found
    standing = tier(name)
    if standing is Tier.UNKNOWN:
        return None
    stable = stable_symbols().get(name)
    return InterfaceName(name, "function", stable.added if stable else None)


@cache
def structures() -> Mapping[str, Structure]:
    """Return every structure of the public headers by name."""
    found = {}
    for line in _lines("c_structures.txt"):
        name, since, *fields = line.split(" ")
        pairs = (field.partition("=") for field in fields)
        found[name] = Structure(
            name, _version(since), {field: target for field, _, target in pairs}
        )
    return found


@cache
def fields_of_one_structure() -> Mapping[str, str]:
    """Return the fields whose name alone tells their structure, with it."""
    owners: dict[str, list[str]] = {}
    for name, structure in structures().items():
        for field in structure.fields:
            owners.setdefault(field, []).append(name)
    prefixes = ("tp_", "nb_", "sq_", "mp_", "bf_", "am_", "ob_", "co_", "f_", "ht_")
    return {
        field: names[0]
        for field, names in owners.items()
        if len(names) == 1 and field.startswith(prefixes)
    }


def _lines(name: str) -> list[str]:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _version(minor: str) -> PythonVersion | None:
    return None if minor == "-" else PythonVersion(3, int(minor))
