"""ELF: what the dynamic loader of Linux sees, and where debug information is."""

from __future__ import annotations
