"""Rewrites of C and C++ sources for the Limited API, each confirmed by the compiler."""

from __future__ import annotations
