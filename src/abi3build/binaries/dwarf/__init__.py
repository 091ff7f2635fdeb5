"""DWARF: which types a translation unit saw."""

from __future__ import annotations
