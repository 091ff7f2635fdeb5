"""The only place in the plugin that prints, and that ends a build.

``SystemExit`` passes through setuptools and through a project's own ``except
Exception``, so the user sees our message and no traceback.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from abi3build.errors import Abi3BuildError, UsageError
from abi3build.interruption import terminated_as_interrupted
from abi3build.wording import as_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import NoReturn

__all__ = [
    "choices",
    "end_build",
    "ended_in_order",
    "note",
    "show",
    "told_if_not_written",
    "user_errors",
    "warn",
    "warn_if_forbidden",
]

_INTERRUPTED = 130
"""The exit status of a shell's command that Ctrl-C ended."""


def choices(names: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return one line for a wheel that has further modules, and none for any other."""
    unable, able = ", ".join(sorted(names)), ", ".join(sorted(others))
    if not unable or not able:
        return []
    hint = (
        f"hint: a wheel is abi3 as a whole: if {unable} cannot be abi3, set abi3 ="
        f" false for all modules, or leave it out and keep {able}"
    )
    return [hint]


_NO_ROOM = {errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM}


def _drop_what_was_written(fault: BaseException | None) -> None:
    """Discard a half-written wheel, which would otherwise add an error of its own."""
    complain = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        while fault is not None:
            traceback.clear_frames(fault.__traceback__)
            fault = fault.__context__
    finally:
        sys.unraisablehook = complain


@contextmanager
def told_if_not_written(folder: Path) -> Iterator[None]:
    """End the build with one line if the folder of the wheel cannot be written to."""
    try:
        yield
    except OSError as fault:
        _drop_what_was_written(fault)
        at = Path(os.fsdecode(fault.filename or _fullest(folder))).absolute()
        within = folder.absolute() in {at, *at.parents}
        if fault.errno not in _NO_ROOM and not (within and fault.errno in _FORBIDDEN):
            raise
        reason = fault.strerror
    else:
        return
    step = "free some, or " if reason == os.strerror(errno.ENOSPC) else ""
    if not within:
        message = f"{at}: {reason}: {step}build in another folder"
        end_build([UsageError(message)])
    # setuptools builds in such a folder of its own, inside the one that was asked for.
    asked = folder.parent if folder.name.startswith(".tmp-") else folder
    message = f"{asked}: {reason}: {step}name another folder for the wheel"
    end_build([UsageError(message)])


def _fullest(folder: Path) -> Path:
    """Return the folder with the least room, for a fault that names no file."""
    # Few builds need it, and the hook of each project loads this file.
    import shutil

    places = (folder, Path.cwd())
    there = (next(filter(Path.is_dir, (each, *each.parents))) for each in places)
    room = [shutil.disk_usage(each).free for each in there]
    return places[room.index(min(room))]


def warn_if_forbidden(folder: Path) -> None:
    """Warn of a read-only folder when front ends ask for requirements.

    setuptools' own backend makes a folder there before it runs a plugin, and ends with
    a traceback: ``_build_with_temp_dir`` in
    https://github.com/pypa/setuptools/blob/main/setuptools/build_meta.py
    """
    if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
        warn(
            f"{folder}: is not writable, so a build of a wheel into it will fail: name"
            " another folder, such as python -m build -o DIRECTORY, or change the"
            " permissions"
        )


@contextmanager
def user_errors() -> Iterator[None]:
    """Print a user's mistakes, and end the build with their exit status."""
    try:
        yield
    except Abi3BuildError as error:
        end_build([error])


def end_build(errors: Sequence[Abi3BuildError]) -> NoReturn:
    """Print mistakes in their order, and end the build with the first one's status."""
    for error in errors:
        for line in error.lines:
            _say(f"abi3build: error: {line}")
    raise SystemExit(errors[0].exit_status) from None


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Make Ctrl-C and SIGTERM leave the block as errors do, then end the build.

    Temporary folders made in the block are removed on the way.
    """
    try:
        with terminated_as_interrupted():
            yield
    except KeyboardInterrupt:
        _say("abi3build: error: interrupted: no wheel was kept")
        raise SystemExit(_INTERRUPTED) from None


def note(text: str) -> None:
    """Tell the user something that requires no action."""
    _say(f"abi3build: note: {text}")


def warn(text: str) -> None:
    """Tell the user something that may require an action."""
    _say(f"abi3build: warning: {text}")


def show(text: str) -> None:
    """Print a report to standard output, for a service that reads it."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _say(text: str) -> None:
    # What the compiler printed comes before it, even if output is a pipe.
    sys.stdout.flush()
    print(as_message(text), file=sys.stderr, flush=True)  # noqa: T201 - the edge prints
