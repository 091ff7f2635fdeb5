"""One function in C, and a version out of git."""

from scm_example._gcd import gcd
from scm_example._version import __version__

__all__ = ["__version__", "gcd"]
