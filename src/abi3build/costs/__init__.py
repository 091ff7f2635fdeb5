"""What abi3 costs a project: two builds, timed alternately on each Python."""

from __future__ import annotations
