"""The mixin in front of a project's ``build_ext``: macro, flag and file name."""

from __future__ import annotations

import os
from filecmp import cmp
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from abi3build.errors import Abi3BuildError, ExtensionLostError, UsageError
from abi3build.evidence.link_inputs import settle_link
from abi3build.settings.model import OptionalExtensions
from abi3build.setuptools_plugin.build_lock import build_lock
from abi3build.setuptools_plugin.compat_header import needs_header, refuse_compat
from abi3build.setuptools_plugin.console import choices, note, user_errors, warn
from abi3build.setuptools_plugin.cross.cross_wheels import refuse_several
from abi3build.setuptools_plugin.extension import (
    configure_extension,
    keep_sized_formats,
    refuse_defined_macros,
    refuse_no_sources,
    refuse_other_tag_option,
    refuse_unable_tools,
)
from abi3build.setuptools_plugin.fresh_outputs import remember, remove_stale
from abi3build.setuptools_plugin.module_suffixes import is_made, suffix_of_python
from abi3build.setuptools_plugin.parallel_build import ParallelBuildMixin
from abi3build.setuptools_plugin.plan import check_report
from abi3build.setuptools_plugin.side_by_side import why_not_by_setuptools
from abi3build.setuptools_plugin.stale_flavors import (
    remember_files,
    remove_other_flavors,
)
from abi3build.setuptools_plugin.stamps import ingredients
from abi3build.setuptools_plugin.verification import verify_files
from abi3build.setuptools_plugin.watching import (
    collect_evidence,
    leaves_evidence,
    make_watch,
    watch_compiler,
)
from abi3build.setuptools_plugin.windows_linking import (
    provide_library,
    set_microsoft_options,
    stable_libraries,
)
from abi3build.versions import PythonVersion
from abi3build.wheels.wheel import parse_module_file

__all__ = ["BuildExtMixin"]


if TYPE_CHECKING:
    from collections.abc import Iterable

    from setuptools.extension import Extension

    from abi3build.setuptools_plugin.plan import Plan


_FIRST_MODULE_EXPORT = PythonVersion(3, 15)

_EDITABLE_FOLDER = "abi3build-editable"
"""Where editable builds keep their modules, below the build's own folder."""

_OPTIONAL_HINT = (
    '; it is optional, and optional = "allow" would ship the wheel without it'
)


