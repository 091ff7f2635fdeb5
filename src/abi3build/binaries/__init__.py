"""Machine code as data: what an ELF, PE or Mach-O image takes, gives and needs."""

from __future__ import annotations
