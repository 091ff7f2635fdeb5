"""What ``abi3build init`` finds in a project, and what it would change there."""

from __future__ import annotations
