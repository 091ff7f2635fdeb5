"""What went into a finished extension: units of this build, and what else.

The linker says what it read; if it cannot be asked, its command line does.  An object
that this build compiled is known by its digest, wherever it lies, also in archives.
What comes from elsewhere tells by its notes, or tells nothing.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from abi3build.evidence.compiled_units import digest_of, kept_unit
from abi3build.evidence.watched_commands import expanded_words
from abi3build.inspection.object_files import is_archive, read_objects
from abi3build.stable_abi.known_names import find_name, looks_like_cpython

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from abi3build.evidence.linker_report import LinkerReport
    from abi3build.inspection.object_files import ObjectFile

__all__ = [
    "Link",
    "LinkedObject",
    "find_link_inputs",
    "is_still_its_output",
    "keep_link",
    "kept_link",
    "kept_links",
    "read_link",
    "settle_link",
]

_FOLDER = "abi3build-links"
_OBJECTS = (".a", ".lib", ".lo", ".o", ".obj")
_LINKER_PREFIX = "-Wl,"
_MADE_BY_LINKER = (".ltrans", ".debug.temp", ".lto.")
"""What link-time optimization makes of its inputs, which are listed as well."""

_OUTPUTS = {"-o", "--output", "-out-implib", "--out-implib"}
"""Options that are followed by a file which the linker writes."""

_START_FILES = re.compile(r"(?:dll|[gr])?crt(?:[12in]|begin\w*|end\w*)\.o")
"""What the driver of a compiler adds to every link, from its own folders."""


class LinkedObject(NamedTuple):
    """Describe one object that is not an unit of this build's, or shows nothing."""

    output: str
    """The extension file that the linker made of it."""

    name: str
    """The path as the linker was given it: ``extra.o``, ``libx.a(member.o)``."""

    symbols: tuple[str, ...] = ()
    """The names of CPython's form that it takes, sorted."""

    floors: tuple[int, ...] = ()
    """The values of the macro in the notes that it carries; none without a note."""

    is_hidden: bool = False
    """True if it is intermediate code, which tells nothing."""

    place: str = ""
    """The function that takes the first of the symbols, and the line if known."""

    units: int = 1
    """How many units it was made of, as far as it tells."""

    notes: int = 0
    """How many of them left a note."""

    is_of_build: bool = False
    """True if it lies in the build folder, and another program made it."""

    is_gone: bool = False
    """True if it was removed before it could be read."""

    fault: str = ""
    """Why it could not be read; empty if it could."""


class Link(NamedTuple):
    """Describe how one extension file was linked."""

    output: str
    """The path that the linker was given."""

    units: tuple[str, ...] = ()
    """The digests of the units of this build in it, sorted."""

    objects: tuple[LinkedObject, ...] = ()
    """What else is in it, sorted."""

    notes: int = 0
    """How many notes its inputs carry together, for one architecture."""

    files: tuple[str, ...] = ()
    """Every file that the linker read, but for those of the compiler's own folders."""

    content: str = ""
    """The digest of the output as the linker left it, then as the whole build did."""

    is_told: bool = True
    """False if the linker did not say what it read, so that its command tells."""


def read_link(
    build_temp: Path, output: str, command: Sequence[str], report: LinkerReport | None
) -> Link:
    """Look at every input of a link that has just been made."""
    files = _whole(report.files, command) if report is not None else _named(command)
    folders = _folders(files)
    added = _added_by_driver(files, command)
    own = {folders[file] for file in added if _is_start_file(file)}
    units: set[str] = set()
    objects: list[LinkedObject] = []
    notes = 0
    for file in files:
        is_of_compiler = folders[file] in own and file in added
        if is_of_compiler and not file.endswith((".a", ".lib")):
            continue
        # What is known of a unit spares reading its object.
        digest = "" if is_of_compiler else _digest_of_file(file)
        known = kept_unit(build_temp, digest) if digest else None
        if known is not None and known.reads_python:
            units.add(known.digest)
            notes += known.leaves_note
            continue
        for each in _read(file, report):
            unit = kept_unit(build_temp, digest_of(each.data))
            notes += _count_notes(each)
            if unit is not None and (unit.reads_python or not _symbols(each)):
                units.add(unit.digest)
                continue
            found = _linked_object(output, each)
            if unit is None and _is_below(file, build_temp):
                found = found._replace(is_of_build=True)
            if found.symbols or not is_of_compiler:
                objects.append(found)
    objects += _gone(output, files)
    kept = [os.path.abspath(file) for file in files if folders[file] not in own]
    return Link(
        output,
        tuple(sorted(units)),
        tuple(sorted(objects)),
        notes,
        tuple(kept),
        _digest_of_file(output),
        is_told=report is not None,
    )


