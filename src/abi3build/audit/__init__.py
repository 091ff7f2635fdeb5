"""The audit: a wheel or a file in, a report out."""

from __future__ import annotations
