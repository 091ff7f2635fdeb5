"""Functions that are added to one file and called from another, in C, C++ or both.

A variable has the same symbol in C and C++, a function has not; extern "C" also makes
its namespace irrelevant: https://en.cppreference.com/w/cpp/language/language_linkage
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.porting.syntax import Dialect

if TYPE_CHECKING:
    from abi3build.port_fix.source_files import SourceFiles

__all__ = ["has_cpp", "is_mixed", "linkage_of", "with_c_linkage"]

_PREFIX = 'extern "C" '


def has_cpp(sources: SourceFiles) -> bool:
    """Tell whether a project has C++."""
    return any(each.dialect is Dialect.CPP for each in sources.files.values())


def is_mixed(sources: SourceFiles) -> bool:
    """Tell whether a project has both languages."""
    return has_cpp(sources) and any(name.endswith(".c") for name in sources.files)


def linkage_of(sources: SourceFiles, file: str) -> str:
    """Return what a function with the symbol of C begins with in a source."""
    return _PREFIX if sources.files[file].dialect is Dialect.CPP else ""


def with_c_linkage(sources: SourceFiles, file: str, declaration: str) -> list[str]:
    """Return the lines that declare a function with the symbol of C in a file."""
    prefix = linkage_of(sources, file)
    if prefix or file.endswith(".c") or not has_cpp(sources):
        return [prefix + declaration]
    return ["#ifdef __cplusplus", _PREFIX.strip(), "#endif", declaration]
