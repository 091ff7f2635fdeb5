"""What a build saw while it compiled, and no finished binary shows."""

from __future__ import annotations
