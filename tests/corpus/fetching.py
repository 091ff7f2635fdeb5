"""Fetch the wheels of the corpus through pip: each once, each checked by its hash."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "Corpus",
    "CorpusWheel",
    "ExpectedFinding",
    "NotFetchedError",
    "WrongHashError",
    "corpus_folder",
    "main",
    "read_corpus",
    "whole_corpus_wanted",
]

_LIST = Path(__file__).with_name("wheels.json")
_LARGEST_BATCH = 100_000_000
"""In bytes."""

_TRUE = {"1", "true", "yes", "on"}


class NotFetchedError(Exception):
    """Say that a wheel is not there and that pip did not get it."""


class WrongHashError(Exception):
    """Say that the index serves other bytes than the ones that were judged."""


@dataclass(frozen=True, order=True)
class ExpectedFinding:
    """Hold one finding that was confirmed by tools other than abi3build."""

    file: str
    """The member of the wheel; empty if the whole wheel is meant."""

    architecture: str
    """The slice of a Mach-O file; empty if there is but one."""

    code: str
    subject: str
    severity: str


@dataclass(frozen=True)
class CorpusWheel:
    """Pin one wheel of the index and hold its confirmed verdict."""

    filename: str
    project: str
    version: str
    sha256: str
    size: int
    """In bytes."""

    subset: bool
    """True for the part that every run of the continuous integration audits."""

    lowest_floor: str | None
    """The lowest floor that the symbols allow; None without any machine code."""

    keeps_promise: bool
    findings: tuple[ExpectedFinding, ...]
    """Sorted."""


def read_corpus(path: Path = _LIST) -> tuple[CorpusWheel, ...]:
    """Read the pinned wheels and their verdicts, sorted by file name."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        CorpusWheel(
            filename=row["filename"],
            project=row["project"],
            version=row["version"],
            sha256=row["sha256"],
            size=row["size"],
            subset=row["subset"],
            lowest_floor=row["expected"]["lowest_floor"],
            keeps_promise=row["expected"]["keeps_promise"],
            findings=tuple(
                sorted(
                    ExpectedFinding(**finding)
                    for finding in row["expected"]["findings"]
                )
            ),
        )
        for row in sorted(document["wheels"], key=lambda row: row["filename"])
    )


def corpus_folder() -> Path:
    """Return the folder of the fetched wheels: $ABI3_CORPUS or one in ~/.cache."""
    chosen = os.environ.get("ABI3_CORPUS")
    return Path(chosen) if chosen else Path.home() / ".cache" / "abi3build-corpus"


def whole_corpus_wanted() -> bool:
    """Tell whether $ABI3_FULL_CORPUS asks for all wheels, not the subset."""
    return os.environ.get("ABI3_FULL_CORPUS", "").strip().lower() in _TRUE


class Corpus:
    """Return the files of the corpus; ask the index only for those that are missing."""

    def __init__(self, folder: Path) -> None:
        """Keep the wheels in a folder, which is made when the first one arrives."""
        self._folder = folder
        self._unreachable = ""

    def path(self, wheel: CorpusWheel) -> Path:
        """Return the wheel's file, fetched where it is not there in its right bytes.

        Raise ``NotFetchedError`` if pip cannot get it; once the index did not
        answer, it is not asked again.  Raise ``WrongHashError`` for other bytes.
        """
        if not self._has(wheel):
            if self._unreachable:
                raise NotFetchedError(self._unreachable)
            said = self._download([wheel])
            if not self._has(wheel):
                self._complain(wheel, said)
        return self._folder / wheel.filename

    def fetch(self, wheels: Iterable[CorpusWheel]) -> None:
        """Fetch what is missing of many wheels, with one run of pip for each batch.

        What pip does not get that way is left for ``path`` to complain of.
        """
        for batch in _batches(wheel for wheel in wheels if not self._has(wheel)):
            if not self._unreachable:
                self._download(batch)

    def _has(self, wheel: CorpusWheel) -> bool:
        target = self._folder / wheel.filename
        return target.exists() and _sha256(target) == wheel.sha256

    def _download(self, wheels: Sequence[CorpusWheel]) -> str:
        """Move what pip gets into the folder; return what pip said."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".part-") as part:
            requirements = Path(part, "requirements.txt")
            lines = [
                f"{wheel.project}=={wheel.version} --hash=sha256:{wheel.sha256}\n"
                for wheel in wheels
            ]
            requirements.write_text("".join(lines), encoding="utf-8")
            pip = subprocess.run(
                _pip_command(wheels, requirements, Path(part)),
                check=False,
                capture_output=True,
                text=True,
            )
            fetched = list(Path(part).glob("*.whl"))
            for file in fetched:
                # A rename within one file system: nobody sees half a wheel.
                file.replace(self._folder / file.name)
        said = pip.stderr + pip.stdout
        if not fetched and "connection" in said.lower():
            self._unreachable = "the package index does not answer"
        return said

    def _complain(self, wheel: CorpusWheel, said: str) -> NoReturn:
        if "DO NOT MATCH THE HASHES" in said:
            message = f"{wheel.filename}: not the pinned bytes; pip said: {said}"
            raise WrongHashError(message)
        last_line = (said.strip().splitlines() or ["nothing"])[-1]
        why = self._unreachable or f"pip said: {last_line}"
        message = f"{wheel.filename}: not fetched: {why}"
        raise NotFetchedError(message)


def _batches(wheels: Iterable[CorpusWheel]) -> list[list[CorpusWheel]]:
    """Part the wheels: pip takes one of a project, and a batch is lost as a whole."""
    batches: list[dict[str, CorpusWheel]] = []
    for wheel in wheels:
        project = wheel.project.lower()
        for batch in batches:
            together = sum(other.size for other in batch.values()) + wheel.size
            if project not in batch and together <= _LARGEST_BATCH:
                batch[project] = wheel
                break
        else:
            batches.append({project: wheel})
    return [list(batch.values()) for batch in batches]


def _pip_command(
    wheels: Sequence[CorpusWheel], requirements: Path, folder: Path
) -> list[str]:
    tags = [wheel.filename[: -len(".whl")].split("-")[-3:] for wheel in wheels]
    platforms = sorted({name for _, _, part in tags for name in part.split(".")})
    command = [sys.executable, "-m", "pip", "--no-input", "download", "--no-deps"]
    command += ["--only-binary=:all:", "--ignore-requires-python", "--no-cache-dir"]
    # The hashes choose among the files of a release; these tags admit all of them.
    command += ["--require-hashes", "--progress-bar=off", "--retries=2"]
    command += ["--implementation=cp", "--python-version=3.15"]
    command += ["--abi=abi3", "--abi=abi3t"]
    command += [f"--platform={platform}" for platform in platforms]
    return [*command, f"--requirement={requirements}", f"--dest={folder}"]


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Fetch the subset, or with ``--all`` every wheel, and say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="not only the subset")
    everything = parser.parse_args(arguments).all or whole_corpus_wanted()
    wheels = [wheel for wheel in read_corpus() if wheel.subset or everything]
    corpus, missing = Corpus(corpus_folder()), 0
    corpus.fetch(wheels)
    for wheel in wheels:
        try:
            corpus.path(wheel)
        except (NotFetchedError, WrongHashError) as error:
            missing += 1
            sys.stderr.write(f"{error}\n")
    sys.stdout.write(f"{corpus_folder()}: {missing} missing\n")
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main())
