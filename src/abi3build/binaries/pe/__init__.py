"""PE and COFF: what the loader and the linkers of Windows see."""

from __future__ import annotations
