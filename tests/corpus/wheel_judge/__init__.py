"""A judge of abi3 wheels that shares no code with abi3build."""

from __future__ import annotations
