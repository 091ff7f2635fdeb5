"""Run Debian's Pythons for other processors with qemu.

``tests/lab/make_foreign_pythons.py`` brings them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.pythons import lab_folder
from workbench.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.running import Run

__all__ = ["FOREIGN_PYTHONS", "ForeignPython"]


@dataclass(frozen=True)
class ForeignPython:
    """Name one Python of another processor and where the lab has it."""

    machine: str
    """The processor in the spelling of wheel tags."""

    version: str
    debian: str
    """Debian's name of the processor."""

    suite: str
    qemu: str

    @property
    def root(self) -> Path:
        """Return the folder that stands for the root of its system."""
        return lab_folder() / "foreign" / f"{self.machine}-{self.version}"

    @property
    def is_there(self) -> bool:
        """Tell whether it can be run."""
        return self._executable.exists() and shutil.which(self._emulator) is not None

    def run_code(self, folder: Path, code: str) -> Run:
        """Run code that imports what a folder holds."""
        emulator: list[str | Path] = [self._emulator, "-L", self.root]
        return run([*emulator, self._executable, "-s", "-B", "-c", code], folder)

    @property
    def _executable(self) -> Path:
        return self.root / "usr" / "bin" / f"python{self.version}"

    @property
    def _emulator(self) -> str:
        return f"qemu-{self.qemu}-static"


FOREIGN_PYTHONS = {
    f"{each.machine}-{each.version}": each
    for each in (
        ForeignPython("aarch64", "3.11", "arm64", "bookworm", "aarch64"),
        ForeignPython("aarch64", "3.13", "arm64", "trixie", "aarch64"),
        ForeignPython("armv7l", "3.11", "armhf", "bookworm", "arm"),
        ForeignPython("s390x", "3.11", "s390x", "bookworm", "s390x"),
    )
}
"""Those of the lab: two of 64 bits, one of 32, one that is big endian."""
