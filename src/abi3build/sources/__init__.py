"""Source text, read without a compiler: what is code, and where names are used."""

from __future__ import annotations
