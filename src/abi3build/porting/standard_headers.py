"""Tell which standard headers ``Python.h`` leaves out under a limit, and their names.

https://docs.python.org/3/whatsnew/3.11.html#id8 and
https://docs.python.org/3/whatsnew/3.13.html#porting-to-python-3-13; the names are those
of the C standard (C17 7) and of POSIX.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["OWN_TYPE_MACROS", "header_of", "header_uses", "missing_headers"]

OWN_TYPE_MACROS = (
    "PyObject_TypeCheck",
    "PyType_Check",
    "PyType_CheckExact",
    "Py_INCREF",
    "Py_IS_TYPE",
    "Py_NewRef",
    "Py_REFCNT",
    "Py_SET_REFCNT",
    "Py_SET_SIZE",
    "Py_SET_TYPE",
    "Py_SIZE",
    "Py_TYPE",
    "Py_XDECREF",
    "Py_XINCREF",
)
"""Macros that cast what they get, but not under a limit of 3.11 and later."""

_HEADERS = {
    "errno.h": r"errno"
    r"|E(?:ACCES|AGAIN|BADF|BUSY|CHILD|DOM|EXIST|FAULT|FBIG|INTR|INVAL|IO"
    r"|ISDIR|MFILE|NOENT|NOEXEC|NOMEM|NOSPC|NOSYS|NOTDIR|NOTSUP|PERM|PIPE|RANGE|ROFS|SRCH"
    r"|WOULDBLOCK|NODATA|OVERFLOW|ILSEQ|TIMEDOUT|NAMETOOLONG|NOTEMPTY|OPNOTSUPP)",
    "stdio.h": r"FILE|EOF"
    r"|(?:f|s|sn|v|vs|vsn|vf)?printf|(?:f|s|vs)?scanf|fopen|fclose|fflush|fread"
    r"|fwrite|fseeko?|ftello?|fgets|fputs|fputc|fgetc|getc|putc|putchar|puts|ferror|feof"
    r"|fileno|fdopen|freopen|perror|remove|rename|rewind|setvbuf|setbuf|tmpfile|ungetc"
    r"|stdin|stdout|stderr|BUFSIZ",
    "stdlib.h": r"malloc|calloc|realloc|free|abort|exit|atexit|atoi|atol|atof|strtol"
    r"|strtoll|strtoul|strtoull|strtod|strtof|strtold|qsort|bsearch|getenv|setenv"
    r"|unsetenv|putenv|rand|srand|random|srandom|abs|labs|llabs|div|ldiv|system|mkstemp"
    r"|realpath|posix_memalign|aligned_alloc|EXIT_SUCCESS|EXIT_FAILURE|RAND_MAX",
    "string.h": r"mem(?:cpy|move|set|cmp|chr|rchr|mem)"
    r"|str(?:n?cpy|n?cat|n?cmp|r?chr|len"
    r"|nlen|str|tok|tok_r|spn|cspn|pbrk|dup|ndup|error|error_r|coll|xfrm|signal)"
    r"|str(?:n?casecmp|lcpy|lcat)",
}
_HEADERS_OF_3_13 = {
    "ctype.h": r"to(?:upper|lower|ascii)"
    r"|is(?:alpha|alnum|digit|xdigit|space|upper|lower|punct|print|graph|cntrl"
    r"|ascii)",
    "unistd.h": r"getpid"
    r"|getppid|getuid|geteuid|getgid|getegid|sysconf|sleep|usleep|fork"
    r"|execve|execvp|dup2?|pipe|isatty|unlink|rmdir|chdir|getcwd|access|fsync|ftruncate"
    r"|_exit|environ|lseek|_SC_[A-Z]\w+|STD(?:IN|OUT|ERR)_FILENO",
}
_SAME = {
    "errno.h": {"cerrno"},
    "stdio.h": {"cstdio"},
    "stdlib.h": {"cstdlib", "malloc.h"},
    "string.h": {"cstring", "strings.h", "memory.h"},
    "ctype.h": {"cctype"},
    "unistd.h": set(),
}
_WITH_MOST = re.compile(
    r"codecvt|complex|condition_variable|filesystem|fstream|future|iomanip|ios|iostream"
    r"|istream|iterator|locale|mutex|ostream|random|regex|shared_mutex|sstream"
    r"|stdexcept|streambuf|string|system_error"
)
"""The headers of C++ with which libstdc++ brings those of C, but for string.h."""


_IDENTIFIER = re.compile(rb"(?<![\w.>:])[A-Za-z_]\w*")
_CALL = re.compile(rb"\s*\(")
_WITHOUT_CALL = re.compile(
    rb"errno|std(?:in|out|err)|\w*(?:free|alloc|[A-Z_]{4})|[A-Z]{3}"
)
"""The names that are used without a call too."""


@cache
def header_of(name: str) -> str:
    """Return the standard header, left out by Python.h, of a name; empty if none."""
    for header, names in {**_HEADERS, **_HEADERS_OF_3_13}.items():
        if re.fullmatch(names, name):
            return header
    return ""


def header_uses(code: bytes) -> tuple[tuple[str, str, int], ...]:
    """Return header, name and offset of each name's first use, for any floor."""
    wanted = {
        name: header
        for name in set(_IDENTIFIER.findall(code))
        if (header := header_of(name.decode()))
    }
    first: dict[bytes, int] = {}
    for match in _IDENTIFIER.finditer(code) if wanted else ():
        name = match[0]
        if name in wanted and name not in first and _is_used(code, match):
            first[name] = match.start()
    return tuple(
        sorted((wanted[name], name.decode(), start) for name, start in first.items())
    )


def _is_used(code: bytes, name: re.Match[bytes]) -> bool:
    return (
        _CALL.match(code, name.end()) is not None
        or _WITHOUT_CALL.fullmatch(name[0]) is not None
    )


def missing_headers(
    uses: Iterable[tuple[str, str, int]],
    included: set[str],
    floor: PythonVersion,
    headers: PythonVersion,
) -> Iterator[tuple[str, str, int]]:
    """Yield those of ``header_uses`` whose header no include brings.

    ``included`` are all headers of the system that the unit asks for.
    """
    wanted: dict[str, str] = {}
    if "Python.h" not in included:
        return
    if floor >= PythonVersion(3, 11):
        wanted |= _HEADERS
    if min(floor, headers) >= PythonVersion(3, 13):
        wanted |= _HEADERS_OF_3_13
    if included & {"algorithm", "cmath", "functional", "valarray"}:
        wanted.pop("stdlib.h", None)
    if any(map(_WITH_MOST.fullmatch, included)):
        wanted = {key: names for key, names in wanted.items() if key == "string.h"}
    for header, name, offset in uses:
        if header in wanted and header not in included and not _SAME[header] & included:
            yield header, name, offset
