"""Why a compile or a link failed, in the terms of the stable ABI."""

from __future__ import annotations
