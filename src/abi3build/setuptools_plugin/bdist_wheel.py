"""The mixin in front of a project's ``bdist_wheel``: tag, record, then the check.

setuptools loads the command even if only metadata is needed, so whatever packs and
checks a wheel is imported as late as possible.
"""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from abi3build.errors import ExtensionLostError, UsageError
from abi3build.settings.model import OptionalExtensions
from abi3build.settings.pyproject import read_setup_files
from abi3build.setuptools_plugin.build_lock import build_lock
from abi3build.setuptools_plugin.compile_obstacles import missing_declarer
from abi3build.setuptools_plugin.console import (
    ended_in_order,
    note,
    told_if_not_written,
    user_errors,
    warn,
)
from abi3build.setuptools_plugin.extension import (
    refuse_other_tag,
    refuse_other_tag_option,
)
from abi3build.targets.target import TargetKind
from abi3build.wheels.wheel import parse_wheel_name, promise_of

__all__ = ["BdistWheelMixin"]


_STABLE_ABIS = {"abi3", "abi3t"}


if TYPE_CHECKING:
    from setuptools.command.bdist_wheel import bdist_wheel

    from abi3build.setuptools_plugin.build_ext import BuildExtMixin
    from abi3build.setuptools_plugin.plan import Plan

    _Base = bdist_wheel
else:
    _Base = object


