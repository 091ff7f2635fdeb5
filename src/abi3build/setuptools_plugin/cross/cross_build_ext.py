"""The mixin after ``BuildExtMixin`` in a build for another platform.

It keeps sources and options as they are, and changes what they are compiled with: the
commands, Python's headers, and the paths that would lead into this machine.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from abi3build.cross.target_files import join_slices, make_headers
from abi3build.cross.toolchain import find_toolchain, is_warm, mark_warm
from abi3build.cross.zig import windows_libraries
from abi3build.errors import UsageError
from abi3build.evidence.link_inputs import keep_link
from abi3build.import_libraries.import_objects import Machine
from abi3build.import_libraries.writing import write_import_library
from abi3build.platforms import System
from abi3build.setuptools_plugin.console import note, user_errors
from abi3build.setuptools_plugin.cross.host_paths import (
    refuse_host_paths,
    refuse_missing_libraries,
)
from abi3build.surroundings import words_of_variable
from abi3build.targets.target import TargetKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.cross.toolchain import Toolchain

__all__ = [
    "CrossBuildClibMixin",
    "CrossBuildExtMixin",
    "CrossBuildRustMixin",
    "direct_compiler",
]


def direct_compiler(
    compiler: Any,
    toolchain: Toolchain,
    environ: Mapping[str, str],
) -> None:
    """Replace every command of a compiler, without this Python's own options.

    The user's ``CFLAGS``, ``CPPFLAGS``, ``CXXFLAGS`` and ``LDFLAGS`` are kept, because
    only the user sets them.
    """
    before = [*toolchain.compile_options, *words_of_variable("CPPFLAGS", environ)]
    c = [*toolchain.c, *before, *words_of_variable("CFLAGS", environ)]
    cxx = [*toolchain.cxx, *before, *words_of_variable("CXXFLAGS", environ)]
    link = [*toolchain.link_options, *words_of_variable("LDFLAGS", environ)]
    commands = {
        "preprocessor": [*toolchain.c, "-E", *words_of_variable("CPPFLAGS", environ)],
        "compiler": c,
        "compiler_so": c,
        "compiler_cxx": cxx,
        "compiler_so_cxx": cxx,
        "linker_so": [*toolchain.c, *link],
        "linker_so_cxx": [*toolchain.cxx, *link],
        "linker_exe": [*toolchain.c],
        "linker_exe_cxx": [*toolchain.cxx],
    }
    if toolchain.archiver:
        commands["archiver"] = [*toolchain.archiver]
    # Older setuptools has no commands of its own for linking C++.
    known = {name for name in commands if name in compiler.executables}
    compiler.set_executables(**{name: commands[name] for name in sorted(known)})


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setuptools.command.build_clib import build_clib

    from abi3build.platforms import Platform
    from abi3build.setuptools_plugin.plan import Plan

    _Clib = build_clib
else:
    _Clib = object


class CrossBuildClibMixin(_Clib):
    """Compile the static libraries of a project for the platform of the plan."""

    plan: ClassVar[Plan]
    platform: ClassVar[Platform]

    def finalize_options(self) -> None:
        """Require the one kind of compiler whose commands can be replaced."""
        super().finalize_options()
        self.compiler = "unix"

    def build_libraries(self, libraries: list[Any]) -> None:
        """Build with the platform's compiler; one library cannot contain two slices.

        The compiler is set up before anything is compared with earlier inputs.
        """
        tag = self.platform.tag
        with user_errors():
            if len(self.platform.slices) > 1:
                message = (
                    f"the static library {libraries[0][0]} cannot be built for {tag} in"
                    " one piece: add its sources to the extension, or build one wheel"
                    " for each processor"
                )
                raise UsageError(message)
            settings = self.plan.settings
            toolchain = find_toolchain(self.platform, settings, os.environ)
            direct_compiler(self.compiler, toolchain, os.environ)
        folders = settings.settings_for(self.platform).include_dirs
        super().build_libraries(
            [(name, _with_headers(info, folders)) for name, info in libraries]
        )


def _with_headers(info: Mapping[str, Any], folders: Sequence[str]) -> dict[str, Any]:
    return {**info, "include_dirs": [*(info.get("include_dirs") or ()), *folders]}


class CrossBuildRustMixin:
    """Refuse Rust extensions: cargo and the target's linker are set up elsewhere."""

    plan: ClassVar[Plan]
    platform: ClassVar[Platform]

    def run(self) -> None:
        """End the build with what to do."""
        with user_errors():
            message = (
                f"Rust extensions cannot be built for {self.platform.tag} here: build"
                " them on that platform, or leave out -C target"
            )
            raise UsageError(message)


