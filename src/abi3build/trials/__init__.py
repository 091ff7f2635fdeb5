"""Try finished wheels on real Pythons: choose, run and judge, each separately."""

from __future__ import annotations
