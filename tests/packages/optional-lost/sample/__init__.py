try:
    from sample._speedups import answer
except ImportError:

    def answer(values):
        return values[0] if values else None


__all__ = ["answer"]
