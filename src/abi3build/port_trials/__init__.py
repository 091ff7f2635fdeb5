"""Show that the sources that ``port --fix`` rewrote behave as they did before."""

from __future__ import annotations
