"""Write the record of a build that its wheel carries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePath

from abi3build import __version__
from abi3build.binaries.loading import read_file
from abi3build.evidence.unit_counts import kept_unit_count
from abi3build.light_typing import TYPE_CHECKING
from abi3build.rules.registry import RULES
from abi3build.settings.model import Verify
from abi3build.versions import release_of
from abi3build.wheels.build_record import (
    FILE_NAME,
    BuildRecord,
    RecordedModule,
    render_build_record,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.setuptools_plugin.build_ext import BuildExtMixin
    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["write_build_record"]

_LONGEST_LINE = 200
_SECONDS = 60


def write_build_record(plan: Plan, command: BuildExtMixin, dist_info: Path) -> None:
    """Write the record into the ``.dist-info`` of a wheel that will be packed next."""
    settings, target = plan.settings, plan.target
    watched = settings.verify is not Verify.OFF
    codes = (rule.code for rule in RULES if rule.function)
    record = BuildRecord(
        abi3build=__version__,
        target=target.kind.value,
        floor=target.floor,
        builder=plan.builder.label,
        headers=release_of(sys.hexversion),
        compiler=_version_of(command.compiler),
        verify=settings.verify.value,
        modules=tuple(_modules(command, dist_info.parent)),
        rules=tuple(codes) if watched else (),
        allowed=tuple((waiver.symbol, waiver.reason) for waiver in settings.allow),
    )
    (dist_info / FILE_NAME).write_bytes(render_build_record(record))


def _modules(command: BuildExtMixin, root: Path) -> Iterator[RecordedModule]:
    for name in command.declared_modules():
        file = PurePath(command.get_ext_filename(name)).as_posix()
        # An optional extension may be missing, where the settings allow that.
        if (root / file).exists():
            units = kept_unit_count(Path(command.build_temp), name)
            counts = [len(image.unit_notes) for image in read_file(root / file).images]
            yield RecordedModule(file, name, units, min(counts, default=0))


def _version_of(compiler: object) -> str | None:
    """Ask a compiler for its version, as the build starts it; None where it has none.

    Microsoft's knows no such option, and a build that compiles nothing has no compiler.
    """
    words = getattr(compiler, "compiler_so", None)
    if not isinstance(words, list) or not words:
        return None
    try:
        completed = subprocess.run(
            [*words, "--version"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = completed.stdout.decode("utf-8", "replace").splitlines()
    return next((line.strip()[:_LONGEST_LINE] for line in lines if line.strip()), None)
