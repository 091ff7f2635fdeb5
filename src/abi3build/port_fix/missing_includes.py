"""Standard headers that ``Python.h`` included until the limit of 3.11 or 3.13.

https://docs.python.org/3/whatsnew/3.11.html#porting-to-python-3-11
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from abi3build.port_fix.added_helpers import include_edit
from abi3build.port_fix.edits import Edit
from abi3build.port_fix.rewrites import Rewrite, found_of
from abi3build.port_fix.source_files import Proposal

if TYPE_CHECKING:
    from abi3build.port_fix.rewrites import Found, View

__all__ = ["MISSING_INCLUDES"]

_NAMES = {
    "ctype.h": (
        "isalnum isalpha isdigit islower isprint isspace isupper isxdigit tolower"
        " toupper"
    ),
    "errno.h": (
        "errno EACCES EAGAIN EBADF EBUSY EEXIST EINTR EINVAL EIO EISDIR ENOENT ENOMEM"
        " ENOSYS ENOTSUP EOVERFLOW EPERM EPIPE ERANGE ETIMEDOUT EWOULDBLOCK"
    ),
    "limits.h": (
        "CHAR_BIT INT_MAX INT_MIN LLONG_MAX LONG_MAX LONG_MIN UCHAR_MAX UINT_MAX"
    ),
    "math.h": (
        "HUGE_VAL INFINITY NAN ceil copysign cos exp fabs floor fmod frexp isfinite"
        " isinf isnan ldexp log log10 modf pow round sin sqrt tan"
    ),
    "stdio.h": (
        "FILE fclose fflush fopen fprintf fputc fputs fread fwrite printf putchar puts"
        " snprintf sprintf sscanf stderr stdout vsnprintf"
    ),
    "stdlib.h": (
        "abort abs atof atoi atol bsearch calloc exit free getenv labs malloc qsort"
        " rand realloc srand strtod strtol strtoll strtoul strtoull"
    ),
    "string.h": (
        "memchr memcmp memcpy memmove memset strcat strchr strcmp strcpy strcspn strdup"
        " strerror strlen strncat strncmp strncpy strpbrk strrchr strspn strstr strtok"
    ),
    "sys/types.h": "pid_t",
    "time.h": "clock_t gmtime localtime mktime strftime time time_t",
    "unistd.h": "close fork getpid isatty lseek read sleep unlink usleep write",
    "wchar.h": "wchar_t wcscmp wcslen wcsncpy",
}
_HEADER = {name: header for header, names in _NAMES.items() for name in names.split()}
_MISSING = re.compile(
    r"(?:implicit declaration of function '(?P<c>\w+)'|'(?P<a>\w+)' undeclared"
    r"|'(?P<b>\w+)' was not declared in this scope|unknown type name '(?P<d>\w+)'"
    r"|use of undeclared (?:identifier|library function) '(?P<e>\w+)'"
    r"|incompatible implicit declaration of built-in function '(?P<f>\w+)')"
)


def _find(view: View) -> Found:
    wanted: set[tuple[str, str]] = set()
    for error in view.errors:
        found = _MISSING.search(error.text)
        if found is None:
            continue
        name = next(each for each in found.groups() if each)
        file = error.file.removeprefix(f"{view.folder}/")
        if name in _HEADER and file in view.sources.files:
            wanted.add((file, _HEADER[name]))
    proposals = []
    for file in sorted({file for file, _ in wanted}):
        headers = sorted(header for each, header in wanted if each == file)
        edits = [include_edit(view.sources, file, header) for header in headers]
        new = [each for each in edits if each is not None]
        if new:
            text = b"".join(each.text for each in new)
            edit = Edit(new[0].start, new[0].end, text)
            proposals.append(Proposal(f"{file}: {', '.join(headers)}", {file: (edit,)}))
    return found_of(proposals)


MISSING_INCLUDES = Rewrite("standard headers that Python.h no longer includes", _find)
