"""The interface to setuptools: the only folder that knows its commands."""

from __future__ import annotations
