"""Which files would come first, were they there: a header earlier on the include path.

No dependency file names them, and a build that only looks at what was read would ship
what was made of the others.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["include_folders", "named_files", "shadow_digest"]

_OPTIONS = ("-I", "-iquote", "-isystem", "-idirafter")
_PARTS = 3
"""How many parts of a header's path an ``#include`` has at most, in practice."""


def include_folders(words: Sequence[str]) -> list[str]:
    """Give the folders that a compile searches because its command says so."""
    found = []
    following = False
    for word in words:
        if following:
            found.append(word)
        following = word in _OPTIONS
        if not following:
            option = next((each for each in _OPTIONS if word.startswith(each)), "")
            if option and word != option:
                found.append(word[len(option) :])
    return list(dict.fromkeys(found))


def named_files(words: Iterable[str]) -> list[str]:
    """Give the files that the words of a command name in whatever way, sorted.

    Such are ``@file``, ``-specs=file``, ``-Wl,--version-script=file`` and ``-T file``.
    """
    found = set()
    for word in words:
        for part in word.replace("=", ",").split(","):
            name = part.lstrip("@")
            if name and os.path.isfile(name):  # noqa: PTH113 - a name as it stands
                found.add(name)
    return sorted(found)


def shadow_digest(folders: Iterable[str], files: Iterable[str]) -> str:
    """Give a digest of which of the files exist below which of the folders.

    It changes if one comes into being, or goes, that an ``#include`` might find before
    another of its name.
    """
    tails: set[str] = set()
    for name in files:
        parts = PurePath(name).parts
        tails.update(os.path.join(*parts[-many:]) for many in range(1, _PARTS + 1))  # noqa: PTH118
    digest = hashlib.blake2b(digest_size=16)
    for folder in sorted(set(folders)):
        if os.path.isdir(folder):  # noqa: PTH112
            for tail in sorted(tails):
                path = os.path.join(folder, tail)  # noqa: PTH118
                if os.path.exists(path):  # noqa: PTH110 - thousands of them
                    digest.update(path.encode(errors="surrogateescape") + b"\0")
    return digest.hexdigest()
