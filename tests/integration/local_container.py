"""Stand in for the container in which cibuildwheel builds on Linux.

There is no Docker where these tests run.  What cibuildwheel says to its container is
done on this machine; the files that it keeps in the container's root are kept below a
folder.  All else is cibuildwheel's own code.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PurePath, PurePosixPath

__all__ = ["LocalContainer"]

_OF_THE_ROOT = re.compile(
    r"(?<![\w.])/(?=output|project|constraints\.txt|tmp/cibuildwheel|cibuildwheel-ca)"
)


class LocalContainer:
    """Have the methods of ``cibuildwheel.oci_container.OCIContainer`` that are used.

    ``root`` is made, and stands for the container's root.
    """

    image = "this machine"

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self.commands: list[list[str]] = []
        """What was run, with paths as cibuildwheel sees them."""

        root.mkdir()
        self._root = root
        self._environ = dict(environ)

    def call(
        self,
        args: Sequence[str | PurePath],
        env: Mapping[str, str] | None = None,
        capture_output: bool = False,  # noqa: FBT001, FBT002 - cibuildwheel's signature
        cwd: str | PurePath | None = None,
    ) -> str:
        """Run a command; raise ``CalledProcessError`` with its output if it fails."""
        words = [str(word) for word in args]
        self.commands.append(words)
        variables = self._environ if env is None else env
        done = subprocess.run(
            # As in a shell, the command is looked for on the PATH that it gets.
            ["/usr/bin/env", *(self._inside(word) for word in words)],
            check=False,
            cwd=self._root if cwd is None else self._inside(str(cwd)),
            encoding="utf-8",
            env={name: self._inside(value) for name, value in variables.items()},
            stderr=None if capture_output else subprocess.STDOUT,
            stdout=subprocess.PIPE,
        )
        if not capture_output:
            sys.stdout.write(done.stdout)
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, words, done.stdout)
        return done.stdout

    def copy_into(self, from_path: Path, to_path: PurePath) -> None:
        """Copy a file or a folder into the container."""
        target = Path(self._inside(str(to_path)))
        target.parent.mkdir(parents=True, exist_ok=True)
        if from_path.is_dir():
            shutil.copytree(from_path, target, dirs_exist_ok=True)
        else:
            shutil.copy(from_path, target)

    def copy_out(self, from_path: PurePath, to_path: Path) -> None:
        """Copy a folder out of the container."""
        shutil.copytree(self._inside(str(from_path)), to_path, dirs_exist_ok=True)

    def glob(self, path: PurePosixPath, pattern: str) -> list[PurePosixPath]:
        """Return the files in a folder, as paths of the container."""
        found = sorted(Path(self._inside(str(path))).glob(pattern))
        return [path / each.name for each in found]

    def get_environment(self) -> dict[str, str]:
        """Return the variables with which the container began."""
        return dict(self._environ)

    def environment_executor(
        self, command: Sequence[str], environment: dict[str, str]
    ) -> str:
        """Run a command for its output."""
        return self.call(command, environment, capture_output=True)

    def _inside(self, text: str) -> str:
        return _OF_THE_ROOT.sub(f"{self._root}/", text)
