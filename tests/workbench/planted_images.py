"""Make images to order: real compilers and linkers, a fraction of a second for each.

GCC links for the x86_64 of the machine, Zig's clang and linkers for all the rest; no C
runtime takes part, so Zig never builds one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from workbench.kits import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Recipe", "Taken", "make_image"]

_SOURCES = ROOT / "tests" / "planted"
_ZIG = (sys.executable, "-m", "ziglang")

_ELF_TARGETS = {
    "linux-aarch64": "aarch64-linux-gnu",
    "linux-i686": "i386-linux-gnu",
    "linux-s390x": "s390x-linux-gnu",
}
_PE_TARGETS = {
    "windows-arm64": ("aarch64-pc-windows-msvc", "arm64"),
    "windows-i686": ("i686-pc-windows-msvc", "i386"),
    "windows-x86_64": ("x86_64-pc-windows-msvc", "i386:x86-64"),
}
"""By system: what clang and what the maker of import libraries call it."""

_MACH_O_TARGETS = {
    "macos-arm64": "aarch64-macos.11.0",
    "macos-x86_64": "x86_64-macos.11.0",
}


@dataclass(frozen=True)
class Taken:
    """Say which functions an image takes, and from where."""

    symbols: tuple[str, ...]
    library: str = ""
    """Empty: ``python3.dll`` on Windows, the running process elsewhere."""

    delayed: bool = False
    by_ordinal: bool = False


@dataclass(frozen=True)
class Recipe:
    """Describe one image."""

    system: str
    """Such as ``linux-x86_64``; ``macos-universal2`` for two slices."""

    takes: tuple[Taken, ...] = (Taken(("PyList_Size",)),)
    weakly: tuple[str, ...] = ()
    gives: tuple[str, ...] = ("PyInit_core",)
    slots: str = ""
    """The function that gives slots for Python 3.15 and later, such as
    ``PyModExport_core``; empty for none."""

    install_name: str = ""

    source: str = "module.c"
    """The file in ``tests/planted``."""

    macros: tuple[str, ...] = ()
    """What else its macros are to be, such as ``FLAGS=0x80``."""

    include: str = ""
    """The folder of the headers that it includes, if it does."""

    stripped: bool = False
    """True if nothing but the dynamic symbols is to be left."""

    only_in_arm64: tuple[str, ...] = ()
    """What one slice of ``macos-universal2`` takes besides."""


@cache
def make_image(recipe: Recipe) -> bytes:
    """Compile and link one image, once in a process.

    Raise ``RuntimeError`` with the tool's own words where that fails.
    """
    with TemporaryDirectory() as folder:
        return _make(recipe, Path(folder))


def _make(recipe: Recipe, folder: Path) -> bytes:
    if recipe.system == "macos-universal2":
        return _make_universal(recipe)
    output = folder / "image"
    if recipe.system in _PE_TARGETS:
        _link_pe(recipe, folder, output)
    elif recipe.system in _MACH_O_TARGETS:
        _link_mach_o(recipe, folder, output)
    else:
        _link_elf(recipe, folder, output)
    return output.read_bytes()


def _link_elf(recipe: Recipe, folder: Path, output: Path) -> None:
    libraries = _stub_libraries(recipe, folder)
    name = ["-soname", recipe.install_name] if recipe.install_name else []
    if recipe.system == "linux-x86_64":
        options = ["-shared", "-nostdlib", "-fPIC", "-O1", *_macros(recipe)]
        linker = [f"-Wl,{','.join(['--no-as-needed', *name])}"]
        linker += ["-s"] if recipe.stripped else []
        source = _SOURCES / recipe.source
        _run(["gcc", *options, *linker, source, *libraries, "-o", output])
        return
    thing = _compile(recipe, folder, _ELF_TARGETS[recipe.system], "-fPIC")
    name += ["--strip-all"] if recipe.stripped else []
    _run([*_ZIG, "ld.lld", "-shared", *name, thing, *libraries, "-o", output])


def _link_mach_o(recipe: Recipe, folder: Path, output: Path) -> None:
    """Compile and link at once: of Zig's linkers this one has no command of its own."""
    libraries = _stub_libraries(recipe, folder)
    target = _MACH_O_TARGETS[recipe.system]
    options = ["-target", target, "-nostdlib", "-shared", "-O1"]
    name = [f"-Wl,-install_name,{recipe.install_name or '@rpath/core.so'}"]
    lookup = ["-undefined", "dynamic_lookup"]
    name += ["-s"] if recipe.stripped else []
    made_from: list[str | Path] = [*_macros(recipe), _SOURCES / recipe.source]
    made_from += libraries
    _run([*_ZIG, "cc", *options, *name, *lookup, *made_from, "-o", output], folder)


