"""Hold what a project says of the wheel's tag against the floor."""

from __future__ import annotations

from abi3build.errors import UsageError
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setuptools import Distribution

    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["refuse_other_tag", "refuse_other_tag_option"]


def refuse_other_tag(place: str, given: object, plan: Plan) -> None:
    """Refuse a ``py_limited_api`` of ``bdist_wheel`` that is not the floor's tag.

    Raise ``UsageError`` that names both places.
    """
    if not given or not plan.target.is_stable or given == plan.target.floor.tag:
        return
    message = (
        f'{place} sets bdist_wheel.py_limited_api to "{given}", and'
        f" {plan.floor_source} says {plan.target.floor}: remove the former, abi3build"
        " sets it"
    )
    raise UsageError(message)


def refuse_other_tag_option(distribution: Distribution, plan: Plan) -> None:
    """Refuse such an option in ``setup.cfg``, ``pyproject.toml`` or the command line.

    Other plugins make macros of it, extension-helpers for one, so it is looked at
    before the macros are: the message is about what the user wrote.
    """
    option = distribution.get_option_dict("bdist_wheel").get("py_limited_api")
    if option is not None:
        place, given = option
        refuse_other_tag(place, given, plan)
