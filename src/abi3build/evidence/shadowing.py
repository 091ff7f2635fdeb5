"""Which files would come first, were they there: a header earlier on the include path.

No dependency file names them, and a build that only looks at what was read would ship
what was made of the others.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["include_folders", "named_files", "shadow_digest"]

_OPTIONS = ("-I", "-iquote", "-isystem", "-idirafter")
_UNSURE = 1_000_000_000
"""In nanoseconds: a folder that has just changed may change again at the same time."""

_PARTS = 3
"""How many parts of a header's path an ``#include`` has at most, in practice."""


def include_folders(words: Sequence[str]) -> list[str]:
    """Return the folders that a compile searches because its command says so."""
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
    """Return the files that the words of a command name in any way, sorted.

    Examples are ``@file``, ``-specs=file``, ``-Wl,--version-script=file`` and ``-T
    file``.
    """
    found = set()
    for word in words:
        for part in word.replace("=", ",").split(","):
            name = part.lstrip("@")
            if name and os.path.isfile(name):
                found.add(name)
    return sorted(found)


def shadow_digest(folders: Iterable[str], files: Iterable[str]) -> str:
    """Return a digest of which of the files exist below which of the folders.

    It changes if one comes into being, or goes, that an ``#include`` might find before
    another of its name.
    """
    names: set[str] = set()
    longer: dict[str, set[str]] = defaultdict(set)
    for file in files:
        name, tails = _endings(file)
        names.add(name)
        for first, tail in tails:
            longer[first].add(tail)
    digest = hashlib.blake2b(digest_size=16)
    for folder in sorted(set(folders)):
        listed = _entries(folder)
        found = list(names & listed)
        for first in longer.keys() & listed:
            found += [
                tail for tail in longer[first] if os.path.exists(f"{folder}/{tail}")
            ]
        for tail in sorted(found):
            path = f"{folder}/{tail}"
            digest.update(path.encode(errors="surrogateescape") + b"\0")
    return digest.hexdigest()


@cache
def _endings(file: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a file's name, and its longer endings, each behind its first part."""
    # Every unit reads the same headers.
    parts = file.split(os.sep)
    most = min(_PARTS, len(parts))
    tails = (os.sep.join(parts[-many:]) for many in range(2, most + 1))
    return parts[-1], tuple(zip(reversed(parts[-most:-1]), tails))


def _entries(folder: str) -> frozenset[str]:
    try:
        changed = os.stat(folder).st_mtime_ns
    except OSError:
        return frozenset()
    if time.time_ns() - changed < _UNSURE:
        return _listed.__wrapped__(folder, changed)
    return _listed(folder, changed)


@cache
def _listed(folder: str, changed: int) -> frozenset[str]:
    # Every unit asks for the same folders.
    del changed
    try:
        return frozenset(os.listdir(folder))
    except OSError:
        return frozenset()
