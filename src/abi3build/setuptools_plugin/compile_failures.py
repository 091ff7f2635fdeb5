"""Say why a unit did not compile or link, and whether the Limited API is the cause.

The failed command is run again for its errors, and once more without the limit.  Only
errors that then disappear, or that name something that the floor lacks, are caused by
the limit.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.setuptools_plugin.compile_obstacles import (
    Explanation,
    full_disk_in,
    missing_source,
    unable_to_run,
)
from abi3build.setuptools_plugin.diagnostics import (
    plain_command,
    read_diagnostics,
    read_other_errors,
)
from abi3build.setuptools_plugin.failed_constructs import (
    compat_hints,
    construct_hints,
    construct_lines,
    find_constructs,
)
from abi3build.setuptools_plugin.generators import (
    is_cython_output,
    tracing_of_cython,
    unable_generator,
    unable_library,
)
from abi3build.setuptools_plugin.link_failures import explain_link, missing_libraries
from abi3build.setuptools_plugin.repeated_compiles import (
    checking,
    errors_of,
    macro_changes,
    preprocess_command,
    run_again,
    without_limit,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi3build.setuptools_plugin.diagnostics import Diagnostic
    from abi3build.setuptools_plugin.failed_constructs import FailedConstruct
    from abi3build.setuptools_plugin.generators import UnableTool
    from abi3build.setuptools_plugin.watching import FailedCommand
    from abi3build.versions import PythonVersion

__all__ = ["diagnose"]


_CHECKED = re.compile(r'"((?:ABI|abi3build)[^"]*)"')
_ABOUT_MACRO = re.compile(r"^ABI40[12] ")
_HEADER = re.compile(
    r"(?:Cannot open include file: )?'?(?P<header>[^'\s:]+)'?"
    r"(?:: No such file or directory| file not found)"
)
_REMOVE = "hint: remove the change: abi3build defines the macro for the floor"
_NO_FIELD = re.compile(r"no member named|is not a member of")
_WINDOWS_OUTPUTS = (".pyd", ".dll")
_SECONDS_FOR_OTHERS = 60
_MOST = 10
"""How many errors are shown that name nothing of the C API."""


@dataclass(frozen=True)
class _Unit:
    """Describe one failed compile."""

    command: tuple[str, ...]
    source: str
    sources: tuple[str, ...]
    """All of the extension, in their order."""


def diagnose(
    failed: Sequence[FailedCommand],
    fault: Exception,
    sources: Sequence[str],
    floor: PythonVersion,
    builder: PythonVersion,
) -> Explanation:
    """Run a failed command again to read its errors; say why an extension is lost.

    The second run delays nothing, because the build has already failed.
    """
    with _working_in(failed[-1].folder if failed else ""):
        commands = [each.words for each in failed]
        return _diagnose(commands, fault, sources, floor, builder)


@contextmanager
def _working_in(folder: str) -> Iterator[None]:
    """Change to the folder in which a command failed, if it is another and exists."""
    before = os.getcwd()
    if os.path.isdir(folder):
        os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _diagnose(
    failed: Sequence[Sequence[str]],
    fault: Exception,
    sources: Sequence[str],
    floor: PythonVersion,
    builder: PythonVersion,
) -> Explanation:
    text = str(fault) or type(fault).__name__
    unit = _failed_unit(failed, sources)
    command = plain_command(unit.command if unit else failed[-1]) if failed else []
    explained = missing_source(sources) or unable_to_run(command, text)
    if explained is not None:
        return explained
    status, output = errors_of(command)
    full = full_disk_in(output)
    if full is not None:
        return full
    if status == 0:
        return _works_now(text)
    if unit is None:
        return _explain_link(command, output, text, floor)
    return _explain_compile(unit, output, text, floor, builder)


def _works_now(text: str) -> Explanation:
    hint = (
        "hint: the same command succeeded when it was run again; if memory ran out,"
        " parallel = 1 needs less"
    )
    return Explanation("does not compile", (text, hint))


def _failed_unit(
    failed: Sequence[Sequence[str]], sources: Sequence[str]
) -> _Unit | None:
    for command in failed:
        for source in sources:
            if _compiles(command, source):
                return _Unit(tuple(command), source, tuple(sources))
    # What failed last is then the link, which has objects in place of sources.
    return None


def _compiles(command: Sequence[str], source: str) -> bool:
    # SWIG writes the source that is compiled beside the one that was declared.
    generated = f"{os.path.splitext(source)[0]}_wrap."
    return any(part == source or part.startswith(generated) for part in command)


def _explain_link(
    command: Sequence[str], output: str, text: str, floor: PythonVersion
) -> Explanation:
    lines = explain_link(output, floor)
    if lines and not any(word.lower().endswith(_WINDOWS_OUTPUTS) for word in command):
        what = (
            "does not link: the linker looks for Python's functions, which the"
            " interpreter provides"
        )
        hint = (
            "hint: link without -Wl,--no-undefined and -Wl,-z,defs: the interpreter"
            " that imports the module provides them"
        )
        return Explanation(what, (hint,))
    if lines:
        what = f"does not link with the Limited API of Python {floor}"
        return Explanation(what, tuple(lines), may_be_left_out=True)
    libraries = missing_libraries(output)
    if libraries:
        what = f"does not link: there is no library {', '.join(libraries)}"
        hint = (
            "hint: install it with its development files, or add its folder to"
            " library_dirs"
        )
        return Explanation(what, (hint,))
    said = output.strip().splitlines()[-_MOST:]
    return Explanation("does not link", tuple(said or [text]))


def _explain_compile(
    unit: _Unit, output: str, text: str, floor: PythonVersion, builder: PythonVersion
) -> Explanation:
    found = read_diagnostics(output)
    with_limit = f"does not compile with the Limited API of Python {floor}"
    checked = _checked_lines(unit, found)
    if checked:
        return Explanation(with_limit, tuple(checked), may_be_left_out=True)
    status, unlimited = errors_of(without_limit(plain_command(unit.command)))
    remaining = {_key(each) for each in read_diagnostics(unlimited)}
    always = [each for each in found if _key(each) in remaining]
    header = _missing_header(always)
    if header is not None:
        return header
    # No floor has a field that is missing without the limit too; a name may be one of
    # newer headers.
    no_fields = [each for each in always if _NO_FIELD.search(each.text)]
    blamed = [each for each in found if each not in no_fields]
    constructs, _ = find_constructs(blamed, floor)
    if status != 0 and not constructs and len(always) == len(found):
        return _with_or_without(unit, found, output, text)
    elsewhere = _in_other_units(unit)
    found += elsewhere
    constructs, others = find_constructs([*blamed, *elsewhere], floor)
    others += no_fields
    tool = _tool(found, constructs)
    if tool is not None:
        first = found[0]
        own = unable_library(first.inside) is None
        place = f"{first.file}:{first.line}" if own else first.inside
        line = f"{place}: {tool.name} needs more than the Limited API"
        hint = f"hint: {tool.advice}"
        return Explanation(with_limit, (line, hint), tool.makes_one_module)
    lines = construct_lines(constructs)
    lines += _other_lines(others, always, follow=bool(constructs))
    if any(each.inside for each in found[:1]):
        lines += _macro_changes_of(unit)
    lines += construct_hints(constructs, floor, builder)
    if not others:
        lines += compat_hints(constructs, floor, builder, unit.command)
    if constructs:
        lines.append(_port_hint(unit, floor))
    return Explanation(with_limit, tuple(lines or [text]), may_be_left_out=True)


def _tool(
    found: Sequence[Diagnostic], constructs: Sequence[FailedConstruct]
) -> UnableTool | None:
    """Return what generated the code that fails, if that can never be abi3."""
    for each in found[:1]:
        tool = unable_library(each.inside or each.file) or unable_generator(each.file)
        if tool is not None:
            return tool
        if is_cython_output(each.file):
            return tracing_of_cython(construct.name for construct in constructs)
    return None


def _key(each: Diagnostic) -> tuple[str, int, str]:
    return each.file, each.line, each.text


def _checked_lines(unit: _Unit, found: Sequence[Diagnostic]) -> list[str]:
    """Return the messages of our own header, at the user's line that includes it."""
    for each in found:
        checked = _CHECKED.search(each.text)
        if checked is not None:
            lines = [f"{each.file}:{each.line}: {checked[1]}"]
            if _ABOUT_MACRO.search(checked[1]):
                lines += _macro_changes_of(unit)
            return lines
    return []


