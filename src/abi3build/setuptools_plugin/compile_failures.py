"""Say which unit did not compile or link, and which construct stopped it."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from abi3build.evidence.compiled_units import is_own_file
from abi3build.setuptools_plugin.extension import unable_library
from abi3build.stable_abi.known_names import find_name
from abi3build.stable_abi.replacements import replacement, replacement_at, since
from abi3build.stable_abi.stable_symbols import stable_symbols, windows_exports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.versions import PythonVersion

__all__ = ["diagnose", "explain_link", "macro_changes", "preprocess_command"]


_MISSING = re.compile(
    r"(?:undefined (?:symbol|reference to)|unresolved external symbol)"
    r":? [`'\"]?(?:__declspec\(dllimport\) )?(?:__imp_)?(_{0,2}Py\w+)"
)
"""In the words of LLVM's, GNU's and Microsoft's linkers."""


def explain_link(output: str, floor: PythonVersion) -> list[str]:
    """Give a line for each function of Python's that is missing, and the next steps."""
    names = list(dict.fromkeys(map(_undecorated, _MISSING.findall(output))))
    lines = [f"{name}: not in python3.dll of Python {floor}" for name in names]
    return [*lines, *(hint for name in names for hint in _hints(name, floor))]


def _undecorated(name: str) -> str:
    """Take off the underscore that names of C have on 32-bit Windows alone."""
    shorter = name.removeprefix("_")
    return shorter if find_name(name) is None and find_name(shorter) else name


def _hints(name: str, floor: PythonVersion) -> list[str]:
    stable = stable_symbols().get(name)
    if stable is None:
        return [f"hint: `abi3build symbol {name}` says what to use instead"]
    since = [version for version in windows_exports(name) if version > floor]
    settling = stable.added if stable.added > floor else next(iter(since), None)
    if settling is None:
        return []
    return [f'hint: min-python = "{settling}" settles {name} on Windows']


_MARKER = re.compile(r'# (?P<line>\d+) "(?P<file>[^"]*)"')
_CHANGE = re.compile(r"#(?P<how>define|undef) (?:Py_LIMITED_API|Py_TARGET_ABI3T)\b.*")


def preprocess_command(command: Sequence[str]) -> list[str]:
    """Turn a compile into one that prints the preprocessed source."""
    kept = [part for part in command if part not in {"-c", "-MD"}]
    if "-o" in kept:
        output = kept.index("-o")
        del kept[output : output + 2]
    return [*kept, "-E", "-dD"]


def macro_changes(preprocessed: str) -> list[str]:
    """Give a line for each change outside the command line, in order of appearance."""
    changes = []
    file, line = "", 0
    for text in preprocessed.splitlines():
        marker = _MARKER.match(text)
        if marker is not None:
            file, line = marker["file"], int(marker["line"])
            continue
        change = _CHANGE.match(text)
        # What the compiler defines itself stands in files such as <command-line>.
        if change is not None and not file.startswith("<"):
            changes.append(f"{file}:{line}: {change[0]}")
        line += 1
    return changes


_GNU_ERROR = re.compile(
    r"^(?P<place>[^\s:][^:\n]*:\d+)(?::\d+)?: (?:fatal )?error: (?P<text>.*)$",
    re.MULTILINE,
)
_MICROSOFT_ERROR = re.compile(
    r"^(?P<place>[^\s(][^(\n]*\(\d+)(?:,\d+)?\)\s*: (?:fatal )?error (?P<text>.*)$",
    re.MULTILINE,
)
_PYTHON_NAME = re.compile(r"['\"](?:struct )?(_?Py\w+)")
_FIELD = re.compile(r"->\s*(\w+)")
_MEMBER = re.compile(r"no member named ['\"](\w+)")
_CHECKED = re.compile(r'"((?:ABI|abi3build)[^"]*)"')
_INCLUDED = re.compile(
    r"^(?P<first>In file included| +) from (?P<place>[^\n]+?:\d+)(?::\d+)?[,:]$",
    re.MULTILINE,
)
_ABOUT_MACRO = re.compile(r": ABI40[12] ")
_INSIDE = " (inside "
_SECONDS = 120