if TYPE_CHECKING:
    from collections.abc import Iterable

    from setuptools.command.build_ext import build_ext
    from setuptools.extension import Extension

    from abi3build.platforms import Platform
    from abi3build.setuptools_plugin.plan import Plan
    from abi3build.setuptools_plugin.watching import Watched

    _Base = build_ext
else:
    _Base = object

_HEADERS = "python-include"
_LIBRARIES = "python-libs"
_BELOW = ("include", "libs", "PC", "PCbuild")
_CXX = {".C", ".cc", ".cpp", ".cxx"}


class CrossBuildExtMixin(_Base):
    """Compile and link every extension for the platform of the plan."""

    plan: ClassVar[Plan]
    platform: ClassVar[Platform]
    _slice: Platform | None = None
    """The slice of a universal file that is being built."""

    _watched: Watched
    """The compiler's commands, as ``BuildExtMixin`` in front of this one keeps them."""

    def finalize_options(self) -> None:
        """Remove this machine's folders from the search paths."""
        super().finalize_options()
        own = _folders_of_this_python()
        kept = [path for path in self.include_dirs if path not in own]
        self.include_dirs = [*kept, str(Path(self.build_temp, _HEADERS))]
        self.library_dirs = [path for path in self.library_dirs if path not in own]
        # Microsoft's compiler, the default on Windows, has nothing to say elsewhere.
        self.compiler = "unix"
        if len(self.platform.slices) > 1:
            # Extensions side by side would share the one slice that is built.
            self.parallel = None

    def run(self) -> None:
        """Build, but never into the project's folder."""
        if self.inplace:
            message = (
                "an editable or in-place build is for this Python, but -C target says"
                f" {self.platform.tag}: leave out the target"
            )
            raise UsageError(message)
        super().run()

    def build_extensions(self) -> None:
        """Prepare what all extensions need; say so if the first build takes long."""
        settings, temporary = self.plan.settings, Path(self.build_temp)
        self._toolchains = {
            each: find_toolchain(each, settings, os.environ)
            for each in self.platform.slices
        }
        self._announce_warming()
        make_headers(Path(sysconfig.get_path("include")), temporary / _HEADERS)
        if self.platform.is_windows:
            target = self.plan.target
            write_import_library(
                temporary / _LIBRARIES,
                target.floor,
                _machine(self.platform),
                abi3t=target.kind is TargetKind.ABI3T,
            )
        # Before any extension is compared with what it was made of.
        self._direct(self.platform.slices[0])
        self.check_extensions_list(self.extensions)
        for ext in self.extensions:
            self._configure_for_platform(ext)
        super().build_extensions()

    def build_extension(self, ext: Extension) -> None:
        """Build one extension, once for each slice of its file."""
        # Again: a project's own class may have added to it.
        self._configure_for_platform(ext)
        slices = self.platform.slices
        if len(slices) == 1:
            super().build_extension(ext)
        else:
            final = self.get_ext_fullpath(ext.name)
            images = [self._build_slice(ext, each, final) for each in slices]
            self._direct(slices[0])
            Path(final).parent.mkdir(parents=True, exist_ok=True)
            Path(final).write_bytes(join_slices(images))
        for toolchain in self._toolchains.values():
            mark_warm(toolchain, os.environ, cxx=_is_cxx(ext))

    def get_ext_fullpath(self, ext_name: str) -> str:
        """Put the slices of a universal file beside their objects."""
        path: str = super().get_ext_fullpath(ext_name)
        if self._slice is None:
            return path
        return str(Path(self.build_temp, Path(path).relative_to(self.build_lib)))

    def get_libraries(self, ext: Extension) -> list[str]:  # type: ignore[override] # types-setuptools
        """Link Python's library if the target needs one, whatever the host does."""
        if not self.platform.is_windows:
            return list(ext.libraries)
        is_abi3t = self.plan.target.kind is TargetKind.ABI3T
        return [*ext.libraries, "python3t" if is_abi3t else "python3"]

    def _direct(self, each: Platform) -> None:
        direct_compiler(self.compiler, self._toolchains[each], os.environ)

    def _build_slice(self, ext: Extension, each: Platform, final: str) -> bytes:
        """Build one slice of a file, always from scratch; return its content."""
        temporary = self.build_temp
        self._slice, self.build_temp = each, str(Path(temporary, each.machine))
        try:
            self._direct(each)
            path = Path(self.get_ext_fullpath(ext.name))
            # What an earlier one was made of is known of the whole file alone.
            path.unlink(missing_ok=True)
            super().build_extension(ext)
            # The slices are linked of the same units, so one tells for the file.
            self._tell_for(str(path), final)
            return path.read_bytes()
        finally:
            self._slice, self.build_temp = None, temporary

    def _tell_for(self, path: str, final: str) -> None:
        """Use the evidence of a slice's link for the whole file."""
        slice_, whole = map(os.path.abspath, (path, final))
        watched = self._watched
        if slice_ in watched.links:
            watched.links[whole] = watched.links[slice_]
        if slice_ in watched.linked and watched.watch is not None:
            link = watched.linked[slice_]._replace(output=final)
            watched.linked[whole] = link
            keep_link(watched.watch.build_temp, link)

    def _configure_for_platform(self, ext: Extension) -> None:
        platform = self.platform
        refuse_host_paths(ext, platform)
        own = self.plan.settings.settings_for(platform)
        ext.include_dirs = _joined(ext.include_dirs, own.include_dirs)
        ext.library_dirs = _joined(ext.library_dirs, own.library_dirs)
        if platform.system is System.MACOS:
            # Without it the path in the build folder becomes the library's name.
            name = Path(self.get_ext_fullpath(ext.name)).name
            option = f"-Wl,-install_name,@rpath/{name}"
            ext.extra_link_args = _joined(ext.extra_link_args, [option])
        if platform.is_windows:
            libraries = Path(self.build_temp, _LIBRARIES)
            ext.library_dirs = _joined(ext.library_dirs, [str(libraries)])
            # lld leaves an import library beside the DLL, which would be packed.
            stray = libraries / f"{ext.name}.stray.lib"
            option = f"-Wl,--out-implib,{stray}"
            ext.extra_link_args = _joined(ext.extra_link_args, [option])
        toolchain = self._toolchains[platform.slices[0]]
        if toolchain.zig is not None and ext.libraries:
            # Another compiler may have folders of its own.
            folders = [*ext.library_dirs, *self.library_dirs]
            brought = windows_libraries(toolchain.zig) if platform.is_windows else ()
            refuse_missing_libraries(ext, platform, folders, brought)

    def _announce_warming(self) -> None:
        languages = {_is_cxx(ext) for ext in self.extensions}
        cold = any(
            not is_warm(toolchain, os.environ, cxx=cxx)
            for toolchain in self._toolchains.values()
            for cxx in languages
        )
        if cold:
            how_long = "one to three minutes" if self.platform.is_windows else "seconds"
            note(
                f"zig is warming its cache for {self.platform.tag}: this build takes"
                f" {how_long} longer than later ones"
            )


def _folders_of_this_python() -> set[str]:
    """Return the folders that distutils adds itself, which are for this platform."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    below = {os.path.join(each, name) for each in prefixes for name in _BELOW}
    named = {sysconfig.get_config_var("LIBDIR")}
    named |= {sysconfig.get_path(name) for name in ("include", "platinclude")}
    return prefixes | below | {path for path in named if path}


def _machine(platform: Platform) -> Machine:
    label = "x86" if platform.machine == "i686" else platform.machine
    return next(each for each in Machine if each.value.label == label)


def _is_cxx(ext: Extension) -> bool:
    suffixes = {Path(source).suffix for source in ext.sources}
    return ext.language == "c++" or bool(suffixes & _CXX)


def _joined(first: Iterable[str], then: Iterable[str]) -> list[str]:
    """Append the missing items: extensions are configured more than once."""
    kept = list(first)
    return kept + [each for each in then if each not in kept]
