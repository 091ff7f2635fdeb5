"""Build extension wheels for CPython's stable ABI and prove that they keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["__version__"]

__version__ = "0.2.0"

_HOOKS = ("build_", "get_requires_for_build_", "prepare_metadata_for_build_")

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Return a hook of a build backend, for ``build-backend = "abi3build"``.

        They are in ``abi3build.build_meta``, which loads setuptools.
        """
        if name.startswith(_HOOKS) and name != "build_meta":
            from importlib import import_module

            return getattr(import_module("abi3build.build_meta"), name)
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
