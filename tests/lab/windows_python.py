"""Put one real Windows CPython together, so that it runs under wine.

python.org's own ``python3XX.dll`` and extension modules come out of a wheel of panda3d,
which carries them for the programs that it packs.  What is missing is made: a
``python3.dll`` that leads to them, as CPython's own does, a ``python.exe``, and the
standard library, which another Python of the same minor version has.
"""

from __future__ import annotations

import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pefile
from debian import call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

sys.path.append(str(Path(__file__).resolve().parents[2] / "src"))
from abi3build.stable_abi.stable_symbols import (
    SymbolKind,
    stable_symbols,
    windows_exports,
)
from abi3build.versions import PythonVersion

__all__ = ["Ingredients", "put_together"]

_ZIG = (sys.executable, "-m", "ziglang")
_CLANG = (*_ZIG, "clang", "-target", "x86_64-pc-windows-msvc", "-O1", "-c")
_LINK = (*_ZIG, "lld-link", "/nologo", "/nodefaultlib", "/machine:x64")

_CARRIED = "deploy_libs/"
_NOT_NEEDED = ("api-ms-", "tcl", "tk")

_PROGRAM = """\
typedef unsigned short *Text;
__declspec(dllimport) Text GetCommandLineW(void);
__declspec(dllimport) Text *CommandLineToArgvW(Text line, int *count);
__declspec(dllimport) void ExitProcess(unsigned status);
__declspec(dllimport) int Py_Main(int count, Text *arguments);

void start(void) {
    int count;
    Text *arguments = CommandLineToArgvW(GetCommandLineW(), &count);
    ExitProcess(Py_Main(count, arguments));
}
"""

# Functions that wine lacks; the process ends where one is called.
_SITE_CUSTOMIZE = """\
import sys
try:
    import _winapi
    vars(_winapi).pop("CopyFile2", None)  # shutil.copy2, from 3.12 on
except ImportError:
    pass
sys.modules.setdefault("_wmi", None)  # platform.uname, from 3.12 on
"""

_LEFT_OUT = {
    "__pycache__",
    "dist-packages",
    "ensurepip",
    "idlelib",
    "lib-dynload",
    "lib2to3",
    "site-packages",
    "test",
    "tests",
    "tkinter",
    "turtledemo",
}


@dataclass(frozen=True)
class Ingredients:
    """Say of what a Windows Python is made."""

    version: str
    """Its minor version, such as ``3.9``."""

    wheel: Path
    """The wheel of panda3d for this version and for win_amd64."""

    library: Path
    """The standard library of another Python of the same minor version."""

    source: Path | None = None
    """CPython's sources of the same minor version, for the headers; None for none."""


def put_together(ingredients: Ingredients, folder: Path) -> None:
    """Fill a folder that does not exist; python.exe comes into being last."""
    tag = ingredients.version.replace(".", "")
    work = folder / "work"
    for place in (work, folder / "DLLs", folder / "libs", folder / "Lib/site-packages"):
        place.mkdir(parents=True)
    _unpack(ingredients.wheel, folder)
    own_names = _exports(folder / f"python{tag}.dll")
    stable = _stable_names(ingredients.version, own_names)
    _make_library(f"python{tag}.dll", own_names, folder / "libs" / f"python{tag}.lib")
    _make_library("python3.dll", stable, folder / "libs" / "python3.lib")
    _make_stable_dll(f"python{tag}", stable, work, folder / "python3.dll")
    _copy_library(ingredients.library, folder / "Lib")
    customize = folder / "Lib" / "site-packages" / "sitecustomize.py"
    customize.write_text(_SITE_CUSTOMIZE, encoding="utf-8")
    if ingredients.source is not None:
        _copy_headers(ingredients.source, folder / "Include")
    _make_program(work, folder)
    shutil.rmtree(work)


