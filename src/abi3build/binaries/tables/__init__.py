"""What an image's data holds for CPython: tables, formats, ``PyABIInfo``."""

from __future__ import annotations
