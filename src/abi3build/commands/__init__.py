"""The subcommands: each adds its arguments and turns them into an outcome."""

from __future__ import annotations
