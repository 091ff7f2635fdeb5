"""The mixins for the commands that build: which command gets which, and the small ones.

``command_classes`` puts them in front of a project's own classes.
"""

from __future__ import annotations

import os
from contextlib import nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from abi3build.setuptools_plugin.build_ext import BuildExtMixin
from abi3build.setuptools_plugin.build_lock import build_lock
from abi3build.setuptools_plugin.compat_header import needs_header, refuse_compat
from abi3build.setuptools_plugin.console import user_errors
from abi3build.setuptools_plugin.jobs_at_once import jobs_at_once
from abi3build.setuptools_plugin.side_by_side import (
    compiling_side_by_side,
    why_one_command,
)
from abi3build.setuptools_plugin.stamps import (
    digests_of,
    ingredients,
    is_current,
    read_stamp,
    remove_stamp,
    write_stamp,
)
from abi3build.setuptools_plugin.watching import (
    evidence_macros,
    evidence_options,
    leaves_evidence,
    make_watch,
    watch_compiler,
)

if TYPE_CHECKING:
    from abi3build.setuptools_plugin.plan import Plan
    from abi3build.setuptools_plugin.watching import Watched

__all__ = ["BuildClibMixin", "BuildMixin", "BuildRustMixin", "mixins_of"]

if TYPE_CHECKING:
    from setuptools.command.build import build

    from abi3build.setuptools_plugin.plan import Plan

    _BuildBase = build
else:
    _BuildBase = object


class BuildMixin(_BuildBase):
    """Keep what is built for one target apart from what is built for another."""

    plan: ClassVar[Plan]
    _owns_lib = False

    def finalize_options(self) -> None:
        """Add the target to the names of folders that setuptools chose itself."""
        own_platlib = self.build_platlib is None
        own_lib = self.build_lib is None
        if self._is_editable():
            # The front end's is temporary, and would lose all objects.
            self.build_temp = None
        own_temp = self.build_temp is None
        super().finalize_options()
        name = self.plan.folder_suffix
        if own_lib and self.build_lib == self.build_platlib:
            self.build_lib += name
        if own_platlib:
            self.build_platlib += name
        if own_temp:
            self.build_temp += name
        self._owns_lib = own_lib

    def run(self) -> None:
        """Build into a folder that contains nothing stale from earlier builds.

        setuptools copies files into it and removes none, so a module or a data file
        that was removed from the project would stay in the wheel.
        """
        with build_lock(Path(self.build_base)):
            if self._owns_lib and self.distribution.has_ext_modules():
                _remove_others(Path(self.build_lib), self._extension_files())
            super().run()

    def _is_editable(self) -> bool:
        command = self.distribution.get_command_obj("build_ext", create=False)
        return bool(getattr(command, "editable_mode", False))

    def _extension_files(self) -> set[Path]:
        """Return the files that build_ext makes again if they are out of date."""
        command = self.get_finalized_command("build_ext")
        if not isinstance(command, BuildExtMixin):
            return set()
        return {path.absolute() for path in command.places()}


def _remove_others(folder: Path, kept: set[Path]) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            # Those that still hold something stay.
            with suppress(OSError):
                path.rmdir()
        elif path.absolute() not in kept:
            path.unlink()


if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from setuptools.command.build_clib import build_clib

    from abi3build.setuptools_plugin.plan import Plan

    _BuildClibBase = build_clib
else:
    _BuildClibBase = object


