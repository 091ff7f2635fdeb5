"""Hold the audit's work beyond start-up against the time that zlib needs.

    python benchmarks/inflate.py WHEEL...

For each wheel: the median processor time of inflating the members that have to be
read, in one pass each; that of the whole audit in a process that has all its modules;
their ratio; and what the audit adds to the peak of a process, with the largest member
beside it.  Numbers only, no verdict.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.audit.audit_input import audit_wheel
from abi3build.wheels.wheel_reading import read_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

_LOCAL_HEADER = 30
"""The fixed part of a member's own header, in bytes; its last words are lengths."""

_MEGABYTE = 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every wheel and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", metavar="WHEEL", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    # Before this process grows: a child's peak begins at that of its parent.
    growths = [_growth(wheel) for wheel in options.wheels]
    print(f"{'zlib':>9} {'audit':>9} {'ratio':>6} {'largest':>9} {'peak':>9}  wheel")
    for wheel, growth in zip(options.wheels, growths):
        _measure(wheel, options.runs, growth)


def _measure(wheel: Path, runs: int, growth: int) -> None:
    members = _members_to_read(wheel)
    streams = [_compressed(wheel, member) for member in members]
    audit_wheel(wheel)
    inflating, auditing = [], []
    for _ in range(runs):
        inflating.append(_seconds(lambda: _inflate(streams)))
        auditing.append(_seconds(lambda: audit_wheel(wheel)))
    zlib_time, audit_time = map(statistics.median, (inflating, auditing))
    largest = max((member.file_size for member in members), default=0)
    print(
        f"{zlib_time * 1000:6.1f} ms {audit_time * 1000:6.1f} ms"
        f" {audit_time / zlib_time:6.2f} {largest / _MEGABYTE:6.1f} MB"
        f" {growth / _MEGABYTE:6.1f} MB  {wheel.name}"
    )


def _members_to_read(wheel: Path) -> list[zipfile.ZipInfo]:
    """Return the members with machine code; what else is read hardly weighs."""
    _, files = read_wheel(wheel)
    paths = {file.path for file in files}
    with zipfile.ZipFile(wheel) as archive:
        return [each for each in archive.infolist() if each.filename in paths]


def _compressed(wheel: Path, member: zipfile.ZipInfo) -> tuple[int, bytes]:
    with wheel.open("rb") as stream:
        stream.seek(member.header_offset)
        header = stream.read(_LOCAL_HEADER)
        name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        stream.seek(name + extra, os.SEEK_CUR)
        return member.compress_type, stream.read(member.compress_size)


def _inflate(streams: Sequence[tuple[int, bytes]]) -> None:
    for method, data in streams:
        if method == zipfile.ZIP_DEFLATED:
            zlib.decompress(data, -zlib.MAX_WBITS)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _growth(wheel: Path) -> int:
    """Return the peak of a child that audits, less that of one that only imports."""
    return _peak(wheel) - _peak(None)


def _peak(wheel: Path | None) -> int:
    code = "import sys; from pathlib import Path\n"
    code += "from abi3build.auditing import audit_wheel\n"
    code += "import abi3build.binaries.elf.reader, abi3build.binaries.macho.reader\n"
    code += "import abi3build.binaries.pe.reader\n"
    if wheel is not None:
        code += f"audit_wheel(Path({str(wheel)!r}))\n"
    child = subprocess.Popen([sys.executable, "-c", code])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if status:
        message = f"{wheel}: the audit ended with status {status}"
        raise SystemExit(message)
    # Kilobytes on Linux, bytes on macOS: getrusage(2) of each.
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