def _unpack(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            name = member.rpartition("/")[2]
            # Further modules are for free-threaded builds.
            if (
                not member.startswith(_CARRIED)
                or name.lower().startswith(_NOT_NEEDED)
                or "t-win_amd64" in name
            ):
                continue
            place = folder / "DLLs" if name.endswith(".pyd") else folder
            (place / name).write_bytes(archive.read(member))


def _exports(library: Path) -> dict[str, bool]:
    """Return what a DLL has; True for functions."""
    image = pefile.PE(str(library), fast_load=True)
    image.parse_data_directories(directories=[0])
    code = [
        range(section.VirtualAddress, section.VirtualAddress + section.Misc_VirtualSize)
        for section in image.sections
        if section.Name.startswith(b".text")
    ]
    return {
        symbol.name.decode("ascii"): any(symbol.address in part for part in code)
        for symbol in image.DIRECTORY_ENTRY_EXPORT.symbols
        if symbol.name
    }


def _stable_names(version: str, own_names: Mapping[str, bool]) -> dict[str, bool]:
    """Return what CPython lists for ``python3.dll`` of a version and really has."""
    minor = PythonVersion.parse(version)
    return {
        symbol.name: symbol.kind is SymbolKind.FUNCTION
        for symbol in stable_symbols().values()
        if minor in windows_exports(symbol.name) and symbol.name in own_names
    }


def _make_library(dll: str, names: Mapping[str, bool], output: Path) -> None:
    definition = output.with_suffix(".def")
    lines = (f"{name}{'' if code else ' DATA'}" for name, code in sorted(names.items()))
    _write_definition(definition, dll, lines)
    call(*_ZIG, "dlltool", "-m", "i386:x86-64", "-d", definition, "-l", output)
    definition.unlink()


def _make_stable_dll(
    leading_to: str, names: Mapping[str, bool], work: Path, output: Path
) -> None:
    lines = (
        f"{name}={leading_to}.{name}{'' if code else ' DATA'}"
        for name, code in sorted(names.items())
    )
    _write_definition(work / "stable.def", "python3.dll", lines)
    (work / "empty.c").write_text("int unused;\n", encoding="utf-8")
    call(*_CLANG, work / "empty.c", "-o", work / "empty.obj")
    output_options = (f"/out:{output}", f"/implib:{work / 'unused.lib'}")
    dll = (*_LINK, "/dll", "/noentry", f"/def:{work / 'stable.def'}")
    call(*dll, *output_options, work / "empty.obj")


def _write_definition(path: Path, dll: str, lines: Iterable[str]) -> None:
    names = "".join(f"    {line}\n" for line in lines)
    path.write_text(f"LIBRARY {dll}\nEXPORTS\n{names}", encoding="ascii")


def _make_program(work: Path, folder: Path) -> None:
    system = {
        "kernel32": ("GetCommandLineW", "ExitProcess"),
        "shell32": ("CommandLineToArgvW",),
    }
    for name, functions in system.items():
        names = dict.fromkeys(functions, True)
        _make_library(f"{name}.dll", names, work / f"{name}.lib")
    (work / "program.c").write_text(_PROGRAM, encoding="utf-8")
    call(*_CLANG, work / "program.c", "-o", work / "program.obj")
    libraries = [
        *(work / f"{name}.lib" for name in system),
        folder / "libs/python3.lib",
    ]
    options = ("/subsystem:console", "/entry:start", f"/out:{folder / 'python.exe'}")
    call(*_LINK, *options, work / "program.obj", *libraries)


def _copy_library(library: Path, folder: Path) -> None:
    for path in _sources(library):
        copy = folder / path.relative_to(library)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in _LEFT_OUT and not path.name.startswith("config-"):
                yield from _sources(path)
        # Debian leaves links that lead nowhere.
        elif path.suffix == ".py" and path.exists():
            yield path


def _copy_headers(source: Path, folder: Path) -> None:
    shutil.copytree(source / "Include", folder)
    made_by_hand = source / "PC" / "pyconfig.h.in"
    shutil.copyfile(made_by_hand, folder / "pyconfig.h")
