"""Put mixins in front of the command classes of a project.

The distribution is asked for a class when a command is first needed.  That is later
than ``setup(cmdclass=...)``, ``[tool.setuptools.cmdclass]`` and every other plugin, so
none of them can replace the mixins unnoticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setuptools import Command, Distribution

    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["METADATA_COMMANDS", "extend_commands"]

METADATA_COMMANDS = frozenset({"dist_info", "egg_info"})
"""The commands by which front ends ask for metadata before they build anything."""

_THAT_BUILD = "build"
"""How the names of all commands begin that compile, and of some that do not."""


def extend_commands(distribution: Distribution, plan: Plan) -> None:
    """Make a distribution return extended command classes from now on."""
    project_class = distribution.get_command_class
    extended: dict[type, type[Command]] = {}

    def get_command_class(command: str) -> type[Command]:
        """Return the project's class of a command with our mixins in front."""
        base = project_class(command)
        mixins = _mixins(command, plan, distribution)
        if not mixins or issubclass(base, mixins[0]):
            return base
        if base not in extended:
            members = {
                "plan": plan,
                "platform": plan.platform,
                "__module__": base.__module__,
            }
            extended[base] = type(base.__name__, (*mixins, base), members)
        return extended[base]

    distribution.get_command_class = get_command_class  # type: ignore[assignment,method-assign]


def _mixins(command: str, plan: Plan, distribution: Distribution) -> tuple[type, ...]:
    """Import the mixins that are needed, which takes longer than writing metadata."""
    if command == "bdist_wheel":
        from abi3build.setuptools_plugin.bdist_wheel import BdistWheelMixin

        return (BdistWheelMixin,)
    if not command.startswith(_THAT_BUILD) or _builds_nothing(distribution):
        return ()
    from abi3build.setuptools_plugin.commands import mixins_of

    return mixins_of(command, plan)


def _builds_nothing(distribution: Distribution) -> bool:
    """Tell whether only metadata is requested, with setuptools' own commands.

    Those ask ``build_ext`` for its sources; those of a project could build something.
    """
    # It is missing if a script runs commands by itself.
    asked = getattr(distribution, "commands", ())
    return bool(asked) and all(
        command in METADATA_COMMANDS
        and distribution.cmdclass[command].__module__.startswith("setuptools.")
        for command in asked
    )
