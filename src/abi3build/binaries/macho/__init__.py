"""Mach-O: each slice of a file for macOS."""

from __future__ import annotations
