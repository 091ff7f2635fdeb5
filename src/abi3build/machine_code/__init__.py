"""What the machine code of an image does with CPython's objects."""

from __future__ import annotations
