"""The ``pyproject.toml`` of samples that a test writes."""

from __future__ import annotations

__all__ = ["PYPROJECT", "pyproject_with"]

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
"""Beside a ``setup.py`` that says what is built."""

_EXTENSION = """
[tool.setuptools]
py-modules = []
ext-modules = [{{ name = "sample", sources = ["{source}"] }}]
"""


def pyproject_with(source: str) -> str:
    """Build one extension of one source, without a ``setup.py``."""
    return PYPROJECT + _EXTENSION.format(source=source)
