"""Rewrites of C and C++ sources that bring them to the limit, each one proved."""

from __future__ import annotations
