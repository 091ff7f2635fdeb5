"""What the bytes of an image mean to CPython, in one way for all formats."""

from __future__ import annotations