def _macro_changes_of(unit: _Unit) -> list[str]:
    """Return the lines that change the macro, with what to do; none if there are none.

    The unit's own errors are known already, and would appear in the middle of the text.
    """
    preprocess = preprocess_command(plain_command(unit.command))
    changes = macro_changes(run_again(preprocess, errors=subprocess.DEVNULL)[1])
    return [*changes, _REMOVE] if changes else []


def _missing_header(always: Sequence[Diagnostic]) -> Explanation | None:
    """Say which header is missing, with or without the limit."""
    for each in always:
        match = _HEADER.search(each.text)
        if match is None:
            continue
        header = match["header"]
        hint = (
            "hint: install its library with the development files, or add its folder to"
            " include_dirs"
        )
        if header == "Python.h":
            hint = (
                "hint: install the headers of this Python (Debian: apt install"
                " python3-dev)"
            )
        line = f"{each.file}:{each.line} includes it"
        return Explanation(f"does not compile: {header} was not found", (line, hint))
    return None


def _with_or_without(
    unit: _Unit, found: Sequence[Diagnostic], output: str, text: str
) -> Explanation:
    lines = _texts(found) or read_other_errors(output)[:_MOST]
    hint = "hint: correct the code or the options: the limit is not the cause"
    if not lines:
        lines = [text]
        hint = f"hint: check that {unit.command[0]} is a compiler that works"
    what = "does not compile, with or without the Limited API"
    return Explanation(what, (*lines, hint))


