"""Count the calls of extension modules into CPython, in the process that makes them.

A copy of this module goes into the environment of a measured flavor, whose Python loads
it when it starts.  An extension calls CPython through pointers that the dynamic linker
has filled in.  Each is redirected to a few instructions that count, and then jump to
the function.  So nothing is compiled, calls of other modules do not count, and the
count is exact.

Each module's counters are in a file that is mapped and shared, so they survive however
a process ends.  Nothing is counted while the module is being created.  It is run by
every Python that is measured, so it uses only what 3.6 knows.

https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html
"""

import os
import struct
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_LOAD, _DYNAMIC = 1, 2
_STRINGS, _SYMBOLS, _RELOCATIONS, _RELOCATIONS_SIZE = 5, 6, 7, 8
_CALLS, _CALLS_SIZE = 23, 2
_ENTRY, _SYMBOL = 24, 24
"""The sizes of Elf64_Rela and Elf64_Sym."""

_ELF = b"\x7fELF\x02\x01"
_X86_64, _AARCH64 = 62, 183
_SLOTS = {_X86_64: (6, 7), _AARCH64: (1025, 1026)}
"""By processor GLOB_DAT and JUMP_SLOT, as the supplements of its ABI number them."""

_READ, _WRITE, _EXECUTE = 1, 2, 4
_SHARED, _PRIVATE = 1, 2
"""As <sys/mman.h> of Linux has them."""

_FOLDER = "ABI3BUILD_CALLS"


def count_calls_of(*names: str) -> None:
    """Count for modules below these outermost names, if the folder for it is named."""
    folder = os.environ.get(_FOLDER)
    if not folder:
        return
    from importlib.machinery import ExtensionFileLoader

    create = ExtensionFileLoader.create_module
    if create.__module__ == __name__:
        # Some Pythons load the same .pth file from lib and from lib64.
        return
    done = set()

    def create_and_count(self: ExtensionFileLoader, spec: "ModuleSpec") -> "ModuleType":
        module = create(self, spec)
        if spec.name.partition(".")[0] in names and spec.origin not in done:
            # A second interpreter creates it again, from what is loaded already.
            done.add(spec.origin)
            _count(Path(str(spec.origin)), Path(folder))
        return module

    ExtensionFileLoader.create_module = create_and_count  # type: ignore[method-assign] # on purpose