class BuildClibMixin(_BuildClibBase):
    """Compile the project's static libraries for the target of the plan."""

    plan: ClassVar[Plan]
    _watched: Watched | None = None

    def build_libraries(self, libraries: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Build each library with the macro, and again if something changed."""
        with user_errors():
            plan = self.plan
            refuse_compat(plan, self.compiler)
            if plan.target.is_stable and leaves_evidence(self.compiler):
                watched = needs_header(plan)
                if watched:
                    watch = make_watch(Path(self.build_temp), plan)
                    self._watched = watch_compiler(self.compiler, watch)
                libraries = [
                    (name, _limited(info, plan, watched=watched))
                    for name, info in libraries
                ]
            self._build_all(libraries)

    def _build_all(self, libraries: Sequence[tuple[str, dict[str, Any]]]) -> None:
        setting, asked = self.plan.settings.parallel, self._asked_jobs()
        jobs = jobs_at_once(setting, asked, os.environ)
        pooled: AbstractContextManager[object] = nullcontext()
        if jobs > 1 and not why_one_command(self.compiler):
            watched = self._watched or watch_compiler(self.compiler)
            pooled = compiling_side_by_side(self.compiler, watched, jobs)
        with pooled:
            for name, info in libraries:
                self._build_afresh(name, info)

    def _asked_jobs(self) -> object:
        """Return the number of jobs set for extensions; there is no other setting."""
        command = self.distribution.get_command_obj("build_ext")
        asked = getattr(command, "parallel", None)
        if asked is None:
            asked = getattr(self.get_finalized_command("build"), "parallel", None)
        # It is still a text if that command comes later.
        return int(asked) if isinstance(asked, str) and asked.isdecimal() else asked

    def _build_afresh(self, name: str, info: dict[str, Any]) -> None:
        build_temp = Path(self.build_temp)
        sources = sorted(info.get("sources") or ())
        names = self.compiler.object_filenames(sources, output_dir=self.build_temp)
        objects = list(map(Path, names))
        made_of = ingredients(SimpleNamespace(**info), self.compiler, name)
        stamp = f"library {name}"
        if not is_current(read_stamp(build_temp, stamp), made_of):
            remove_stamp(build_temp, stamp)
            # It may have members that are no more, or be half written.
            self._archive(name).unlink(missing_ok=True)
            for path in objects:
                # setuptools compiles what is old, unless the unit is as it was.
                if path.exists():
                    os.utime(path, (0, 0))
        super().build_libraries([(name, info)])
        known = self._watched.units if self._watched is not None else {}
        units = [known.get(os.path.abspath(path)) for path in names]
        seen = [unit for unit in units if unit is not None]
        if len(seen) < len(units) or any(unit.has_hidden_inputs for unit in seen):
            # It was up to date, or what it was made of is not known.
            return
        files = {file for unit in seen for file in unit.all_files}
        folders = {folder for unit in seen for folder in unit.all_folders}
        write_stamp(build_temp, stamp, made_of, digests_of(sorted(files)), folders)

    def _archive(self, name: str) -> Path:
        folder = str(self.build_clib)
        return Path(self.compiler.library_filename(name, output_dir=folder))


def _limited(info: dict[str, Any], plan: Plan, *, watched: bool) -> dict[str, Any]:
    macros = [*(info.get("macros") or ()), *plan.target.macros]
    options = list(info.get("cflags") or ())
    if watched:
        macros += evidence_macros(plan)
        options = [*evidence_options(info.get("sources") or ()), *options]
    return {**info, "macros": macros, "cflags": options}


class BuildRustMixin:
    """Name the files of Rust extensions so that every promised Python loads them."""

    plan: ClassVar[Plan]

    def get_dylib_ext_path(self, ext: object, target_fname: str) -> str:
        """Keep the path but for a stable-ABI suffix, which becomes the target's."""
        given: str = super().get_dylib_ext_path(ext, target_fname)  # type: ignore[misc] # a mixin
        path, target = Path(given), self.plan.target
        stem, _, infix = path.name.partition(".")
        if not target.is_stable or not infix.startswith("abi3"):
            return given
        return str(path.with_name(stem + target.suffix))


_MIXINS: dict[str, tuple[type, ...]] = {
    "build": (BuildMixin,),
    "build_clib": (BuildClibMixin,),
    "build_ext": (BuildExtMixin,),
    "build_rust": (BuildRustMixin,),
}


def mixins_of(command: str, plan: Plan) -> tuple[type, ...]:
    """Return the mixins to put in front of a command's class; most have none."""
    if plan.platform is None:
        return _MIXINS.get(command, ())
    # Zig and import libraries would be loaded in every build.
    from abi3build.setuptools_plugin.cross.cross_build_ext import (
        CrossBuildClibMixin,
        CrossBuildExtMixin,
        CrossBuildRustMixin,
    )

    crossing: dict[str, tuple[type, ...]] = {
        **_MIXINS,
        "build_clib": (CrossBuildClibMixin, BuildClibMixin),
        "build_ext": (BuildExtMixin, CrossBuildExtMixin),
        "build_rust": (CrossBuildRustMixin,),
    }
    return crossing.get(command, ())
