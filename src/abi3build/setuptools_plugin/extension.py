"""Set one extension's macro and flag, and refuse what contradicts them."""

from __future__ import annotations

import os
import re
import shlex

from abi3build.errors import UsageError
from abi3build.light_typing import TYPE_CHECKING
from abi3build.versions import FIRST_STABLE_ABI, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from setuptools import Extension

    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["configure_extension", "refuse_defined_macros"]

_MACROS = ("Py_LIMITED_API", "Py_TARGET_ABI3T")
_OPTION = re.compile(r"[-/](?P<what>[DU])(?P<name>\w+)(?:=(?P<value>.*))?", re.DOTALL)
_FLAG_VARIABLES = ("CFLAGS", "CPPFLAGS", "CXXFLAGS")


def configure_extension(extension: Extension, plan: Plan) -> None:
    """Make one extension follow the plan; doing it twice changes nothing more.

    Raise ``UsageError`` where the project itself sets the macro to another value.
    """
    if plan.target.is_stable:
        _refuse(_definitions(extension), plan)
        given = {macro[0] for macro in extension.define_macros}
        extension.define_macros = [
            *extension.define_macros,
            *(macro for macro in plan.target.macros if macro[0] not in given),
        ]
        extension.py_limited_api = True
        return
    # The three go together: a leftover macro would build for the limited API, a
    # leftover flag would give a version-specific file the stable ABI's name.
    extension.py_limited_api = False
    extension.define_macros = [
        macro for macro in extension.define_macros if macro[0] not in _MACROS
    ]
    extension.extra_compile_args = [
        option
        for option in _joined(extension.extra_compile_args)
        if _macro_of(option) not in _MACROS
    ]


def refuse_defined_macros(macros: Sequence[tuple[str, str | None]], plan: Plan) -> None:
    """Refuse ``build_ext --define`` where it contradicts the plan.

    Raise ``UsageError``, as for an extension's own macros.
    """
    if plan.target.is_stable:
        place = "the option define of build_ext"
        _refuse(((place, name, value or "") for name, value in macros), plan)


def _refuse(definitions: Iterable[tuple[str, str, str | None]], plan: Plan) -> None:
    wanted = dict(plan.target.macros)
    for place, name, value in definitions:
        if name not in _MACROS:
            continue
        if name in wanted and value is not None and _same(value, wanted[name]):
            continue
        said = f"undefines {name}" if value is None else f"sets {name}{_shown(value)}"
        message = (
            f"{place} {said}, and {plan.floor_source} says {plan.target.floor}:"
            " remove the macro there, abi3build defines it"
        )
        raise UsageError(message)


def _definitions(extension: Extension) -> Iterator[tuple[str, str, str | None]]:
    where = f"extension {extension.name}:"
    for name, value in extension.define_macros:
        yield f"{where} define_macros", name, value or ""
    for name in extension.undef_macros:
        yield f"{where} undef_macros", name, None
    for option in _joined(extension.extra_compile_args):
        yield from _in_option(f"{where} extra_compile_args", option)
    for variable in _FLAG_VARIABLES:
        given = shlex.split(os.environ.get(variable, ""), posix=os.name != "nt")
        for option in _joined(given):
            yield from _in_option(f"environment variable {variable}", option)


def _joined(options: Iterable[str]) -> Iterator[str]:
    """Join ``-D NAME``, written as two options, into one."""
    words = iter(options)
    for word in words:
        yield word + next(words, "") if word in {"-D", "-U"} else word


def _in_option(place: str, option: str) -> Iterator[tuple[str, str, str | None]]:
    match = _OPTION.fullmatch(option)
    if match is not None:
        defined = match["what"] == "D"
        yield place, match["name"], (match["value"] or "") if defined else None


def _macro_of(option: str) -> str:
    match = _OPTION.fullmatch(option)
    return match["name"] if match else ""


def _same(value: str, wanted: str) -> bool:
    return _number(value) == _number(wanted)


def _number(value: str) -> int | None:
    try:
        number = int(value or "0", 0)
    except ValueError:
        return None
    # The headers look at the minor version alone; the patch level counts for nothing.
    version = PythonVersion.from_hex(number)
    return version.major << 8 | version.minor


def _shown(value: str) -> str:
    number = _number(value)
    if number is None:
        return f" to {value}"
    version = PythonVersion(number >> 8, number & 0xFF)
    if version < FIRST_STABLE_ABI:
        return f" to {value} (no version)"
    return f" to {value} ({version})" if value else f" without a value ({version})"
