"""Wheels on a package index: which ones exist, and their bytes."""

from __future__ import annotations
