"""The contact with setuptools: the only folder that knows its commands."""

from __future__ import annotations
