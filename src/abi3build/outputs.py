"""Write a result where the user wants it: the file is complete or untouched."""

from __future__ import annotations

from pathlib import Path

from abi3build.errors import UsageError

__all__ = ["add_to", "check_destination", "replace_whole", "write_whole"]


def check_destination(path: Path, option: str, *, may_be_folder: bool = False) -> None:
    """Raise ``UsageError`` if a file at this path could not be written.

    Call this before work that may take long.  If ``may_be_folder`` is true, the path
    may be a folder, in which each result gets its own file.
    """
    if path.is_dir():
        if may_be_folder:
            return
        message = f"{option} {path}: is a directory: name a file"
        raise UsageError(message)
    if not path.parent.is_dir():
        message = (
            f"{option} {path}: the directory {path.parent} does not exist: create"
            " it, or name another"
        )
        raise UsageError(message)


def write_whole(
    path: Path, text: str, option: str, step: str = "name a file that can be written"
) -> None:
    """Write a UTF-8 file so that readers see either the old one or all of the new one.

    Raise ``UsageError`` with the next step if the file cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            # Devices and pipes must be written to, never replaced.
            path.write_text(text, encoding="utf-8")
        else:
            replace_whole(path.resolve(), text.encode())
    except OSError as fault:
        message = f"{option} {path}: {fault.strerror}: {step}"
        raise UsageError(message) from None


def add_to(path: Path, text: str, named_by: str) -> None:
    """Append text to a file that an environment variable names.

    Raise ``UsageError`` if that cannot be done.
    """
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as fault:
        message = (
            f"{named_by}={path}: {fault.strerror}: name a file that can be written, or"
            " unset the variable"
        )
        raise UsageError(message) from None


def replace_whole(path: Path, data: bytes) -> None:
    """Write the bytes to a file next to the target, then replace the target with it.

    Raise ``OSError`` if that fails; the target is then unchanged.
    """
    import os
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        # mkstemp makes it private; a report is as readable as any other file.
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask
