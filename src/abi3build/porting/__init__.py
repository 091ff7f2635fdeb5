"""What keeps C, C++ or Cython sources from the stable ABI, read as code."""

from __future__ import annotations