def _texts(diagnostics: Sequence[Diagnostic]) -> list[str]:
    lines = [
        f"{each.file}:{each.line}: {each.text.replace('#error ', '')}"
        f"{f' (inside {each.inside})' if each.inside else ''}"
        for each in diagnostics
    ]
    return _some(list(dict.fromkeys(lines)), "errors")


def _other_lines(
    others: Sequence[Diagnostic], always: Sequence[Diagnostic], *, follow: bool
) -> list[str]:
    """Return the errors that do not concern the C API; many follow from others."""
    known = {_key(each) for each in always}
    lasting = [each for each in others if _key(each) in known]
    following = [each for each in others if _key(each) not in known]
    if not follow:
        return _texts([*following, *lasting])
    lines = []
    if following:
        count = len(following)
        errors = "1 further error follows" if count == 1 else f"{count} further errors"
        lines.append(f"{errors}{'' if count == 1 else ' follow'} from these")
    return lines + [f"{line}, also without the limit" for line in _texts(lasting)]


def _some(lines: list[str], what: str) -> list[str]:
    left = len(lines) - _MOST
    return lines if left <= 0 else [*lines[:_MOST], f"and {left} more {what}"]


def _in_other_units(unit: _Unit) -> list[Diagnostic]:
    """Compile the units after the one that failed, only for their errors.

    They have the same suffix, so the command suits them.
    """
    if unit.source not in unit.command:
        return []
    found: list[Diagnostic] = []
    deadline = time.monotonic() + _SECONDS_FOR_OTHERS
    for source in _later_sources(unit):
        if time.monotonic() > deadline:
            break
        command = [source if part == unit.source else part for part in unit.command]
        found += read_diagnostics(errors_of(checking(plain_command(command)))[1])
    return found


def _later_sources(unit: _Unit) -> Iterator[str]:
    suffix = os.path.splitext(unit.source)[1]
    later = unit.sources[unit.sources.index(unit.source) + 1 :]
    yield from (source for source in later if source.endswith(suffix))


def _port_hint(unit: _Unit, floor: PythonVersion) -> str:
    source = unit.source
    translated = f"{os.path.splitext(source)[0]}.pyx"
    if os.path.exists(translated):
        source = translated
    command = f"abi3build port --min-python {floor} {shlex.quote(source)}"
    return f"hint: `{command}` finds everything that has to change"
