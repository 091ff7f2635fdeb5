"""Each name of the compatibility header against the full API, on every Python."""

from __future__ import annotations

import re
import shutil
import sys
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest
from compat_module import (
    CASES,
    compile_cases,
    differences,
    header_options,
    names_in_cases,
    run_cases,
)

from abi3build.compat.offered_names import all_offered_names, offered_names
from abi3build.versions import PythonVersion
from workbench.pythons import find_pythons
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from compat_module import Results

    from workbench.pythons import FoundPython

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="links as on Linux"),
    pytest.mark.lab("gcc"),
]


class CompatBuild(NamedTuple):
    """Say with what the limited module is compiled."""

    headers: str
    floor: PythonVersion
    compiler: tuple[str, ...]


BUILDS = [
    CompatBuild("3.9", PythonVersion(3, 9), ("gcc", "-xc")),
    CompatBuild("3.11", PythonVersion(3, 11), ("g++", "-xc++")),
    CompatBuild("3.12", PythonVersion(3, 10), ("gcc", "-xc")),
    CompatBuild("3.13", PythonVersion(3, 9), ("clang", "-xc")),
    CompatBuild("3.14", PythonVersion(3, 9), ("gcc", "-xc")),
    CompatBuild("3.15", PythonVersion(3, 9), ("clang++", "-xc++")),
    CompatBuild("3.15", PythonVersion(3, 12), ("gcc", "-xc")),
]


@pytest.fixture(scope="module")
def regular() -> dict[str, FoundPython]:
    """Return the newest regular Python with headers for each minor version."""
    return {
        python.label: python
        for python in find_pythons()
        if python.is_regular and python.has_headers and python.minor >= (3, 9)
    }


@pytest.fixture(scope="module")
def full_results(
    tmp_path_factory: pytest.TempPathFactory, regular: dict[str, FoundPython]
) -> dict[str, Results]:
    """Return what the full API gives on each Python, with the headers of each."""
    folder = tmp_path_factory.mktemp("full")
    return {
        label: run_cases(
            compile_cases(folder / label, python, None), python, thorough=True
        )
        for label, python in regular.items()
    }


@pytest.mark.parametrize(
    "build", BUILDS, ids=[f"{each.headers}-for-{each.floor}" for each in BUILDS]
)
def test_every_name_gives_what_the_full_api_gives(
    build: CompatBuild,
    tmp_path: Path,
    regular: dict[str, FoundPython],
    full_results: dict[str, Results],
) -> None:
    headers, floor = build.headers, build.floor
    if headers not in regular or shutil.which(build.compiler[0]) is None:
        pytest.skip(f"python{headers} or {build.compiler[0]} missing")
    folder = tmp_path / "built"
    compile_cases(folder, regular[headers], floor.hex, *build.compiler)
    for label, python in regular.items():
        if python.minor < floor:
            continue
        limited = run_cases(folder, python, thorough=label == headers)
        # Some texts and values are those of the Python that runs, some were compiled.
        found = differences(limited, full_results[label], full_results[headers])
        assert not found, f"on {label}:\n" + "\n".join(found)
        if label == headers:
            version = PythonVersion.parse(headers)
            offered = offered_names(floor, version).values()
            # What is early has nothing to be compared with.
            names = {
                each.name
                for each in offered
                if not each.is_header and each.since <= version
            }
            assert not names - names_in_cases(limited)


def test_a_standard_header_is_exercised_by_what_it_declares() -> None:
    text = "".join(path.read_text("utf-8") for path in CASES.glob("*.c"))
    declared = {
        "<stdlib.h>": "abs(",
        "<stdio.h>": "snprintf(",
        "<errno.h>": "errno",
        "<string.h>": "strlen(",
        "<ctype.h>": "toupper(",
        "<unistd.h>": "getpid(",
    }
    headers = {each.name for each in all_offered_names() if each.is_header}
    assert headers == set(declared)
    for word in declared.values():
        assert word in text
    assert "#include <std" not in text
    assert "#include <errno" not in text


_UNDECLARED = (
    *("-fsyntax-only", "-Wsystem-headers"),
    "-Werror=implicit-function-declaration",
)


@cache
def _preprocessed(python: FoundPython, floor: str | None, *options: str) -> str:
    source = CASES / "headers.c"
    mode = [] if "-fsyntax-only" in options else ["-E", "-P"]
    done = run(["gcc", *mode, *header_options(python, floor), *options, source])
    assert done.returncode == 0, done.stderr
    return done.stdout


def _macros(python: FoundPython, floor: str | None, *options: str) -> dict[str, str]:
    """Return what each macro stands for after the headers were read."""
    lines = _preprocessed(python, floor, "-dM", *options).splitlines()
    found = (re.fullmatch(r"#define (\w+)(?:\([^)]*\))? ?(.*)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def test_the_header_defines_what_the_table_says(
    regular: dict[str, FoundPython],
) -> None:
    for label, python in regular.items():
        headers = PythonVersion.parse(label)
        full = {
            *_macros(python, None),
            *re.findall(r"\w+", _preprocessed(python, None)),
        }
        for floor in ("3.9", "3.10", "3.12", "3.14"):
            version = PythonVersion.parse(floor)
            if version > headers:
                continue
            macros = _macros(python, version.hex)
            plain = _macros(python, version.hex, "-UABI3BUILD_COMPAT")
            offered = offered_names(version, headers)
            # Of a function that these headers do not show C only warns, and not at all
            # in what counts as a header of the system.
            _preprocessed(python, version.hex, *_UNDECLARED)
            for each in all_offered_names():
                if each.is_header:
                    continue
                where = (each.name, label, floor)
                if offered.get(each.name, each) != each:
                    continue  # other floors have this line
                if each.name not in offered:
                    assert "abi3build" not in macros.get(each.name, ""), where
                    continue
                assert each.is_early or each.name in full, where
                own = each.name in plain and not each.redefines
                assert own or _same_tokens(macros[each.name], each.expansion), where


def _same_tokens(left: str, right: str) -> bool:
    """Compare C without its spaces, which a preprocessor moves."""
    return "".join(left.split()) == "".join(right.split())


def test_a_vendored_file_of_back_ports_is_passed_over(
    tmp_path: Path, regular: dict[str, FoundPython]
) -> None:
    vendored = "#ifndef PYTHONCAPI_COMPAT\n#error read\n#endif\n"
    (tmp_path / "pythoncapi_compat.h").write_text(vendored, encoding="utf-8")
    for label, python in regular.items():
        options = header_options(python, "0x03090000")
        for language in ("c", "c++"):
            macros = ["-DABI3BUILD_BACKPORTS=2", f"-I{tmp_path}", f"-x{language}"]
            strict = ["-Wall", "-Werror", "-fsyntax-only"]
            command = ["gcc", *macros, *strict, *options, CASES / "backports.c"]
            done = run([str(word) for word in command])
            assert (done.returncode, done.stderr) == (0, ""), label
        macros_there = _macros(python, "0x03090000", "-DABI3BUILD_BACKPORTS=1")
        wanted = {each.name for each in all_offered_names() if each.is_backport}
        assert len(wanted) > 80
        floor, headers = PythonVersion(3, 9), PythonVersion.parse(label)
        offered = offered_names(floor, headers, backports=True)
        assert {name for name in wanted if name in offered} <= macros_there.keys()
