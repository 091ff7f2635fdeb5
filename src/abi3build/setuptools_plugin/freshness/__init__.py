"""Nothing stale: what each output was made of, and what must go."""

from __future__ import annotations
