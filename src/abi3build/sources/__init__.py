"""Source text, read without a compiler: what is code in it, and where names stand."""

from __future__ import annotations
