"""Build extension wheels for CPython's stable ABI and prove that they keep it."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
