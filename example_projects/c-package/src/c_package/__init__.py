"""Numbers about words and numbers about numbers."""

from c_package._stats import Running, total
from c_package._text import word_lengths

__all__ = ["Running", "total", "word_lengths"]
