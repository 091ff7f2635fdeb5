"""The rules: each finds one kind of broken promise in facts about a wheel."""

from __future__ import annotations
