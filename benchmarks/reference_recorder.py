"""Record, as a plugin of pytest, what stays behind each time a test runs.

``port_references.py`` copies this file beside the tests of a project.
"""

import array
import gc
import json
import os
import sys

from _pytest.runner import runtestprotocol

_ROUNDS = 7
_WARM = 3
"""Rounds in which caches are filled, as those of ``re`` are."""

_KINDS = 3
_COUNTS = array.array("q", [0] * _ROUNDS * _KINDS)
"""Numbers that are no objects, which would be counted."""

_TYPES = []
_LEFT = {}


def pytest_runtest_protocol(item, nextitem):  # noqa: ANN001, ANN201, ARG001 - pytest's
    """Run a test several times, and let pytest go on as usual."""
    if not _TYPES:
        _TYPES.extend(_subtypes(object, set()))
    for each in range(_ROUNDS):
        if hasattr(item, "_initrequest"):
            item._initrequest()  # noqa: SLF001 - as pytest-rerunfailures does it
        # The next item is this one, so that pytest keeps fixtures of modules.
        runtestprotocol(item, nextitem=item, log=False)
        gc.collect()
        _count(each * _KINDS)
    if hasattr(item, "_initrequest"):
        item._initrequest()  # noqa: SLF001
    # What stays behind does so each time: the least of the rounds tells it from chance.
    _LEFT[item.nodeid] = [
        min(
            _COUNTS[each * _KINDS + kind] - _COUNTS[(each - 1) * _KINDS + kind]
            for each in range(_WARM, _ROUNDS)
        )
        for kind in range(_KINDS)
    ]


def pytest_terminal_summary():  # noqa: ANN201 - of any pytest
    """Write what each test left behind into the file that the environment names."""
    with open(os.environ["RECORD"], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump({"left": _LEFT, "files": []}, file)


def _count(start):  # noqa: ANN001, ANN202
    """Store all references, if this Python counts them, those to types, and blocks."""
    _COUNTS[start] = getattr(sys, "gettotalrefcount", int)()
    _COUNTS[start + 1] = sum(map(sys.getrefcount, _TYPES))
    _COUNTS[start + 2] = sys.getallocatedblocks()


def _subtypes(base, seen):  # noqa: ANN001, ANN202
    """Return all types, those of C among them."""
    for each in type.__subclasses__(base):
        if each not in seen:
            seen.add(each)
            _subtypes(each, seen)
    return seen
