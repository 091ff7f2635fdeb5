"""Cross building: another platform's extensions from this one, without its Python."""

from __future__ import annotations
