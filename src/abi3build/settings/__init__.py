"""Settings: the table, ``-C`` and the environment become one frozen value."""

from __future__ import annotations
