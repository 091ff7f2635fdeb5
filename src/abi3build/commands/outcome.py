"""What a subcommand gives back to the command line."""

from __future__ import annotations

from abi3build.light_typing import NamedTuple

__all__ = ["Outcome"]


class Outcome(NamedTuple):
    """Hold a command's result; only the command line prints it."""

    text: str
    """What goes to standard output, complete with its last newline."""

    status: int = 0
    notes: tuple[str, ...] = ()
    """Lines for standard error."""

    documents: tuple[str, ...] = ()
    """What goes to the files of ``--also``, in their order."""
