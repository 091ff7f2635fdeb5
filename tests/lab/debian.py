"""Fetch packages of any Debian suite without touching the machine's own apt.

apt checks the suite's signature against Debian's keyring, and each file against the
hash in the signed index.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Suite", "call", "why_not_debian"]

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_MIRROR = re.compile(r"https?://\S+/debian/?(?=\s|$)")
_DEFAULT_MIRROR = "http://deb.debian.org/debian"


def why_not_debian() -> str | None:
    """Say why this machine cannot take Debian's packages for amd64, else None."""
    try:
        architecture = call("dpkg", "--print-architecture").strip()
    except FileNotFoundError:
        return "there is no dpkg"
    if architecture != "amd64":
        return f"the architecture is {architecture}, not amd64"
    if not _KEYRING.exists():
        return f"Debian's keys are missing ({_KEYRING})"
    return None


def call(*command: str | Path, folder: Path | None = None) -> str:
    """Run a command and give its output.

    Raise ``subprocess.CalledProcessError``, which holds the output, if it fails.
    """
    run = subprocess.run(
        command,
        check=True,
        cwd=folder,
        encoding="utf-8",
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
    )
    return run.stdout


@dataclass(frozen=True)
class Suite:
    """Return access to one suite, with its lists and files in a folder of its own."""

    name: str
    home: Path
    architecture: str = ""
    """Debian's name of the processor; empty for the machine's own."""

    def download(self, packages: Sequence[str], folder: Path) -> None:
        """Put the newest binary packages into a folder."""
        self._update()
        folder.mkdir(parents=True, exist_ok=True)
        call("apt-get", *self._options, "download", *packages, folder=folder)

    def download_source(self, package: str, folder: Path) -> None:
        """Put the files of the newest source package into a folder."""
        self._update()
        folder.mkdir(parents=True, exist_ok=True)
        source = ("source", "--download-only")
        call("apt-get", *self._options, *source, package, folder=folder)

    def _update(self) -> None:
        updated = self.home / "updated"
        if updated.exists():
            return
        for needed in ("lists/partial", "cache/archives/partial"):
            (self.home / needed).mkdir(parents=True, exist_ok=True)
        where = f"[signed-by={_KEYRING}] {_mirror()} {self.name} main\n"
        self._sources.write_text(f"deb {where}deb-src {where}", encoding="utf-8")
        call("apt-get", *self._options, "update")
        updated.touch()

    @property
    def _sources(self) -> Path:
        return self.home / "sources.list"

    @property
    def _options(self) -> list[str]:
        settings = {
            "Dir::Etc::sourcelist": self._sources,
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::lists": self.home / "lists",
            "Dir::Cache": self.home / "cache",
            # A mirror that is frozen at a date serves lists that have expired.
            "Acquire::Check-Valid-Until": "false",
            # apt's own user cannot write into the home folder of another one.
            "APT::Sandbox::User": "root",
        }
        if self.architecture:
            settings["APT::Architecture"] = self.architecture
            settings["APT::Architectures"] = self.architecture
            # What this machine has installed is of no use there.
            settings["Dir::State::status"] = "/dev/null"
        return [
            part
            for item in settings.items()
            for part in ("-o", "=".join(map(str, item)))
        ]


def _mirror() -> str:
    """Return the first mirror in the machine's own configuration of apt."""
    apt = Path("/etc/apt")
    files = [apt / "sources.list", *sorted(apt.glob("sources.list.d/*"))]
    texts = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    found = _MIRROR.search("\n".join(texts))
    return found[0] if found else _DEFAULT_MIRROR
