"""Measure what `audit --deep` finds in machine code, and what it takes for more.

    python benchmarks/machine_code.py planted --headers FOLDER... --compiler COMMAND...
    python benchmarks/machine_code.py clean --headers FOLDER... --compiler COMMAND...
    python benchmarks/machine_code.py returned --headers FOLDER... --compiler COMMAND...
    python benchmarks/machine_code.py wheels WHEEL...

`planted` compiles functions that reach for hidden fields, at every level, stripped, and
prints how many are found; `clean` compiles such that keep to the limited API.
`returned` compiles functions that return None and its like, eight of them without a
reference with headers of 3.12 and early ones of 3.13, and with no others.  `wheels`
prints every find in published wheels, and the time that it took.
A compiler is a whole command, such as "python -m ziglang cc -target aarch64-linux-gnu".
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING
from zipfile import ZipFile

from abi3build.binaries.magic_number import image_format
from abi3build.machine_code.machine_code_reading import MachineCode, read_machine_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.machine_code.machine_code_reading import HiddenRead

_SOURCES = Path(__file__).with_name("machine_code_sources")
_FIELDS = {
    "PyTupleObject.ob_item": "tuple_item tuple_loop tuple_made",
    "PyListObject.ob_item": "list_made list_item parsed_list",
    "PyTypeObject.tp_flags": "is_int is_str parsed class_flags helped from_dict"
    " fast_item vector dict_loop attribute_item",
    "PyBytesObject.ob_sval": "bytes_made bytes_read",
    "PyFloatObject.ob_fval": "float_read",
    "PyUnicodeObject.length": "str_length",
    "PyUnicodeObject.state": "str_kind",
    "PyTypeObject.tp_name": "type_name",
    "PyTypeObject.tp_basicsize": "type_size",
    "PyTypeObject.tp_dict": "type_dict",
    "PyTypeObject.tp_base": "type_base",
    "PyTypeObject.tp_iternext": "next_item",
    "PyTypeObject.tp_as_number": "has_numbers",
    "PyByteArrayObject.ob_start": "byte_array",
    "PyLongObject.ob_digit": "digits",
    "PyTypeObject.tp_vectorcall_offset": "vector_offset",
    "PyDateTime_CAPI.DateType": "is_date",
    "PyDateTime_CAPI.Date_FromDate": "make_date",
    "PyThreadState.byte 16": "of_thread",
    "PyTypeObject.tp_alloc": "planted.Thing",
    "PyTypeObject.tp_free": "planted.Thing",
    "static PyTypeObject": "PyInit_planted",
}
"""By field, the functions of hidden.c that reach for it."""

_THING = ("planted.Thing", "PyTupleObject.ob_item")
_EXPECTED = (
    *((name, field) for field, names in _FIELDS.items() for name in names.split()),
    _THING,
)


def main(arguments: list[str]) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("planted", "clean", "returned", "wheels"))
    parser.add_argument("wheels", nargs="*", type=Path)
    parser.add_argument("--headers", nargs="*", type=Path, default=[])
    parser.add_argument("--compiler", nargs="*", default=["gcc", "clang"])
    parser.add_argument("--levels", nargs="*", default=["0", "1", "2", "3", "s"])
    options = parser.parse_args(arguments)
    if options.what == "wheels":
        for wheel in options.wheels:
            _look_at_wheel(wheel)
    elif options.what == "returned":
        _compile_returned(options)
    else:
        _compile_all(options)
    return 0


def _compile_returned(options: argparse.Namespace) -> None:
    for compiler in options.compiler:
        for headers in options.headers:
            for level in options.levels:
                seen = _compiled(compiler, [f"-O{level}"], headers, "returned.c")
                names = {each.function for each in seen.borrowed}
                lost = {each for each in names if re.match("lost_|returned", each)}
                print(
                    f"{compiler} -O{level} {headers.name}: {len(lost)} of 8 that are"
                    f" meant, and {len(names - lost)} others",
                    flush=True,
                )


def _compile_all(options: argparse.Namespace) -> None:
    names = ("hidden.c",) if options.what == "planted" else ("limited.c", "limited.cpp")
    missed: dict[str, int] = {}
    for compiler in options.compiler:
        for level in options.levels:
            found = functions = modules = 0
            for headers in options.headers:
                for name in names:
                    seen = _compiled(compiler, [f"-O{level}"], headers, name)
                    count = seen.functions
                    modules += count > 0
                    functions += count
                    if options.what == "planted" and count:
                        absent = _absent(seen.reads)
                        found += len(_EXPECTED) - len(absent)
                        for each in absent:
                            missed[each] = missed.get(each, 0) + 1
                    else:
                        found += len(seen.reads) + len(seen.borrowed)
            if options.what == "planted":
                said = f"{found} of {modules * len(_EXPECTED)} found"
            else:
                said = f"{found} alarms in {functions} functions"
            print(f"{compiler} -O{level}: {modules} modules, {said}", flush=True)
    for each, count in sorted(missed.items()):
        print(f"  missed {each} {count} times")


def _compiled(compiler: str, flags: list[str], headers: Path, name: str) -> MachineCode:
    """Return what is seen in a module; in no function if none is made."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "planted.so")
        command = [
            *shlex.split(compiler),
            *("-shared", "-fPIC", "-DNDEBUG", "-w", "-s", f"-I{headers}", *flags),
            *(str(_SOURCES / name), "-o", str(output)),
            *(("-std=c++17", "-lstdc++") if name.endswith(".cpp") else ()),
            *_libraries(headers),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"  not compiled: {shlex.join(command)}: {done.stderr[-200:]}")
            return MachineCode("none")
        (seen,) = read_machine_code(output.read_bytes())
        return seen


def _libraries(headers: Path) -> Iterator[str]:
    """Yield the import library beside the headers of a Python for Windows."""
    for each in sorted((headers.parent / "libs").glob("python3?*.lib")):
        yield str(each)


def _absent(reads: tuple[HiddenRead, ...]) -> list[str]:
    """Return which functions were not found to reach for their field.

    Without optimization the macros of some headers are functions, which tables do not
    name, and then the field is reached for in these.
    """
    found = {(each.function.split(" ")[0], _field(each)) for each in reads}
    named = {name for name, _ in _EXPECTED}
    helpers = {field for name, field in found if name not in named}
    return [
        f"{name} {field}"
        for name, field in _EXPECTED
        if (name, field) not in found and field not in helpers
    ]


def _field(read: HiddenRead) -> str:
    return f"{read.structure}.{read.field}" if read.field else read.structure


def _look_at_wheel(wheel: Path) -> None:
    start = process_time()
    functions = objects = 0
    alarms = []
    reasons = set()
    with ZipFile(wheel) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if image_format(data) is None:
                continue
            for code in read_machine_code(data):
                functions += code.functions
                objects += code.with_objects
                alarms += [
                    f"  {name} {each.function} {_field(each)}" for each in code.reads
                ]
                alarms += [
                    f"  {name} {each.function} returns {each.singleton}"
                    for each in code.borrowed
                ]
                reasons.add(code.unread)
    print(
        f"{wheel.name}: {functions} functions, {objects} with objects, {len(alarms)}"
        f" alarms, {process_time() - start:.1f} s {'; '.join(filter(None, reasons))}"
    )
    print("".join(f"{line}\n" for line in alarms), end="", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
