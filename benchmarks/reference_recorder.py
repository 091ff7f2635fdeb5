"""Record, as a plugin of pytest, what stays behind each time a test runs.

``port_references.py`` copies this file beside the tests of a project.
"""

import gc
import json
import os
import sys

from _pytest.runner import runtestprotocol

_ROUNDS = 7
_WARM = 3
"""Rounds in which caches are filled, as those of ``re`` are."""

_TYPES = []
_LEFT = {}


def pytest_runtest_protocol(item, nextitem):  # noqa: ANN001, ANN201, ARG001 - pytest's
    """Run a test several times, and let pytest go on as usual."""
    if not _TYPES:
        _TYPES.extend(_subtypes(object, set()))
    before, grown = None, []
    for _ in range(_ROUNDS):
        if hasattr(item, "_initrequest"):
            item._initrequest()  # noqa: SLF001 - as pytest-rerunfailures does it
        # The next item is this one, so that pytest keeps fixtures of modules.
        runtestprotocol(item, nextitem=item, log=False)
        gc.collect()
        now = _counts()
        if before is not None:
            grown.append([new - old for new, old in zip(now, before)])
        before = now
    if hasattr(item, "_initrequest"):
        item._initrequest()  # noqa: SLF001
    # What stays behind does so each time: the least of the rounds tells it from chance.
    _LEFT[item.nodeid] = [min(each) for each in zip(*grown[_WARM - 1 :])]


def pytest_terminal_summary():  # noqa: ANN201 - of any pytest
    """Write what each test left behind into the file that the environment names."""
    with open(os.environ["RECORD"], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump({"left": _LEFT, "files": []}, file)


def _counts():  # noqa: ANN202
    """Return all references, if this Python counts them, those to types, and blocks."""
    return [
        getattr(sys, "gettotalrefcount", int)(),
        sum(map(sys.getrefcount, _TYPES)),
        sys.getallocatedblocks(),
    ]


def _subtypes(base, seen):  # noqa: ANN001, ANN202
    """Return all types, those of C among them."""
    for each in type.__subclasses__(base):
        if each not in seen:
            seen.add(each)
            _subtypes(each, seen)
    return seen
