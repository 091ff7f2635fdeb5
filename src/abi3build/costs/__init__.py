"""What abi3 costs a project: two builds, timed in turns on each Python."""

from __future__ import annotations
