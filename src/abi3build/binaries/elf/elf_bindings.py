"""Tell which names the loader of ELF binds for an image, and which it will not find.

A name that an image defines and offers to others is looked up like any other one,
first in the program: https://man7.org/linux/man-pages/man8/ld.so.8.html and, for
the tags that change it, https://gabi.xinuos.com/ (System V ABI), "Dynamic Section".
"""

from __future__ import annotations

import re
from itertools import compress
from typing import TYPE_CHECKING

from abi3build.binaries.image import MODULE_STARTS, PREFIXES
from abi3build.binaries.memory import numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from abi3build.binaries.elf.elf_dynamic import DynamicSection
    from abi3build.binaries.elf.elf_headers import ElfSymbol

__all__ = ["interposable_names", "symbol_slots", "unprovided_names"]


_DF_SYMBOLIC = 2
_SYMBOL_BITS = {32: 8, 64: 32}
"""By the class of the file, the bits of a relocation's kind below its symbol."""

_WORDS = {32: "I", 64: "Q"}
_WITH_ADDEND, _WITHOUT_ADDEND = 3, 2
"""How many words ``Rela`` and ``Rel`` have."""

_DT_RELA = 7
"""What DT_PLTREL says of the relocations of the procedure linkage table."""

_STB_GLOBAL, _STV_DEFAULT, _SHN_UNDEF = 1, 0, 0
_FIRST_VERSION, _VERSION_NUMBER = 2, 0x7FFF
"""The numbers of versions begin behind those of names without one; the highest bit of
an entry of DT_VERSYM is for definitions."""

_GLIBC = "libc.so.6"
_VERSIONED_LIBRARIES = (
    rf"{re.escape(_GLIBC)}|lib(?:m|pthread|dl|rt|util|gcc_s|stdc\+\+)\.so\.[0-9]+"
    r"|ld-linux[-.\w]*|libpython3[-.\w]*"
)
"""The libraries of glibc and GCC, whose names all have versions, and Python's own."""

_MATHEMATICS = (
    r"acosh?|asinh?|atan[2h]?|cbrt|ceil|copysign|cosh?|erfc?|exp(?:2|10|m1)?|fabs|fdim"
    r"|floor|fm(?:a|ax|in|od)|frexp|hypot|ilogb|j[01n]|l?l?rint|l?l?round|ldexp"
    r"|lgamma(?:_r)?|log(?:2|10|1p|b)?|modf|nan|nearbyint|next(?:after|toward)|pow"
    r"|remainder|remquo|scalbl?n?|significand|sincos|sinh?|sqrt|tanh?|tgamma|trunc"
    r"|y[01n]|drem|gamma|pow10|c(?:abs|arg|conj|imag|proj|real|a?(?:cos|sin|tan)h?|exp"
    r"|log(?:10)?|pow|sqrt)|fe\w+|__\w+_finite|__fpclassify\w*|__(?:isnan|isinf|finite"
    r"|signbit|iseqsig|issignaling)\w*"
)
_IN_EVERY_PYTHON = (
    rf"(?:{_MATHEMATICS})(?:f|l|f(?:32|64|128)x?)?"
    r"|(?:pthread|sem|shm|mq|aio|timer|clock|thrd|mtx|cnd|tss)_\w+|lio_listio\w*"
    r"|dl(?:open|sym|close|error|v?addr1?|info|mopen|vsym|_iterate_phdr)"
    r"|(?:open|fork|login_)pty|login|logout|logwtmp|call_once|signgam"
    r"|_(?:DYNAMIC|GLOBAL_OFFSET_TABLE_)"
)
"""Names of glibc outside ``libc.so.6``: Python's own process has the libraries, so that
a module finds them there that was linked without ``-lm``, ``-lpthread`` or ``-ldl``.

https://sourceware.org/glibc/manual/latest/html_node/Function-Index.html
"""


_OF_C = """
_Exit _exit _setjmp abort abs aligned_alloc asctime atexit atof atoi atol atoll
bcmp bcopy bsearch bzero calloc clearerr clock close ctime difftime div environ
errno exit fclose feof ferror fflush fgetc fgetpos fgets fopen fprintf fputc
fputs fread free freopen fscanf fseek fseeko fsetpos ftell ftello fwrite getc
getchar getcwd getenv getpid gettimeofday gmtime gmtime_r isalnum isalpha
isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit
kill labs ldiv llabs lldiv localeconv localtime localtime_r longjmp lseek malloc
mblen mbrtowc mbstowcs mbtowc memccpy memchr memcmp memcpy memmove mempcpy
memrchr memset mkstemp mktime mmap mprotect munmap nanosleep open perror
posix_memalign printf putc putchar putenv puts qsort qsort_r quick_exit raise
rand rand_r random read realloc realpath remove rename rewind scanf sched_yield
setbuf setenv setjmp setlocale setvbuf sigaction signal snprintf sprintf srand
srandom sscanf stderr stdin stdout strcasecmp strcat strchr strcmp strcoll
strcpy strcspn strdup strerror strerror_r strftime strlen strncasecmp strncat
strncmp strncpy strndup strnlen strpbrk strrchr strsep strspn strstr strtod
strtof strtok strtok_r strtol strtold strtoll strtoul strtoull strxfrm swprintf
syscall sysconf system time tmpfile tolower toupper towlower towupper tzset
ungetc unlink usleep vfprintf vprintf vsnprintf vsprintf vsscanf wcschr wcscmp
wcscpy wcslen wcsncmp wcsncpy wcsrtombs wcstombs wctomb wmemchr wmemcmp wmemcpy
wmemset write
"""
"""Names of C's own library, for files that were linked without any library; those that
compilers write by themselves begin with two underscores."""


