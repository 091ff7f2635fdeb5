"""Start the module that crashes."""

from sample.crashing import _core

__all__ = ["_core"]