def diagnose(
    failed: Sequence[Sequence[str]], sources: Sequence[str], floor: PythonVersion
) -> list[str]:
    """Run a failed command again to read its first error; give lines for the user.

    A second run costs nothing that a build would miss: it is over already.
    """
    for command in reversed(failed):
        if any(_compiles(command, source) for source in sources):
            lines = _explain(_output_of(command), floor)
            if lines and (_ABOUT_MACRO.search(lines[0]) or _INSIDE in lines[0]):
                preprocess = preprocess_command(command)
                # Its errors are known by now, and would stand amid the text.
                text = _output_of(preprocess, errors=subprocess.DEVNULL)
                lines += macro_changes(text)
            return lines
    # What failed last is then the link, which has objects in the place of sources.
    return explain_link(_output_of(failed[-1]), floor) if failed else []


def _compiles(command: Sequence[str], source: str) -> bool:
    # SWIG writes the source that is compiled beside the one that was declared.
    generated = f"{os.path.splitext(source)[0]}_wrap."  # noqa: PTH122 - as in the command
    return any(part == source or part.startswith(generated) for part in command)


def _output_of(command: Sequence[str], errors: int = subprocess.STDOUT) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        completed = subprocess.run(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return completed.stdout.decode("utf-8", "replace")


def _explain(output: str, floor: PythonVersion) -> list[str]:
    match = _GNU_ERROR.search(output) or _MICROSOFT_ERROR.search(output)
    if match is None:
        return []
    text = match["text"].partition("; did you mean")[0].strip()
    place = match["place"].replace("(", ":")
    library = unable_library(place)
    if library:
        return [f"{place}: {library} needs more than the Limited API"]
    included = _including_line(output[: match.start()], place)
    checked = _CHECKED.search(text)
    if checked is not None:
        # Our header says it; the user's line is the one that includes it.
        text, place = checked[1], included
    elif included != place:
        text, place = f"{text.replace('#error ', '')}{_INSIDE}{place})", included
    lines = [f"{place}: {text}"]
    # Below the error stand the line of code and the mark under it.
    code = "\n".join(output[match.end() :].splitlines()[:3])
    for name in _names(text, code):
        known = replacement_at(name, floor)
        stable = stable_symbols().get(name)
        if known is not None and known.instead:
            lines.append(
                f"hint: for {name} use {known.instead} (stable since {since(known)})"
            )
        elif stable is not None and stable.added > floor:
            lines.append(f'hint: min-python = "{stable.added}" settles {name}')
    return lines


def _including_line(output: str, place: str) -> str:
    """Give the project's own line that leads to an error in a header of others.

    GCC names the innermost of the including lines first, Clang the outermost.
    """
    if _is_own(place):
        return place
    chain: list[str] = []
    end = 0
    for match in _INCLUDED.finditer(output):
        if not match["first"].strip():
            chain.append(match["place"])
        elif match.start() == end + 1:
            chain.insert(0, match["place"])
        else:
            chain = [match["place"]]
        end = match.end()
    return next(filter(_is_own, chain), place)


def _is_own(place: str) -> bool:
    return is_own_file(place.rpartition(":")[0])


def _names(text: str, code: str) -> list[str]:
    """Give the C API's names in an error, and the fields that the code reads."""
    names = list(dict.fromkeys(_PYTHON_NAME.findall(text)))
    fields = dict.fromkeys(_MEMBER.findall(text) + _FIELD.findall(code))
    members = [f"{name}.{field}" for name in names for field in fields]
    # An entry for a whole structure would answer for any field.
    exact = [name for name in members if _is_known_exactly(name)]
    return exact + names


def _is_known_exactly(name: str) -> bool:
    known = replacement(name)
    return known is not None and known.name == name