_RELA_64 = 24
_FILLED_WITH_ADDRESS = frozenset({6, 7})
"""R_X86_64_GLOB_DAT and R_X86_64_JUMP_SLOT, of entries of the global offset table."""


def interposable_names(
    dynamic: DynamicSection, names: Collection[int], exports: Collection[str]
) -> tuple[str, ...]:
    """Return the exported names that the image's own code reaches through the loader.

    Takes the places of names like CPython's among the strings, and the exports. With
    DT_SYMBOLIC the loader looks into the image first, and linkers that were told so
    (``-Bsymbolic-functions``, hidden or protected visibility) leave it nothing to look
    up.
    """
    own = {name for name in exports if not name.startswith(MODULE_STARTS)}
    is_symbolic = dynamic.value("DT_FLAGS") & _DF_SYMBOLIC
    if not own or is_symbolic or "DT_SYMBOLIC" in dynamic.tags:
        return ()
    # A name without a relocation is exported but not used, so replacing it changes
    # nothing for this file.
    relocated = frozenset(_relocated_symbols(dynamic))
    strings = dynamic.strings()
    found = {
        strings.name("string table", symbol.name)
        for number, symbol in dynamic.numbered_symbols(names)
        if number in relocated
        and symbol.section != _SHN_UNDEF
        and symbol.other & 3 == _STV_DEFAULT
    }
    return tuple(sorted(found & own))


def unprovided_names(
    dynamic: DynamicSection, libraries: Collection[str], exports: Collection[str]
) -> tuple[str, ...]:
    """Return the names that a module takes and no library had when it was linked.

    A linker writes the version of each name that it finds in a library with versions.
    glibc's and GCC's have them, so that among these alone a name without one was found
    nowhere.  Modules that need other libraries are not judged; those that need none
    use nothing of glibc's, or were not told of it.
    """
    is_versioned = _GLIBC in libraries and "DT_VERSYM" in dynamic.tags
    if (
        not any(name.startswith(MODULE_STARTS) for name in exports)
        or not (is_versioned or not libraries)
        or not all(re.fullmatch(_VERSIONED_LIBRARIES, name) for name in libraries)
    ):
        return ()
    strings = dynamic.strings()
    found = {
        strings.text("string table", symbol.name)
        for symbol in _without_version(dynamic)
        if symbol.section == _SHN_UNDEF
        and symbol.name
        and symbol.info >> 4 == _STB_GLOBAL
    }
    names = (
        name.decode("utf-8", "backslashreplace")
        for name in found
        if not name.startswith(PREFIXES)
    )
    return tuple(sorted(name for name in names if not _is_there(name, libraries)))


def symbol_slots(
    dynamic: DynamicSection, places: Collection[int], names: frozenset[str]
) -> dict[int, str]:
    """Return where the loader puts the addresses of some symbols, on x86_64.

    Comes in: the places of names like CPython's among the strings, and the names.
    """
    strings = dynamic.strings()
    wanted = {
        number << _SYMBOL_BITS[64] | kind: name
        for number, symbol in dynamic.numbered_symbols(places)
        if (name := strings.name("string table", symbol.name)) in names
        for kind in _FILLED_WITH_ADDRESS
    }
    found = {}
    for tag, size_tag in (("DT_RELA", "DT_RELASZ"), ("DT_JMPREL", "DT_PLTRELSZ")):
        if tag in dynamic.tags and wanted:
            what, size = "relocations", dynamic.value(size_tag) // _RELA_64 * _RELA_64
            body = dynamic.tables.window.part(what, dynamic.offset(tag), size)
            body.allowance.spend(what, size)
            words = numbers(body, _WORDS[64])
            kinds = words[1::3]
            rows = compress(range(len(kinds)), map(wanted.__contains__, kinds))
            found.update({words[3 * row]: wanted[kinds[row]] for row in rows})
    return found


def _without_version(dynamic: DynamicSection) -> Iterator[ElfSymbol]:
    symbols = tuple(dynamic.all_symbols())
    if "DT_VERSYM" not in dynamic.tags:
        yield from symbols
        return
    place = dynamic.offset("DT_VERSYM")
    rows = dynamic.tables.window.rows("symbol versions", "H", place, len(symbols))
    for symbol, (version,) in zip(symbols, rows):
        if version & _VERSION_NUMBER < _FIRST_VERSION:
            yield symbol


def _is_there(name: str, libraries: Collection[str]) -> bool:
    """Tell whether Python's own process has a name, whatever a module needs."""
    is_c = name in _OF_C.split() or name.startswith("__")
    return (is_c and not libraries) or re.fullmatch(_IN_EVERY_PYTHON, name) is not None


def _relocated_symbols(dynamic: DynamicSection) -> Iterator[int]:
    """Yield the number of the symbol in each relocation; 0 stands for none."""
    bits = dynamic.tables.bits
    # DT_JMPREL has relocations of either kind, and DT_PLTREL says of which.
    rela = dynamic.value("DT_PLTREL") == _DT_RELA
    for tag, size_tag, length in (
        ("DT_RELA", "DT_RELASZ", _WITH_ADDEND),
        ("DT_REL", "DT_RELSZ", _WITHOUT_ADDEND),
        ("DT_JMPREL", "DT_PLTRELSZ", _WITH_ADDEND if rela else _WITHOUT_ADDEND),
    ):
        if tag not in dynamic.tags:
            continue
        what = "relocations"
        row = length * bits // 8
        whole = dynamic.value(size_tag) // row * row
        body = dynamic.tables.window.part(what, dynamic.offset(tag), whole)
        body.allowance.spend(what, whole)
        for kind in set(numbers(body, _WORDS[bits])[1::length]):
            # ELF32_R_SYM and ELF64_R_SYM:
            # https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.reloc.html
            yield kind >> _SYMBOL_BITS[bits]
