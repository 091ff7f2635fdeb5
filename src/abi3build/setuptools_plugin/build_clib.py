"""The mixin in front of a project's ``build_clib``: static libraries that use Python.

They end in the project's extensions, so they are compiled under the same limit.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

from abi3build.evidence.link_inputs import dependencies_of
from abi3build.light_typing import TYPE_CHECKING
from abi3build.settings.model import Verify
from abi3build.setuptools_plugin.edge import user_errors
from abi3build.setuptools_plugin.evidence import (
    evidence_macros,
    evidence_options,
    leaves_evidence,
    make_header,
)
from abi3build.setuptools_plugin.freshness.ingredients import ingredients
from abi3build.setuptools_plugin.freshness.stamps import (
    is_current,
    read_stamp,
    write_stamp,
)
from abi3build.setuptools_plugin.watching import watch_compiler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setuptools.command.build_clib import build_clib

    from abi3build.setuptools_plugin.plan import Plan

    _Base = build_clib
else:
    _Base = object

__all__ = ["BuildClibMixin"]


class BuildClibMixin(_Base):
    """Compile the project's static libraries for the target of the plan."""

    plan: ClassVar[Plan]

    def build_libraries(self, libraries: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Build each library with the macro, and anew where something changed."""
        with user_errors():
            plan = self.plan
            if plan.target.is_stable and leaves_evidence(self.compiler):
                watched = plan.settings.verify is not Verify.OFF
                if watched:
                    folder = make_header(Path(self.build_temp))
                    watch_compiler(self.compiler, folder)
                libraries = [
                    (name, _limited(info, plan, watched=watched))
                    for name, info in libraries
                ]
            for name, info in libraries:
                self._build_afresh(name, info)

    def _build_afresh(self, name: str, info: dict[str, Any]) -> None:
        build_temp = Path(self.build_temp)
        sources = sorted(info.get("sources") or ())
        names = self.compiler.object_filenames(sources, output_dir=self.build_temp)
        objects = list(map(Path, names))
        made_of = ingredients(SimpleNamespace(**info), self.compiler, name)
        stamp = f"library {name}"
        if not is_current(read_stamp(build_temp, stamp), made_of):
            for path in objects:
                path.unlink(missing_ok=True)
        super().build_libraries([(name, info)])
        files = {Path(file) for path in objects for file in dependencies_of(path)}
        write_stamp(build_temp, stamp, made_of, sorted(files), ())


def _limited(info: dict[str, Any], plan: Plan, *, watched: bool) -> dict[str, Any]:
    macros = [*(info.get("macros") or ()), *plan.target.macros]
    options = list(info.get("cflags") or ())
    if watched:
        macros += evidence_macros(plan)
        options = [*evidence_options(info.get("sources") or ()), *options]
    return {**info, "macros": macros, "cflags": options}