def _link_pe(recipe: Recipe, folder: Path, output: Path) -> None:
    target, machine = _PE_TARGETS[recipe.system]
    thing = _compile(recipe, folder, target)
    options = ["/dll", "/noentry", "/nodefaultlib", "/safeseh:no", "/opt:noref"]
    libraries = []
    for number, taken in enumerate(recipe.takes):
        library = taken.library or "python3.dll"
        definition = folder / f"{number}.def"
        endings = [
            f" @{ordinal} NONAME" if taken.by_ordinal else ""
            for ordinal in range(1, len(taken.symbols) + 1)
        ]
        lines = ["LIBRARY " + library, "EXPORTS"]
        lines += map(str.__add__, taken.symbols, endings)
        definition.write_text("\n".join([*lines, ""]), encoding="ascii")
        made = folder / f"{number}.lib"
        _run([*_ZIG, "dlltool", "-m", machine, "-d", definition, "-l", made])
        libraries.append(made)
        if taken.delayed:
            options.append(f"/delayload:{library}")
    places = [f"/out:{output}", f"/implib:{folder / 'unused.lib'}"]
    _run([*_ZIG, "lld-link", *options, *places, thing, *libraries])


def _compile(recipe: Recipe, folder: Path, target: str, *options: str) -> Path:
    thing = folder / "module.o"
    command = [*_ZIG, "clang", "-target", target, "-O1", *options, *_macros(recipe)]
    _run([*command, "-c", _SOURCES / recipe.source, "-o", thing])
    return thing


def _macros(recipe: Recipe) -> list[str]:
    takes = [symbol for taken in recipe.takes for symbol in taken.symbols]
    lists = {"TAKES": takes, "WEAKLY_TAKES": recipe.weakly, "GIVES": recipe.gives}
    macros = [
        f"-D{macro}={' '.join(f'NAME({symbol})' for symbol in symbols)}"
        for macro, symbols in lists.items()
    ]
    macros += [f"-D{macro}" for macro in recipe.macros]
    macros += [f"-I{recipe.include}"] if recipe.include else []
    return [*macros, f"-DSLOTS={recipe.slots}"] if recipe.slots else macros


def _stub_libraries(recipe: Recipe, folder: Path) -> list[Path]:
    """Make the libraries that an ELF or Mach-O image is to be linked with."""
    made = []
    for number, taken in enumerate(recipe.takes):
        if not taken.library:
            continue
        stub = Recipe(
            recipe.system, (), gives=taken.symbols, install_name=taken.library
        )
        suffix = "dylib" if recipe.system in _MACH_O_TARGETS else "so"
        path = folder / f"lib{number}.{suffix}"
        path.write_bytes(make_image(stub))
        made.append(path)
    return made


def _make_universal(recipe: Recipe) -> bytes:
    more = recipe.only_in_arm64
    thin = replace(recipe, system="macos-x86_64", only_in_arm64=())
    other = replace(thin, system="macos-arm64", takes=(*recipe.takes, Taken(more)))
    return _join_slices([make_image(thin), make_image(other)])


def _join_slices(slices: Sequence[bytes]) -> bytes:
    """Put thin files behind a universal header, as ``lipo`` does.

    Layout: ``<mach-o/fat.h>``, all of it big-endian.
    """
    page = 1 << 14
    rows, bodies, place = [], [], page
    for data in slices:
        words = [int.from_bytes(data[at : at + 4], "little") for at in (4, 8)]
        rows += [*words, place, len(data), page.bit_length() - 1]
        bodies.append(data.ljust(-len(data) % page + len(data), b"\0"))
        place += len(bodies[-1])
    header = b"".join(
        value.to_bytes(4, "big") for value in (0xCAFEBABE, len(slices), *rows)
    )
    return b"".join([header.ljust(page, b"\0"), *bodies])


def _run(command: Sequence[str | Path], cache: Path | None = None) -> None:
    """Run a tool; Zig's own linker is the only one that keeps a cache."""
    places = ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR") if cache else ()
    run = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        check=False,
        env={**os.environ, **dict.fromkeys(places, str(cache))},
        text=True,
    )
    if run.returncode:
        message = f"{' '.join(map(str, command))}\n{run.stdout}{run.stderr}"
        raise RuntimeError(message)
