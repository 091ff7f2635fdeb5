"""The facts about CPython's stable ABI, kept as data beside their loaders."""

from __future__ import annotations
