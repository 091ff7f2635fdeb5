"""A release as a whole: which Python gets which wheel, and what abi3 would save."""

from __future__ import annotations