def _count(path: "Path", folder: "Path") -> None:
    """Lead every call of one module over a counter."""
    import ctypes

    image = path.read_bytes()
    own = str(path.resolve())
    regions = list(_regions())
    base = min(start - offset for start, _, _, offset, name in regions if name == own)
    codes = [(start, end) for start, end, x, _, name in regions if x and name != own]
    found = []
    for name, offset in _slots(image):
        target = ctypes.c_uint64.from_address(base + offset).value
        # What leads elsewhere is data, or a function of its own.
        if any(start <= target < end for start, end in codes):
            found.append((name, base + offset, target))
    if not found:
        return
    label = f"{os.getpid()}-{len(list(folder.iterdir()))}"
    zeros = bytes(8 * len(found))
    counters = _mapped(folder / f"{label}.counts", zeros, _READ | _WRITE, _SHARED)
    step = _STEPS[_machine(image)]
    code = b"".join(
        step(counters + 8 * number, target)
        for number, (_, _, target) in enumerate(found)
    )
    names = "\n".join(name for name, _, _ in found)
    (folder / f"{label}.names").write_text(names, encoding="utf-8")
    # The kernel makes caches of instructions see what is mapped from a file.
    entry = _mapped(folder / f"{label}.code", code, _READ | _EXECUTE, _PRIVATE)
    for number, (_, slot, _) in enumerate(found):
        _write(slot, entry + number * (len(code) // len(found)))


def _machine(image: bytes) -> int:
    """Return the processor of a little-endian image of 64 bits, else 0."""
    return int.from_bytes(image[18:20], "little") if image[:6] == _ELF else 0


def _slots(image: bytes) -> "Iterator[tuple[str, int]]":
    """Yield name and address of each pointer through which CPython may be called."""
    kinds = _SLOTS.get(_machine(image))
    if kinds is None:
        return
    loads, dynamic = _layout(image)
    symbols = _place(loads, dynamic[_SYMBOLS])
    strings = _place(loads, dynamic[_STRINGS])
    for first, length in ((_RELOCATIONS, _RELOCATIONS_SIZE), (_CALLS, _CALLS_SIZE)):
        begin = _place(loads, dynamic[first]) if first in dynamic else 0
        for entry in range(begin, begin + dynamic.get(length, 0), _ENTRY):
            offset, kind, symbol = struct.unpack_from("<QII", image, entry)
            if kind in kinds:
                where = symbols + symbol * _SYMBOL
                start = strings + int.from_bytes(image[where : where + 4], "little")
                name = image[start : image.index(b"\0", start)].decode("ascii")
                if name.startswith(("Py", "_Py")):
                    yield name, offset


def _layout(image: bytes) -> "tuple[list[tuple[int, int, int]], dict[int, int]]":
    """Return address, length and offset of what is loaded, and the dynamic section."""
    table, size, count = struct.unpack_from("<32xQ14xHH", image)
    loads, dynamic = [], {}
    for number in range(count):
        header = struct.unpack_from("<IIQQQQ", image, table + number * size)
        kind, _, offset, address, _, length = header
        if kind == _LOAD:
            loads.append((address, length, offset))
        elif kind == _DYNAMIC:
            words = struct.unpack_from(f"<{length // 8}Q", image, offset)
            dynamic = dict(zip(words[::2], words[1::2]))
    return loads, dynamic


def _place(loads: "list[tuple[int, int, int]]", address: int) -> int:
    """Return where in the file an address is."""
    for start, length, offset in loads:
        if start <= address < start + length:
            return address - start + offset
    raise ValueError(address)


def _regions() -> "Iterator[tuple[int, int, bool, int, str]]":
    """Yield each mapping: its ends, whether it is code, its offset and file."""
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        ends, rights, offset, _, _, *names = line.split(None, 5)
        start, end = (int(each, 16) for each in ends.split("-"))
        yield start, end, "x" in rights, int(offset, 16), "".join(names)


def _mapped(path: "Path", data: bytes, protection: int, flags: int) -> int:
    """Write a file and return the address at which it is mapped."""
    import ctypes

    path.write_bytes(data)
    mmap = ctypes.CDLL(None, use_errno=True).mmap
    mmap.restype = ctypes.c_void_p
    mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        *[ctypes.c_int] * 3,
        ctypes.c_long,
    ]
    with path.open("rb+") as file:
        address = mmap(None, len(data), protection, flags, file.fileno(), 0)
    if address in (None, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), "mmap", str(path))
    return int(address)


def _write(slot: int, value: int) -> None:
    """Change a pointer, which the linker may have made read-only after filling it."""
    import ctypes
    import mmap

    page = slot & -mmap.PAGESIZE
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    if protect(page, mmap.PAGESIZE, _READ | _WRITE):
        raise OSError(ctypes.get_errno(), "mprotect")
    ctypes.c_uint64.from_address(slot).value = value


def _step_of_x86_64(counter: int, target: int) -> bytes:
    """Return: endbr64, count at r11, which calls may change, jump to the target."""
    return b"".join(
        (
            b"\xf3\x0f\x1e\xfa",
            b"\x49\xbb" + struct.pack("<Q", counter),
            b"\xf0\x49\xff\x03",
            b"\x49\xbb" + struct.pack("<Q", target),
            b"\x41\xff\xe3\xcc",
        )
    )


def _step_of_aarch64(counter: int, target: int) -> bytes:
    """Return: count at x16 with x17, which calls may change, jump to the target."""
    code = (0x580000D0, 0xF9400211, 0x91000631, 0xF9000211, 0x58000090, 0xD61F0200)
    return struct.pack("<6I2Q", *code, counter, target)


_STEPS = {_X86_64: _step_of_x86_64, _AARCH64: _step_of_aarch64}
