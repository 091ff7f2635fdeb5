"""Wheels on a package index: which there are, and their bytes, as far as needed."""

from __future__ import annotations
