"""Make the modules of a wheel come from where it was installed, and nowhere else.

A copy of this module goes into the environment of a trial, whose Python loads it when
it starts.  ``pytest`` and ``python test.py`` put folders of the project first on the
path, which may contain its sources.  It is run by every Python that a wheel admits, so
it uses only what 3.6 knows.
"""

import importlib.machinery
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class InstalledFirst:
    """Find some modules in one folder; all others are left to who comes next."""

    def __init__(self, names: "Sequence[str]", folder: str) -> None:
        self._names = frozenset(names)
        self._folder = folder

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> "importlib.machinery.ModuleSpec | None":
        """Find a module by its name, for the import system."""
        del path, target
        if name not in self._names:
            return None
        return importlib.machinery.PathFinder.find_spec(name, [self._folder])


def put_first(*names: str) -> None:
    """Make Python look next to this file first for these top-level modules."""
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - quick
    sys.meta_path.insert(0, InstalledFirst(names, folder))
