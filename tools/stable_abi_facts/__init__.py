"""The sources of the data files in ``abi3build.stable_abi``: one module for each."""

from __future__ import annotations
