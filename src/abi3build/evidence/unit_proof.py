"""Whether a unit kept the limit, judged in the moment in which it was compiled.

Its sources, the working directory and the files it names are all still there then.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from abi3build.evidence.asked_programs import ask_program
from abi3build.evidence.compiled_units import (
    FLOOR_MACRO,
    TranslationUnit,
    digest_of,
    own_files,
    parse_dependency_file,
)
from abi3build.evidence.limit_changes import look_at_text
from abi3build.evidence.limited_headers import header_of_python, is_shipped_header
from abi3build.evidence.preprocessed_unit import read_preprocessed
from abi3build.evidence.shadowing import include_folders, named_files
from abi3build.evidence.watched_commands import expanded_words, preprocess_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi3build.evidence.preprocessed_unit import PreprocessedUnit, WantedLimit
    from abi3build.evidence.watched_commands import CompileCommand

__all__ = ["prove_unit"]

_READ_BY_PYTHON_H = frozenset(
    f"cpython/{name}.h"
    for name in [
        "cellobject",
        "classobject",
        "code",
        "context",
        "funcobject",
        "genobject",
        "initconfig",
        "longintrepr",
        "monitoring",
        "odictobject",
        "picklebufobject",
        "pyctype",
        "pydebug",
        "pyfpe",
        "pylock",
        "pytime",
        "sentinelobject",
        "tracemalloc",
    ]
)
"""What Python.h of 3.9 to 3.15 includes even under the limit, with nothing in it.

It decides nothing: a unit that read anything else of ``cpython/`` is looked at closely.
"""

_PRECOMPILED = (".gch", ".pch")
_ASSEMBLER = (".s", ".sx")
_MADE_BY_COMPILER = re.compile(
    rb'^\s*\.(?:ident\s+"(?:GCC|.*clang)|file\s+(?:\d+ )?".*\.(?:c|cc|cpp|cxx|m)")',
    re.MULTILINE,
)
"""What GCC and Clang write into assembler code, and authors of it do not."""

_HEADER_UNIT = re.compile(r"(\S*/\S+)\.c\+\+m\b")
"""How GCC names an imported header: modules have no folder in their names.

https://gcc.gnu.org/onlinedocs/gcc/C_002b_002b-Modules.html
"""

_MODULE = re.compile(r"^#pragma clang module import (\S+)", re.MULTILINE)
_THIN = "-MM"
_SECONDS = 600


class _Doubt(NamedTuple):
    """Say why the files that a unit read do not show that it kept the limit."""

    is_doubtful: bool
    reads_python: bool
    structure: str = ""
    """What a file may define of CPython's own structures, and the file."""


def prove_unit(
    command: CompileCommand, dependencies: str, wanted: WantedLimit
) -> TranslationUnit:
    """Judge the unit of a command that has just been run.

    Takes what the compiler wrote about the files that it read, empty if it wrote
    nothing.  If that leaves a doubt, the unit is preprocessed, which shows all.
    """
    source = command.sources[0]
    files = _files_of(command, dependencies)
    doubt = _doubt(files)
    found: PreprocessedUnit | None = None
    why = ""
    if len(command.sources) > 1:
        why = "was compiled in one command with others"
    elif not files or doubt.is_doubtful or doubt.structure:
        found = _preprocessed(command.words, wanted)
        if found is None:
            why = doubt.structure or "its compiler did not report what it read"
        else:
            precompiled = [name for name in files if name.endswith(_PRECOMPILED)]
            files = list(found.files)
            doubt = _doubt(files)
            if precompiled and not found.breaches:
                why = f"read {precompiled[0]}, a precompiled header"
            why = why or found.structure
    why = why or _made_apart(source, dependencies)
    own = own_files(files)
    return TranslationUnit(
        source,
        command.object_file,
        _digest(command.object_file),
        found.breaches if found is not None else (),
        why,
        doubt.reads_python,
        _leaves_note(command.words, files),
        own,
        tuple(name for name in files if name not in own),
        tuple(include_folders(command.words)),
        tuple(named_files(command.words)),
        not files or any(look_at_text(name).has_hidden_inputs for name in own),
    )


def _made_apart(source: str, dependencies: str) -> str:
    """Say why a unit's own files do not show all of it; empty if they do."""
    imported = _HEADER_UNIT.findall(dependencies) if ".c++m" in dependencies else []
    for header in imported:
        if header_of_python(header) is not None or own_files((header,)):
            return f"imports {header} as a header unit, which was compiled apart"
    if source.lower().endswith(_ASSEMBLER) and _is_made_by_compiler(source):
        return "is what a compiler made of a source, which does not show the limit"
    return ""


def _is_made_by_compiler(source: str) -> bool:
    try:
        return _MADE_BY_COMPILER.search(Path(source).read_bytes()) is not None
    except OSError:
        return False


def _files_of(command: CompileCommand, dependencies: str) -> list[str]:
    """Return what the unit read; nothing if that is not all of it."""
    source = command.sources[0]
    if source.endswith(".s"):
        # No preprocessor reads it, so that it has no header.
        return [source]
    files = parse_dependency_file(dependencies)
    if source not in files:
        return []
    # Clang leaves out the system's headers, and so what our Python.h leads to, if any
    # -MMD is given.
    is_thin = any(word.startswith(_THIN) for word in expanded_words(command.words))
    return [] if is_thin and not _knows_header(files) else files


def _knows_header(files: Sequence[str]) -> bool:
    return any(is_shipped_header(name) for name in files)


def _leaves_note(words: Sequence[str], files: Sequence[str]) -> bool:
    is_asked = any(word.startswith(f"-D{FLOOR_MACRO}=") for word in words)
    return is_asked and _knows_header(files)


def _doubt(files: Sequence[str]) -> _Doubt:
    read_ours = names_limit = saves_macros = changes = False
    headers: set[str] = set()
    structure = ""
    for name in files:
        header = header_of_python(name)
        if header is not None:
            headers.add(header[1])
        elif is_shipped_header(name):
            read_ours = True
        elif name.endswith(_PRECOMPILED):
            changes = True
        else:
            text = look_at_text(name)
            names_limit |= text.names_limit
            saves_macros |= text.saves_macros
            changes |= text.may_change_limit
            if text.structure and not structure:
                structure = f"defines CPython's {text.structure} itself in {name}"
    beyond = any(
        name.startswith("internal/")
        or (name.startswith("cpython/") and name not in _READ_BY_PYTHON_H)
        for name in headers
    )
    around = bool(headers) and not read_ours
    doubtful = beyond or around or changes or (names_limit and saves_macros)
    return _Doubt(doubtful, bool(headers), structure)


def _preprocessed(words: Sequence[str], wanted: WantedLimit) -> PreprocessedUnit | None:
    completed = ask_program(preprocess_words(words), _SECONDS)
    if completed is None or completed.returncode or not completed.stdout:
        return None
    text = completed.stdout.decode("utf-8", "surrogateescape")
    found = read_preprocessed(text.split("\n"), wanted)
    module = _MODULE.search(text)
    if module is None or found.breaches or found.structure:
        return found
    return found._replace(structure=f"imports {module[1]}, which was compiled apart")


def _digest(object_file: str) -> str:
    try:
        return digest_of(Path(os.fspath(object_file)).read_bytes())
    except OSError:
        return ""
