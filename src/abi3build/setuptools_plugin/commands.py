"""Put small mixins in front of whatever command classes a project has.

The classes are asked of the distribution when a command is first needed.  That door
is later than ``setup(cmdclass=...)``, ``[tool.setuptools.cmdclass]`` and every other
plugin, so none of them can replace the mixins without being seen.
"""

from __future__ import annotations

from abi3build.light_typing import TYPE_CHECKING
from abi3build.setuptools_plugin.bdist_wheel import BdistWheelMixin
from abi3build.setuptools_plugin.build import BuildMixin
from abi3build.setuptools_plugin.build_clib import BuildClibMixin
from abi3build.setuptools_plugin.build_ext import BuildExtMixin
from abi3build.setuptools_plugin.build_rust import BuildRustMixin
from abi3build.setuptools_plugin.cross.build_ext import CrossBuildExtMixin
from abi3build.setuptools_plugin.cross.others import (
    CrossBuildClibMixin,
    CrossBuildRustMixin,
)

if TYPE_CHECKING:
    from setuptools import Command, Distribution

    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["extend_commands"]

_MIXINS: dict[str, tuple[type, ...]] = {
    "bdist_wheel": (BdistWheelMixin,),
    "build": (BuildMixin,),
    "build_clib": (BuildClibMixin,),
    "build_ext": (BuildExtMixin,),
    "build_rust": (BuildRustMixin,),
}

_CROSS_MIXINS: dict[str, tuple[type, ...]] = {
    **_MIXINS,
    "build_clib": (CrossBuildClibMixin, BuildClibMixin),
    "build_ext": (BuildExtMixin, CrossBuildExtMixin),
    "build_rust": (CrossBuildRustMixin,),
}
"""Those of a build for another platform."""


def extend_commands(distribution: Distribution, plan: Plan) -> None:
    """Make a distribution answer with extended command classes from now on."""
    project_class = distribution.get_command_class
    extended: dict[type, type[Command]] = {}

    def get_command_class(command: str) -> type[Command]:
        """Give the project's class of a command with our mixins in front."""
        base = project_class(command)
        table = _MIXINS if plan.platform is None else _CROSS_MIXINS
        mixins = table.get(command, ())
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
