"""The hooks of pdm-backend, which lets setuptools compile and makes the wheel itself.

In a project with ``run-setuptools = true``, the compile uses abi3build's commands as in
any other project.  Here the wheel gets its tag and is checked:
https://backend.pdm-project.org/hooks/.  A project without the table must not notice.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from abi3build.setuptools_plugin.hook import may_have_table

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from setuptools.command.build import build

    from abi3build.setuptools_plugin.plan import Plan

__all__ = [
    "pdm_build_finalize",
    "pdm_build_hook_enabled",
    "pdm_build_initialize",
    "pdm_build_update_files",
    "pdm_build_update_setup_kwargs",
]

_PYTHON_TAG = "--python-tag"
_ABI_TAG = "--py-limited-api"
_PLATFORM_TAG = "--plat-name"
_RECORD = "abi3build-record"
"""The folder that a build's record is in until the wheel is packed."""


class _Context(Protocol):
    """Describe the parts of pdm-backend's context that are used here."""

    @property
    def root(self) -> Path:
        """Return the project's folder."""

    @property
    def target(self) -> str:
        """Return ``wheel``, ``sdist`` or ``editable``."""

    @property
    def build_dir(self) -> Path:
        """Return the folder whose files become part of the wheel."""

    @property
    def builder(self) -> Any:
        """Return the object that knows the name of the ``.dist-info``."""

    @property
    def config(self) -> Any:
        """Return the content of pyproject.toml."""

    @property
    def config_settings(self) -> MutableMapping[str, Any]:
        """Return the ``-C`` settings of the front end, with those that a hook adds."""


def pdm_build_hook_enabled(context: _Context) -> bool:
    """Tell whether a project with a table builds a wheel with compiled modules."""
    return (
        context.target == "wheel"
        and bool(context.config.build_config.run_setuptools)
        and may_have_table(context.root / "pyproject.toml")
    )


def pdm_build_initialize(context: _Context) -> None:
    """Have the wheel tagged for the stable ABI that the project requests.

    End the build if a setting of the front end requests another tag.
    """
    plan = _plan(context.root)
    if plan is None or not plan.target.is_stable:
        return
    from abi3build.errors import UsageError
    from abi3build.setuptools_plugin.console import user_errors

    # What the name of the option takes, abi3, is what pdm-backend puts there as it is.
    wanted = {_PYTHON_TAG: plan.target.floor.tag, _ABI_TAG: plan.target.abi_tag}
    if plan.platform is not None:
        wanted[_PLATFORM_TAG] = plan.platform.tag
    settings = context.config_settings
    with user_errors():
        for key, value in wanted.items():
            if settings.setdefault(key, value) != value:
                message = (
                    f"-C {key}={settings[key]}, but {plan.floor_source} says {value}:"
                    " leave it out, abi3build sets the tag"
                )
                raise UsageError(message)


def pdm_build_update_setup_kwargs(context: _Context, kwargs: dict[str, Any]) -> None:
    """Make the compile, which runs in another process, write down what it saw."""
    plan = _plan(context.root)
    if plan is None or not plan.target.is_stable:
        return
    classes = kwargs.setdefault("cmdclass", {})
    classes["build"] = _recording(plan, classes.get("build"))


def _recording(plan: Plan, base: type[build] | None) -> type[build]:
    """Return the command that writes the record of a build beside its modules."""
    from setuptools.command.build import build as stock

    from abi3build.setuptools_plugin.record_writing import write_build_record

    class RecordingBuild(base or stock):  # type: ignore[misc] # known at run time
        def run(self) -> None:
            super().run()
            folder = Path(self.build_lib, _RECORD)
            folder.mkdir(parents=True, exist_ok=True)
            command = self.get_finalized_command("build_ext")
            write_build_record(plan, command, folder)

    return RecordingBuild


def pdm_build_update_files(context: _Context, files: dict[str, Path]) -> None:
    """Add the record of the compile to the wheel's metadata.

    pdm-backend adds each file of its build folder to the wheel, and those of the
    ``.dist-info`` there twice, so the record has to be elsewhere.
    """
    from abi3build.wheels.build_record import FILE_NAME

    folder = context.build_dir / _RECORD
    if folder.is_dir():
        scratch = tempfile.mkdtemp(prefix="abi3build-")
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
        kept = Path(shutil.move(folder, scratch), FILE_NAME)
        files[f"{context.builder.dist_info_name}/{FILE_NAME}"] = kept


def pdm_build_finalize(context: _Context, artifact: Path) -> None:
    """Check the finished wheel as ``verify`` requires, and remove it if that fails."""
    plan = _plan(context.root)
    if plan is None or not plan.target.is_stable:
        return
    from abi3build.errors import BrokenPromiseError
    from abi3build.setuptools_plugin.console import user_errors
    from abi3build.setuptools_plugin.verification import verify_packed

    with user_errors():
        try:
            verify_packed(plan, artifact)
        except BrokenPromiseError:
            artifact.unlink()
            raise


@lru_cache(maxsize=1)
def _plan(root: Path) -> Plan | None:
    """Return the plan of the project; each hook of a build needs it."""
    from abi3build.setuptools_plugin.console import user_errors
    from abi3build.setuptools_plugin.plan import make_plan

    with user_errors():
        # The compile reads the same settings, and says what is to be warned of.
        return make_plan(root, warned=True)
