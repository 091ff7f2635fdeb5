"""Open each library by the name that the project gave it."""

import ctypes
from pathlib import Path

from sample._core import answer as answer

LIBRARIES = {
    name: ctypes.CDLL(str(Path(__file__).with_name(name)))
    for name in ("extra.plugin", "libfast.so", "libops.so.1")
}
