"""Record, as a plugin of pytest, what stays behind each time a test runs.

``port_references.py`` copies this file beside the tests of a project.
"""

import array
import gc
import json
import os
import sys

from _pytest.runner import runtestprotocol

_ROUNDS = 200
"""How often a test runs at most: a leak is there each time, and what Python keeps to
use again grows for a while only, in the plain build too."""

_WARM = 3
"""Rounds in which caches are filled, as those of ``re`` are."""

_ENOUGH = 7
"""After how many rounds a test is done if one of them left nothing behind."""

_KINDS = 3
_COUNTS = array.array("q", [0] * _ROUNDS * _KINDS)
"""Numbers that are no objects, which would be counted."""

_TYPES = []
_LEFT = {}


def pytest_runtest_protocol(item, nextitem):  # noqa: ANN001, ANN201, ARG001 - pytest's
    """Run a test several times, and let pytest go on as usual."""
    if not _TYPES:
        _TYPES.extend(_subtypes(object, set()))
        gc.collect()
        # What is there already is not looked at again, which takes most of the time.
        gc.freeze()
    for each in range(_ROUNDS):
        if hasattr(item, "_initrequest"):
            item._initrequest()  # noqa: SLF001 - as pytest-rerunfailures does it
        # The next item is this one, so that pytest keeps fixtures of modules.
        runtestprotocol(item, nextitem=item, log=False)
        gc.collect()
        _count(each * _KINDS)
        if each + 1 >= _ENOUGH and max(_least(each + 1)) <= 0:
            break
    if hasattr(item, "_initrequest"):
        item._initrequest()  # noqa: SLF001
    _LEFT[item.nodeid] = _least(each + 1)


def pytest_terminal_summary():  # noqa: ANN201 - of any pytest
    """Write what each test left behind into the file that the environment names."""
    with open(os.environ["RECORD"], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump({"left": _LEFT, "files": []}, file)


def _count(start):  # noqa: ANN001, ANN202
    """Store all references, if this Python counts them, those to types, and blocks."""
    _COUNTS[start] = getattr(sys, "gettotalrefcount", int)()
    _COUNTS[start + 1] = sum(map(sys.getrefcount, _TYPES))
    _COUNTS[start + 2] = sys.getallocatedblocks()


def _least(rounds):  # noqa: ANN001, ANN202
    """Return what each round left behind, by kind: the least, which is no chance."""
    return [
        min(
            _COUNTS[each * _KINDS + kind] - _COUNTS[(each - 1) * _KINDS + kind]
            for each in range(_WARM, rounds)
        )
        for kind in range(_KINDS)
    ]


def _subtypes(base, seen):  # noqa: ANN001, ANN202
    """Return all types, those of C among them."""
    for each in type.__subclasses__(base):
        if each not in seen:
            seen.add(each)
            _subtypes(each, seen)
    return seen
