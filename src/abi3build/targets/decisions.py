"""The decision what a build makes, taken for many interpreters."""

from __future__ import annotations

from dataclasses import dataclass

from abi3build.errors import BuilderError
from abi3build.light_typing import TYPE_CHECKING
from abi3build.targets.target import decide_target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi3build.settings.model import Settings
    from abi3build.targets.interpreters import Interpreter
    from abi3build.targets.target import Target

__all__ = ["Decision", "decide_targets"]


@dataclass(frozen=True)
class Decision:
    """Say what one interpreter makes, or why it makes nothing."""

    interpreter: Interpreter
    target: Target | None
    refusal: str = ""


def decide_targets(
    settings: Settings, interpreters: Iterable[Interpreter]
) -> tuple[Decision, ...]:
    """Decide for each interpreter as a build with it would."""
    return tuple(_decide(settings, interpreter) for interpreter in interpreters)


def _decide(settings: Settings, interpreter: Interpreter) -> Decision:
    try:
        return Decision(interpreter, decide_target(settings, interpreter.builder))
    except BuilderError as error:
        return Decision(interpreter, None, str(error))
