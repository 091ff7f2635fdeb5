"""A wheel's members, tags and metadata as data."""

from __future__ import annotations