def _whole(files: Sequence[str], command: Sequence[str]) -> list[str]:
    """Put names together again that a linker's report cuts at their line breaks."""
    whole = [word for word in expanded_words(command) if "\n" in word]
    whole = [word for word in whole if os.path.exists(word)]
    parts = {part.strip() for word in whole for part in word.split("\n")}
    kept = (file for file in files if file not in parts or os.path.exists(file))
    return [*kept, *whole]


def _digest_of_file(file: str) -> str:
    try:
        return digest_of(Path(file).read_bytes())
    except OSError:
        return ""


def _gone(output: str, files: Iterable[str]) -> list[LinkedObject]:
    """Return inputs that were removed, such as those of a compile that also links."""
    return [
        LinkedObject(output, file, is_gone=True)
        for file in files
        if file.endswith(_OBJECTS)
        and not os.path.exists(file)
        and not any(mark in file for mark in _MADE_BY_LINKER)
    ]


def keep_link(build_temp: Path, link: Link) -> None:
    """Store in the build folder how a file was linked."""
    path = _path(build_temp, link.output)
    path.parent.mkdir(parents=True, exist_ok=True)
    objects = [each._asdict() for each in link.objects]
    text = json.dumps({**link._asdict(), "objects": objects}, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", errors="surrogateescape")


def kept_link(build_temp: Path, output: str) -> Link | None:
    """Return how a file was linked; None for one whose link no build watched."""
    return _read_kept(_path(build_temp, output))


def settle_link(build_temp: Path, output: str, link: Link | None) -> None:
    """Bind what is known of a link to the content of its output when all is built.

    Without a link in this build, what an earlier one kept goes unless the file is still
    the same: another program may have written it since.
    """
    content = _digest_of_file(output)
    if link is not None:
        keep_link(build_temp, link._replace(content=content))
        return
    kept = kept_link(build_temp, output)
    if kept is not None and kept.content != content:
        _path(build_temp, output).unlink(missing_ok=True)


def kept_links(build_temp: Path) -> tuple[Link, ...]:
    """Return all links whose outputs are still there, sorted by output."""
    links = map(_read_kept, (build_temp / _FOLDER).glob("*.json"))
    found = [link for link in links if link is not None and Path(link.output).exists()]
    return tuple(sorted(found, key=lambda link: link.output))


def is_still_its_output(link: Link) -> bool:
    """Tell whether a link's output is the file that it made, and no later one."""
    return bool(link.content) and _digest_of_file(link.output) == link.content


def find_link_inputs(command: Sequence[str]) -> tuple[Path, ...]:
    """Return the objects and static libraries of a linker's command, in its order.

    Follows the options that GCC, Clang and their linkers share: paths, ``-l`` with
    ``-L``, ``-l:file``, ``-Wl,`` and files of options.
    https://sourceware.org/binutils/docs/ld/Options.html
    """
    words = list(_words(command))
    folders = [Path(word[2:]) for word in words if word.startswith("-L") and word[2:]]
    found: list[Path] = []
    following_output = False
    for word in words:
        if following_output or word in _OUTPUTS:
            following_output = not following_output
        elif word.startswith("-l"):
            found.extend(_static_library(word[2:], folders))
        elif not word.startswith("-") and word.endswith(_OBJECTS):
            found.append(Path(word))
    return tuple(dict.fromkeys(found))


def _named(command: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(str, find_link_inputs(command)))


def _folders(files: Sequence[str]) -> dict[str, str]:
    """Return the folder of each file, without symbolic links."""
    named = {file: os.path.dirname(file) or "." for file in files}
    real = {name: os.path.realpath(name) for name in set(named.values())}
    return {file: real[name] for file, name in named.items()}


def _added_by_driver(files: Iterable[str], command: Sequence[str]) -> set[str]:
    """Return the files that the command does not name."""
    named = {os.path.abspath(word) for word in expanded_words(command)}
    return {file for file in files if os.path.abspath(file) not in named}


def _is_start_file(file: str) -> bool:
    return _START_FILES.fullmatch(os.path.basename(file)) is not None


def _is_below(file: str, folder: Path) -> bool:
    root = os.path.realpath(folder)
    return os.path.realpath(file).startswith(root + os.sep)


def _linked_object(output: str, each: ObjectFile) -> LinkedObject:
    # Few links have any, and what reads code takes a tenth of the time to load.
    from abi3build.evidence.elf_code import count_sources
    from abi3build.evidence.origins import uses_in

    notes = {note for image in each.images for note in image.unit_notes}
    symbols = _symbols(each)
    uses = uses_in(each.data, symbols[:1])
    return LinkedObject(
        output,
        each.name,
        symbols,
        tuple(sorted({note.limited_api for note in notes})),
        each.is_hidden,
        str(uses[0][1]) if uses else "",
        count_sources(each.data) if notes else 1,
        _count_notes(each),
        fault=each.fault,
    )


def _symbols(each: ObjectFile) -> tuple[str, ...]:
    takes = {one.symbol for image in each.images for one in image.imports}
    return tuple(sorted(filter(_is_cpythons, takes)))


def _count_notes(each: ObjectFile) -> int:
    return max((len(image.unit_notes) for image in each.images), default=0)


def _words(command: Sequence[str]) -> Iterator[str]:
    """Return the words of a command, including those in files and after -Wl."""
    separate = ""
    for word in command[1:]:
        if separate:
            yield separate + word
            separate = ""
        elif word in {"-L", "-l"}:
            separate = word
        elif word.startswith(_LINKER_PREFIX):
            yield from word[len(_LINKER_PREFIX) :].split(",")
        elif word.startswith("@"):
            yield from _words(["", *_options_in(Path(word[1:]))])
        else:
            yield word


def _options_in(path: Path) -> list[str]:
    try:
        return shlex.split(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError):
        return []


def _static_library(name: str, folders: Sequence[Path]) -> list[Path]:
    """Find what ``-l`` means; a shared library is none of the inputs."""
    if name.startswith(":"):
        exact = (folder / name[1:] for folder in folders)
        return [path for path in exact if path.exists() and _is_static(path)][:1]
    for folder in folders:
        shared = [f"lib{name}.so", f"lib{name}.dylib", f"lib{name}.dll.a"]
        if any((folder / each).exists() for each in shared):
            return []
        static = folder / f"lib{name}.a"
        if static.exists():
            return [static]
    return []


def _is_static(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return is_archive(stream.read(16))
    except OSError:
        return False


def _read(file: str, report: LinkerReport | None) -> tuple[ObjectFile, ...]:
    """Read an object, or the members that were taken of an archive."""
    # A map names the members of thin archives by their own paths.
    members = report.members_of(file) if report is not None else None
    try:
        return read_objects(Path(file), members)
    except OSError:
        return ()


def _is_cpythons(symbol: str) -> bool:
    return looks_like_cpython(symbol) and find_name(symbol) is not None


def _path(build_temp: Path, output: str) -> Path:
    # Not resolved: links are kept apart from their targets.
    absolute = os.path.abspath(output)
    return build_temp / _FOLDER / f"{digest_of(os.fsencode(absolute))}.json"


def _read_kept(path: Path) -> Link | None:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        fields = json.loads(text)
        objects = tuple(_kept_object(each) for each in fields.pop("objects"))
        units, files = tuple(fields.pop("units")), tuple(fields.pop("files"))
        return Link(units=units, files=files, objects=objects, **fields)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _kept_object(fields: dict[str, Any]) -> LinkedObject:
    lists = {name: tuple(fields[name]) for name in ("symbols", "floors")}
    return LinkedObject(**{**fields, **lists})
