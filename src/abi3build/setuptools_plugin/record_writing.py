"""Write the record of a build into the wheel: what was built, how, what was seen."""

from __future__ import annotations

import sys
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from abi3build import __version__
from abi3build.audit.confirming import confirm_files, summed_up
from abi3build.inspection.image_files import read_file
from abi3build.rules.audited_files import AuditedFiles
from abi3build.rules.not_proven import TOOL, doubts_of, made_by
from abi3build.rules.registry import RULES
from abi3build.settings.model import Verify
from abi3build.setuptools_plugin.compiler_version import version_of_compiler
from abi3build.setuptools_plugin.kept_readings import kept_readings
from abi3build.setuptools_plugin.verification import seen_in
from abi3build.versions import Promise, release_of
from abi3build.wheels.build_record import (
    FILE_NAME,
    BuildRecord,
    RecordedModule,
    render_build_record,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from abi3build.evidence.link_inputs import Link
    from abi3build.rules.not_proven import Doubt
    from abi3build.setuptools_plugin.build_ext import BuildExtMixin
    from abi3build.setuptools_plugin.plan import Plan

__all__ = ["write_build_record"]

_UNWATCHED = (
    (TOOL, "link.exe", "Microsoft's linker, which does not report what it reads"),
)


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
        compiler=version_of_compiler(command.compiler),
        verify=settings.verify.value,
        modules=tuple(_modules(plan, command, dist_info.parent)),
        lost=command.lost_modules(),
        rules=tuple(codes) if watched else (),
        allowed=tuple((waiver.symbol, waiver.reason) for waiver in settings.allow),
        compat=settings.compat,
    )
    (dist_info / FILE_NAME).write_bytes(render_build_record(record))


def _modules(
    plan: Plan, command: BuildExtMixin, root: Path
) -> Iterator[RecordedModule]:
    names = {
        PurePath(command.get_ext_filename(name)).as_posix(): name
        for name in command.declared_modules()
    }
    # An optional extension may be missing, if the settings allow that.
    files = [
        read_file(root / name)._replace(path=name)
        for name in sorted(names)
        if (root / name).exists()
    ]
    units, links = seen_in(Path(command.build_temp), command.places())
    watched = plan.settings.verify is not Verify.OFF
    if not watched:
        links = None
    promise = plan.target.promise
    audited = AuditedFiles(
        "",
        promise or Promise(plan.target.floor),
        tuple(files),
        units=units,
        links=links,
    )
    doubts = doubts_of(audited)
    library = kept_readings(Path(command.build_temp))
    second = dict(confirm_files(files, root, library)) if watched else {}
    for file in files:
        link = next((each for each in links or () if made_by(each, file.path)), None)
        counts = [len(image.unit_notes) for image in file.images]
        yield RecordedModule(
            file.path,
            names[file.path],
            None if link is None else link.notes,
            min(counts, default=0),
            _told(doubts, file.path, links, watched=watched),
            *summed_up(second.get(file.path)),
        )


def _told(
    doubts: list[Doubt], file: str, links: tuple[Link, ...] | None, *, watched: bool
) -> tuple[tuple[str, str, str], ...] | None:
    """Return the doubts about a file for the record; None if it was not watched."""
    if not watched:
        return None
    return _UNWATCHED if links is None else _without_paths(doubts, file)


def _without_paths(
    doubts: Iterable[Doubt], file: str
) -> tuple[tuple[str, str, str], ...]:
    """Return the doubts about a file without any folder of the build machine."""
    return tuple(
        (each.kind, PurePath(each.what).name, each.why)
        for each in doubts
        if each.file == file
    )
