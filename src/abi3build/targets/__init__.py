"""What one build makes: settings and an interpreter's facts become a target."""

from __future__ import annotations
