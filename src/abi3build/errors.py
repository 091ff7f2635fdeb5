"""Every error that a user can cause: its text and its exit status.

Code raises these; only the edges (``cli`` and ``setuptools_plugin.edge``) print
them.  The exit statuses are part of the command line's contract:
0 kept, 1 findings, 2 wrong usage or settings, 3 unreadable input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar

__all__ = [
    "Abi3BuildError",
    "BrokenPromiseError",
    "BuilderError",
    "ExtensionLostError",
    "MalformedError",
    "SettingsError",
    "TargetsError",
    "UnreadableError",
    "UsageError",
]


class Abi3BuildError(Exception):
    """Report a mistake in the input or its surroundings, never a bug in abi3build.

    The text is complete by itself: it contains the user's own value and ends with the
    next step.  Lines after the first are details of the first.
    """

    exit_status: ClassVar[int] = 2

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the messages to print, each of which may span several lines."""
        return (str(self),)


class SettingsError(Abi3BuildError):
    """Report all errors in the settings at once, one message each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return one message for each error, in the order in which they were found."""
        return self.faults


class UsageError(Abi3BuildError):
    """Report a command line or a configuration that cannot be carried out."""


class BuilderError(Abi3BuildError):
    """Report an interpreter that cannot build what the settings promise."""


class ExtensionLostError(Abi3BuildError):
    """Report an extension that the wheel would silently lack (rule ABI605)."""

    exit_status = 1


class BrokenPromiseError(Abi3BuildError):
    """Report a wheel or an extension that does not keep its promise."""

    exit_status = 1


class TargetsError(Abi3BuildError):
    """Report platforms for which no wheel was built; each was reported before."""

    exit_status = 1


class UnreadableError(Abi3BuildError):
    """Report an input that cannot be read at all."""

    exit_status = 3


class MalformedError(Abi3BuildError):
    """Report bytes that are not what their magic number says.

    Readers raise it with a short lower-case text; the audit turns it into a
    finding of rule ABI801.
    """

    exit_status = 3
