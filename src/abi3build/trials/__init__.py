"""Try finished wheels on real Pythons: choose, run, judge, each apart."""

from __future__ import annotations
