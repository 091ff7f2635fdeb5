"""Search with atheris for bytes on which a reader does not end as agreed.

    python tests/fuzz.py READER [SECONDS]

READER is elf, pe, macho, zip, wheel, image or code: `image` looks through the machine
code of a file, and `code` through bytes as if they were the code of a function.  The
search begins with the files in tests/binaries and keeps what leads to new code in a
temporary folder.  It ends with a traceback, and leaves the bytes in the working folder,
where a reader raises anything but ``MalformedError``, or ``UnreadableError`` for a
wheel, and where machine code raises at all or takes more than 20 seconds.
"""

from __future__ import annotations

import io
import lzma
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import atheris

with atheris.instrument_imports(include=["abi3build"]):
    from abi3build.binaries.bytes_window import open_window
    from abi3build.binaries.code_places import CodePlaces
    from abi3build.binaries.elf.elf_reader import read_elf
    from abi3build.binaries.image import BinaryFormat
    from abi3build.binaries.macho.macho_reader import read_macho
    from abi3build.binaries.memory import MappedPart, Memory
    from abi3build.binaries.pe.pe_reader import read_pe
    from abi3build.errors import MalformedError, UnreadableError
    from abi3build.machine_code.calling_conventions import convention_of
    from abi3build.machine_code.function_walk import walk_function
    from abi3build.machine_code.image_code import BudgetSpentError, ImageCode
    from abi3build.machine_code.machine_code_reading import read_machine_code
    from abi3build.machine_code.structures import OBJECT, TUPLE
    from abi3build.wheels.wheel_reading import read_wheel
    from abi3build.wheels.zip_directory import read_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BINARIES = Path(__file__).parent.parent / "tests" / "binaries"
WHEEL = "demo-1.0-cp39-abi3-linux_x86_64.whl"
ABOUT_ITSELF = {
    "WHEEL": "Wheel-Version: 1.0\nTag: cp39-abi3-linux_x86_64\n",
    "METADATA": "Name: demo\nVersion: 1.0\nRequires-Python: >=3.9, !=3.9.0\n",
    "RECORD": 'demo/core.abi3.so,sha256=,4\n"demo-1.0.dist-info/RECORD",,\n',
    "abi3build.json": '{"format": 1}',
}
LONGEST = 1 << 16
"""In bytes; longer inputs only make the search slow."""

CONVENTIONS = (
    convention_of("x86_64", BinaryFormat.ELF),
    convention_of("x86_64", BinaryFormat.PE),
    convention_of("aarch64", BinaryFormat.ELF),
)
SLOTS = {0x1000: "PyTuple_New", 0x1008: "_Py_NoneStruct", 0x1010: "abort"}
MOST_INSTRUCTIONS = 20_000


def walk_code(data: bytes) -> None:
    """Walk bytes as a function; the first ones choose the processor and a table."""
    convention = CONVENTIONS[data[0] % len(CONVENTIONS) if data else 0]
    assert convention is not None
    starts = tuple(sorted({*(32 * each for each in data[1:4]), 4 * len(data)}))
    part = MappedPart(0, 0, len(data), is_code=True)
    memory = Memory(open_window(data, "<"), (part,), is_64_bit=True)
    places = CodePlaces(SLOTS, {}, starts, {})
    code = ImageCode(memory, places, convention, MOST_INSTRUCTIONS)
    try:
        for start in (4, *starts):
            for strict in (False, True):
                walk_function(code, start, ((0, OBJECT), (1, TUPLE)), strict=strict)
    except BudgetSpentError:
        return


IMAGES = (".elf", ".dll", ".exe", ".pyd", ".xz")
READERS: dict[str, tuple[Callable[[bytes], object], tuple[str, ...]]] = {
    "elf": (read_elf, (".elf",)),
    "pe": (read_pe, (".dll", ".exe", ".pyd")),
    "macho": (read_macho, (".xz",)),
    "zip": (lambda data: read_directory(io.BytesIO(data)), (".zip",)),
    "wheel": (lambda data: read_wheel(WHEEL, io.BytesIO(data)), (".whl",)),
    "image": (read_machine_code, IMAGES),
    "code": (walk_code, IMAGES),
}
"""By name: what reads, and the files to begin with."""


def seeds(suffixes: tuple[str, ...]) -> Iterator[bytes]:
    """Return the checked-in files of a format, or a zip file."""
    for path in sorted(BINARIES.glob("*/*")):
        if path.suffix in suffixes:
            data = path.read_bytes()
            yield lzma.decompress(data) if path.suffix == ".xz" else data
    if ".zip" in suffixes:
        yield zipped({"demo/core.abi3.so": b"data"}, zipfile.ZIP_STORED)
    if ".whl" in suffixes:
        about = {
            f"demo-1.0.dist-info/{name}": text for name, text in ABOUT_ITSELF.items()
        }
        for path in sorted(BINARIES.glob("*/*.elf")):
            for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                module = {"demo/core.abi3.so": path.read_bytes()}
                yield zipped({**module, **about}, method)


def zipped(members: Mapping[str, bytes | str], method: int) -> bytes:
    """Return a zip file with some members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def main(name: str, seconds: str = "60") -> None:
    """Search for a while."""
    read, suffixes = READERS[name]

    def try_one(data: bytes) -> None:
        try:
            read(data)
        except (MalformedError, UnreadableError):
            return
        except UnicodeDecodeError:
            # Whoever opens an archive expects names that are not text.
            if name != "zip":
                raise

    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds(suffixes)):
            Path(folder, str(number)).write_bytes(seed[:LONGEST])
        options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=20"]
        atheris.Setup([sys.argv[0], *options, folder], try_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
