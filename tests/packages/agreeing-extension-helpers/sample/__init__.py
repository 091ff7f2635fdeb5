from sample._core import answer

__all__ = ["answer"]