class BuildExtMixin(ParallelBuildMixin):
    """Build every extension for the target of the plan."""

    plan: ClassVar[Plan]

    def finalize_options(self) -> None:
        """Configure the extensions before setuptools derives file names from them."""
        with user_errors():
            refuse_other_tag_option(self.distribution, self.plan)
            self._configure(self.distribution.ext_modules or ())
            super().finalize_options()
            # A project's own class may declare extensions as late as here.
            self._configure(self.extensions or ())
            refuse_defined_macros(self.define or [], self.plan)
        if self._may_keep_modules():
            self.build_lib = str(Path(self.build_temp, _EDITABLE_FOLDER))

    def _may_keep_modules(self) -> bool:
        """Tell whether modules may be built elsewhere and then copied to the sources.

        The folder that setuptools makes for an editable build is temporary, so all
        modules would be linked again.  Only its strict mode looks for them there.
        """
        build = self.get_finalized_command("build")
        wheel = self.distribution.get_command_obj("editable_wheel", create=False)
        mode = str(getattr(wheel, "mode", None) or "")
        # A class of distutils has no such mode, and many projects still have one.
        is_editable = bool(getattr(self, "editable_mode", False))
        is_asked = is_editable and mode.lower() != "strict"
        return is_asked and self.build_lib == vars(build)["build_lib"]

    def run(self) -> None:
        """Build; then check the modules if no wheel will be made from them."""
        with user_errors():
            refuse_several(self.plan.settings)
            # Rust extensions are not among ours, but the distribution knows of them.
            if self.extensions or self.distribution.has_ext_modules():
                self._announce()
            with build_lock(self._build_base()):
                check_report(self.plan)
                self._run_alone()

    def _run_alone(self) -> None:
        places, base = self.places(), self._build_base()
        for other in remove_other_flavors(places, base):
            note(f"removed {other}, an earlier build of the same module")
        super().run()
        lost = self.lost_modules()
        if lost:
            warn(f"left out, because it did not compile: {', '.join(lost)}; see above")
        if self.inplace:
            paths = [Path(output) for output in self.get_outputs()]
            built = [path for path in paths if path.exists()]
            remember_files(places, base)
            verify_files(self.plan, built, Path(self.build_temp))

    def build_extensions(self) -> None:
        """Watch the compiler to be able to explain failures, and build in parallel."""
        self._refuse_impossible()
        refuse_compat(self.plan, self.compiler)
        watch = None
        if self._is_watched():
            watch = make_watch(Path(self.build_temp), self.plan)
        folder = Path(self.build_temp) if self._is_asked_for_evidence() else None
        self._watched = watch_compiler(self.compiler, watch, folder)
        super().build_extensions()

    def build_extension(self, ext: Extension) -> None:
        """Build one extension and never lose it silently (rule ABI605)."""
        with user_errors():
            self.build_one(ext)

    def build_one(self, ext: Extension) -> None:
        """Build one extension; let its error through unchanged."""
        super().build_one(ext)
        configure_extension(ext, self.plan)
        self._prepare_linking(ext)
        try:
            self._build_afresh(ext)
        except Abi3BuildError:
            raise
        except Exception as fault:
            if not self._must_be_stable():
                raise
            raise self._lost(ext, fault) from fault

    def copy_extensions_to_source(self) -> None:
        """Copy the modules beside the sources, and replace incomplete copies.

        setuptools does not replace newer files, even if a copy was interrupted.
        """
        for ext, place in zip(self.extensions, self.places()):
            name: str = self.get_ext_fullname(ext.name)
            built = Path(self.build_lib, self.get_ext_filename(name))
            if (
                built.exists()
                and place.exists()
                and not cmp(built, place, shallow=False)
            ):
                place.unlink()
        super().copy_extensions_to_source()

    def get_ext_filename(self, fullname: str) -> str:
        """Name the file so that every promised Python loads it.

        The name that a project's class or setuptools chooses is kept, except for a
        suffix that Python itself provides: on 3.15, setuptools uses the one that only
        3.15 looks for.  A name such as ``libfast.so`` or ``ops.so.1`` is opened by the
        project's own code, and every Python loads it.
        """
        filename: str = super().get_ext_filename(fullname)  # type: ignore[no-untyped-call] # types-setuptools
        if not self.plan.target.is_stable or not self._is_module(fullname):
            return filename
        suffix = suffix_of_python(filename, self.plan.builder.extension_suffix)
        if not suffix:
            return filename
        return filename[: -len(suffix)] + self.plan.target.suffix

    def get_export_symbols(self, ext: Extension) -> list[str]:  # type: ignore[override] # types-setuptools
        """Do not require Windows linkers to export a function that the module may lack.

        setuptools always exports ``PyInit_``.  From 3.15 on, a module may have
        ``PyModExport_`` only (https://peps.python.org/pep-0793/), and the macros
        ``PyMODINIT_FUNC`` and ``PyMODEXPORT_FUNC`` export the functions themselves.
        """
        target = self.plan.target
        if target.is_stable and target.floor >= _FIRST_MODULE_EXPORT:
            return list(ext.export_symbols)
        exported: list[str] = super().get_export_symbols(ext)  # type: ignore[no-untyped-call] # types-setuptools
        return exported

    def get_libraries(self, ext: Extension) -> list[str]:  # type: ignore[override] # types-setuptools
        """Replace the library of one Python version with that of the stable ABI."""
        libraries: list[str] = super().get_libraries(ext)
        if self._links_library():
            return stable_libraries(libraries, self.plan)
        return libraries

    def declared_modules(self) -> tuple[str, ...]:
        """Return the dotted names of the extension modules that this command builds."""
        return tuple(name for name in self._module_names() if not self._own_file(name))

    def declared_files(self) -> tuple[str, ...]:
        """Return the wheel's paths, with slashes, of files not named like modules."""
        return tuple(filter(None, map(self._own_file, self._module_names())))

    def _module_names(self) -> list[str]:
        names = (self.get_ext_fullname(ext.name) for ext in self.extensions)
        return sorted(name for name in names if self._is_module(name))

    def _own_file(self, name: str) -> str:
        file = Path(self.get_ext_filename(name)).as_posix()
        module = parse_module_file(file)
        is_named = module is not None and module.name == name.rpartition(".")[2]
        return "" if is_named else file

    def lost_modules(self) -> tuple[str, ...]:
        """Return the dotted names of declared modules that were not built.

        setuptools leaves out optional ones that do not compile, and so do some
        projects' own classes.
        """
        from setuptools.extension import Extension, Library

        return tuple(
            sorted(
                self.get_ext_fullname(ext.name)
                for ext in self.extensions
                if isinstance(ext, Extension)
                and not isinstance(ext, Library)
                and not is_made(Path(self.get_ext_fullpath(ext.name)))
            )
        )

    def _links_library(self) -> bool:
        plan = self.plan
        return plan.target.is_stable and plan.builder.windows and plan.platform is None

    def _prepare_linking(self, ext: Extension) -> None:
        if not self._links_library():
            return
        if self.compiler.compiler_type == "msvc":
            set_microsoft_options(ext, self.plan, debug=bool(self.debug))
        folders = [*ext.library_dirs, *self.library_dirs, *self.compiler.library_dirs]
        provide_library(ext, self.plan, folders, self.plat_name, Path(self.build_temp))

    def _build_afresh(self, ext: Extension) -> None:
        """Build one extension, from scratch if its inputs have changed."""
        if self.plan.target.is_stable and not why_not_by_setuptools(self):
            refuse_no_sources(ext)
        build_temp = Path(self.build_temp)
        name: str = self.get_ext_fullname(ext.name)
        output: str = self.get_ext_fullpath(ext.name)
        if self._is_asked_for_evidence():
            collect_evidence(ext, self.plan, self.compiler, build_temp)
        if self.plan.target.is_stable and not self._is_watched():
            keep_sized_formats(ext, self.plan)
        made_of = ingredients(ext, self.compiler, output)
        declared = [*ext.sources, *ext.depends]
        is_right = remove_stale(build_temp, name, Path(output), made_of, declared)
        super().build_extension(ext)
        # Absent if it was up to date, or if a project's class built it differently.
        place = os.path.abspath(output)
        command, link = (
            self._watched.links.get(place),
            self._watched.linked.get(place),
        )
        if is_right and command is None:
            self._watched.kept += len(list(ext.sources))
        settle_link(build_temp, output, link)
        remember(build_temp, name, made_of, command, link)

    def _is_asked_for_evidence(self) -> bool:
        return needs_header(self.plan)

    def _is_watched(self) -> bool:
        return self._is_asked_for_evidence() and leaves_evidence(self.compiler)

    def places(self) -> list[Path]:
        """Return the files that are made, beside the sources if that is asked."""
        names = (
            ext[0] if isinstance(ext, tuple) else ext.name for ext in self.extensions
        )
        return [Path(self.get_ext_fullpath(name)) for name in names]

    def _build_base(self) -> Path:
        return Path(str(vars(self.get_finalized_command("build"))["build_base"]))

    def _configure(self, extensions: Iterable[object]) -> None:
        from setuptools.extension import Extension

        for extension in extensions:
            # The form (name, dictionary) is as old as distutils; it is turned into
            # objects when the extensions are built, and configured there.
            if isinstance(extension, Extension):
                configure_extension(extension, self.plan)

    def _is_fatal(self, ext: Extension) -> bool:
        return not ext.optional or self._must_be_stable()

    def _must_be_stable(self) -> bool:
        may_be_lost = self.plan.settings.optional is OptionalExtensions.ALLOW
        return self.plan.target.is_stable and not may_be_lost

    def _refuse_impossible(self) -> None:
        if not self._must_be_stable():
            return
        for ext in self.extensions:
            # The old form (name, dictionary) becomes an object in the next step.
            if isinstance(ext, tuple):
                continue
            try:
                refuse_unable_tools(ext)
            except UsageError as fault:
                lines = [str(fault), *choices([ext.name], self._others(ext))]
                raise UsageError("\n  ".join(lines)) from None

    def _others(self, ext: Extension) -> list[str]:
        others = (each for each in self.extensions if each is not ext)
        return [each[0] if isinstance(each, tuple) else each.name for each in others]

    def _announce(self) -> None:
        target = self.plan.target
        if target.is_stable:
            platform = self.plan.platform
            what = f"{target.label} for {platform.tag}" if platform else target.label
            note(f"building {what} with {self.plan.builder.label}")
        else:
            note(f"building a version-specific wheel: {target.reason}")

    def _is_module(self, fullname: str) -> bool:
        """Tell whether a name is that of an extension module rather than a library.

        distutils' ``get_ext_fullpath`` asks with the last part of the dotted name only.
        """
        from setuptools.extension import Library

        names = {
            self.get_ext_fullname(extension.name)
            for extension in self.extensions
            if not isinstance(extension, (Library, tuple))
        }
        return fullname in names | {name.rpartition(".")[2] for name in names}

    def _lost(self, ext: Extension, fault: Exception) -> ExtensionLostError:
        # What only a failure needs takes a tenth of the plugin's start.
        from abi3build.setuptools_plugin.compile_failures import diagnose
        from abi3build.setuptools_plugin.compile_obstacles import other_program

        sources = [os.fspath(source) for source in ext.sources]
        failed = self.failed_commands()
        words = failed[-1].words if failed else []
        explained = other_program(words, self.compiler, str(fault)) or diagnose(
            failed,
            fault,
            sources,
            self.plan.target.floor,
            self.plan.builder.version,
        )
        text = f"extension {ext.name} {explained.what} (ABI605)"
        if ext.optional:
            text += _OPTIONAL_HINT
        lines = [*explained.lines]
        if explained.may_be_left_out:
            lines += choices([ext.name], self._others(ext))
        return ExtensionLostError("\n  ".join([text, *lines]))
