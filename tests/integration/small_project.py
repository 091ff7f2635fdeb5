"""The ``pyproject.toml`` of samples that a test writes with a ``setup.py``."""

from __future__ import annotations

__all__ = ["PYPROJECT"]

PYPROJECT = """\
[build-system]
requires = ["setuptools>=77", "abi3build"]
build-backend = "setuptools.build_meta"

[project]
name = "sample"
version = "1.0"
requires-python = ">=3.9"

[tool.abi3build]
min-python = "3.9"
"""
