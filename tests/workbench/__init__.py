"""Build and try extension wheels on the real Pythons of a machine.

The demo and the tests share it; nothing of abi3build itself is imported here.
"""

from __future__ import annotations
