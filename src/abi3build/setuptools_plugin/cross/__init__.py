"""Builds for other platforms, as mixins of setuptools' commands."""

from __future__ import annotations
