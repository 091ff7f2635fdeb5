"""What was seen of one trial, before anybody judges it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.trials.processes import Ended

__all__ = ["Frame", "ImportEnd", "ImportSeen", "Observation"]


class ImportEnd(Enum):
    """Say how one import ended."""

    IMPORTED = "imported"
    RAISED = "raised"
    DIED = "died"
    """The process ended before the import did."""

    DIED_AT_EXIT = "died at exit"
    """The process crashed, or did not end, after the last of its imports."""

    NO_PYTHON = "no Python"
    """The process ended before it came to any import."""

    TOOK_TOO_LONG = "took too long"


@dataclass(frozen=True)
class Frame:
    """Name a place in Python code."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class ImportSeen:
    """Hold how the import of one module ended, in the words of those who saw it."""

    module: str
    """Empty where the process came to its end in another way than it should."""

    end: ImportEnd
    status: int | None = 0
    """The exit status of a process that died; None where its time was over."""

    error: str = ""
    """The exception as Python prints it, or Python's own last words."""

    frame: Frame | None = None
    """The innermost Python frame, importlib's aside."""


@dataclass(frozen=True)
class Observation:
    """Hold what came of each step; a step that was not reached is None or empty."""

    environment_fault: str = ""
    """Why there is no environment."""

    install: Ended | None = None
    imports: tuple[ImportSeen, ...] = ()
    command: Ended | None = None
    command_fault: str = ""
    """Why the command could not be started."""

    seconds: float = 0.0
