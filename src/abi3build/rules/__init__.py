"""The rules: each finds one kind of broken promise in plain facts."""

from __future__ import annotations
