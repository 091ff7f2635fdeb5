"""What stands between C, C++ or Cython sources and the stable ABI, read as code."""

from __future__ import annotations
