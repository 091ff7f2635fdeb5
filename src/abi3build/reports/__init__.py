"""A report in the forms that people and programs read; nothing here judges."""

from __future__ import annotations