class BdistWheelMixin(_Base):
    """Tag the wheel for the target, and release it only if it keeps its promise."""

    plan: ClassVar[Plan]

    _limited: str | Literal[False] = False
    _is_told = False

    @property
    def py_limited_api(self) -> str | Literal[False]:
        """Return the tag of the stable ABI; nothing if the build is for one Python.

        setuptools, which reads it, rejects it on free-threaded Pythons.
        """
        return self._limited

    @py_limited_api.setter
    def py_limited_api(self, given: str | Literal[False]) -> None:
        is_stable = self.plan.target.is_stable
        if given and not is_stable:
            self._tell(f'bdist_wheel.py_limited_api is "{given}"')
        self._limited = given if is_stable else False

    def finalize_options(self) -> None:
        """Set ``py_limited_api``, which other plugins read too."""
        with user_errors():
            refuse_other_tag_option(self.distribution, self.plan)
            refuse_other_tag(_class_name(self), self.py_limited_api, self.plan)
            self.py_limited_api = self._python_tag()
            super().finalize_options()
            refuse_other_tag(_class_name(self), self.py_limited_api, self.plan)

    def get_tag(self) -> tuple[str, str, str]:
        """Return the target's tag, with the platform of the plan or of setuptools."""
        given = super().get_tag()
        target, platform = self.plan.target, self.plan.platform
        if self.root_is_pure:
            return given
        if not target.is_stable:
            return self._tag_of_one_python(given)
        if platform is not None:
            given = (*given[:2], platform.tag)
        tag = (target.floor.tag, target.abi_tag, given[2])
        with user_errors():
            self._refuse_other_get_tag(given, tag)
        return tag

    def run(self) -> None:
        """Build the wheel beside ``dist``; move it there if it keeps its promise."""
        with user_errors(), ended_in_order():
            self._refuse_missing_extensions()
            self._refuse_unbuilt()
            base = str(vars(self.get_finalized_command("build"))["build_base"])
            with build_lock(Path(base)):
                self._run_alone()

    def _run_alone(self) -> None:
        final = Path(self.dist_dir or "dist")
        with told_if_not_written(final):
            self._build_beside(final)

    def _build_beside(self, final: Path) -> None:
        final.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".abi3build-", dir=final) as draft:
            self.dist_dir = draft
            super().run()
            self.dist_dir = str(final)
            for path in sorted(Path(draft).glob("*.whl")):
                self._refuse_other_name(path.name)
                self._verify(path)
                self._release(path, final / path.name)

    def write_wheelfile(self, wheelfile_base: str, *arguments: str) -> None:
        """Write the record of the build beside the WHEEL file, before RECORD exists."""
        super().write_wheelfile(wheelfile_base, *arguments)
        if self.plan.target.is_stable and not self.root_is_pure:
            from abi3build.setuptools_plugin.record_writing import write_build_record

            write_build_record(self.plan, self._build_ext(), Path(wheelfile_base))

    def _verify(self, wheel: Path) -> None:
        # A project that falls back to pure Python, and may, promises no ABI.
        if not self.root_is_pure:
            from abi3build.setuptools_plugin.verification import (
                BuiltModules,
                verify_wheel,
            )

            command = self._build_ext()
            modules = self._declared_modules(command)
            self._refuse_lost_files(command, wheel)
            build_temp = Path(command.build_temp)
            outputs = tuple(command.places())
            built = BuiltModules(modules, build_temp, outputs)
            verify_wheel(self.plan, wheel, built)

    def _release(self, draft: Path, final: Path) -> None:
        draft.replace(final)
        files = self.distribution.dist_files
        files[:] = [
            (command, version, str(final) if Path(path) == draft else path)
            for command, version, path in files
        ]

    def _python_tag(self) -> str | Literal[False]:
        # abi3t stays out of setuptools' own logic, which knows it from 84.2 only
        # and refuses it on GIL-enabled builders; get_tag has the last word anyway.
        target = self.plan.target
        return target.floor.tag if target.kind is TargetKind.ABI3 else False

    def _tag_of_one_python(self, given: tuple[str, str, str]) -> tuple[str, str, str]:
        """Return setuptools' own tag if the project's tag is that of a stable ABI."""
        if not _STABLE_ABIS.intersection(given[1].split(".")):
            return given
        owner = _owners_of_get_tag(type(self))[0]
        says = f"{owner.__module__}.{owner.__qualname__}.get_tag says {'-'.join(given)}"
        self._tell(says)
        stock = next(filter(_is_stock, _owners_of_get_tag(type(self))))
        tag: tuple[str, str, str] = stock.get_tag(self)  # type: ignore[attr-defined] # see _is_stock
        return tag

    def _tell(self, what: str) -> None:
        """Say once that the project asks for a tag that it does not get."""
        if not self._is_told:
            self._is_told = True
            reason = self.plan.target.reason
            note(f"{what}, but the wheel is tagged for one Python: {reason}")

    def _refuse_other_name(self, filename: str) -> None:
        """Refuse a wheel that the project itself named after the tag was given."""
        promise = self.plan.target.promise
        named = promise_of(parse_wheel_name(filename)[2])
        if self.root_is_pure or named == promise:
            return
        message = (
            f"{_class_name(self)} names the wheel {filename}, but this build is for"
            f" {self.plan.target.label}: let bdist_wheel name it"
        )
        raise UsageError(message)

    def _refuse_lost_files(self, command: BuildExtMixin, wheel: Path) -> None:
        settings, target = self.plan.settings, self.plan.target
        if not target.is_stable or settings.optional is OptionalExtensions.ALLOW:
            return
        with zipfile.ZipFile(wheel) as archive:
            lost = set(command.declared_files()).difference(archive.namelist())
        if lost:
            message = (
                f"{min(lost)}: named by {_class_name(command)}.get_ext_filename, but"
                ' not in the wheel (ABI605): make it compile, or set optional = "allow"'
                " to ship without it"
            )
            raise ExtensionLostError(message)

    def _refuse_other_get_tag(
        self, given: tuple[str, str, str], tag: tuple[str, str, str]
    ) -> None:
        owner = _owners_of_get_tag(type(self))[0]
        if _is_stock(owner) or given == tag:
            return
        message = (
            f"{owner.__module__}.{owner.__qualname__}.get_tag says {'-'.join(given)},"
            f" but {self.plan.floor_source} says {'-'.join(tag)}: remove the method,"
            " abi3build sets the tag"
        )
        raise UsageError(message)

    def _refuse_missing_extensions(self) -> None:
        settings, target = self.plan.settings, self.plan.target
        if not target.is_stable or self.distribution.has_ext_modules():
            return
        package = missing_declarer(read_setup_files(Path()))
        if package and settings.optional is not OptionalExtensions.ALLOW:
            message = (
                f"the extensions that the project declares need {package}, which is not"
                f' installed (ABI605): add "{package}" to build-system.requires'
            )
            raise ExtensionLostError(message)
        if settings.optional is OptionalExtensions.ALLOW:
            warn(
                "the project declares no extension module, and"
                f' {settings.source_of("optional")} says "allow": the wheel is pure'
                " Python"
            )
        else:
            message = (
                f"the project requests {target.label} but declares no extension module"
                " (ABI605), so its wheel would be pure Python: declare one, remove"
                ' [tool.abi3build], or set optional = "allow" if the project falls back'
                " to pure Python itself"
            )
            raise ExtensionLostError(message)

    def _refuse_unbuilt(self) -> None:
        """Refuse to pack what no build has made, when none is to be run."""
        if not self.skip_build or self.root_is_pure or not self.plan.target.is_stable:
            return
        command = self._build_ext()
        lost = set(self._declared_modules(command)).intersection(command.lost_modules())
        if lost:
            message = (
                f"{min(lost)} is not built, and --skip-build builds nothing (ABI605):"
                " leave --skip-build out, or run the build command before"
            )
            raise ExtensionLostError(message)

    def _declared_modules(self, command: BuildExtMixin) -> tuple[str, ...]:
        if self.plan.settings.optional is OptionalExtensions.ALLOW:
            return ()
        return command.declared_modules()

    def _build_ext(self) -> BuildExtMixin:
        from abi3build.setuptools_plugin.build_ext import BuildExtMixin

        command = self.get_finalized_command("build_ext")
        if not isinstance(command, BuildExtMixin):
            message = (
                f"the command {_class_name(command)} was not created by the"
                " distribution, so abi3build could not set Py_LIMITED_API: let"
                " setuptools create it (cmdclass, or [tool.setuptools.cmdclass])"
            )
            raise UsageError(message)
        return command


def _owners_of_get_tag(command: type) -> list[type]:
    return [
        base
        for base in command.__mro__
        if "get_tag" in vars(base) and base is not BdistWheelMixin
    ]


def _is_stock(owner: type) -> bool:
    return owner.__module__.partition(".")[0] in {"setuptools", "wheel"}


def _class_name(command: object) -> str:
    return f"{type(command).__module__}.{type(command).__qualname__}"
