"""Bring real projects to abi3 without a hand, and say how far each one comes.

Each project gets the table with ``compat = true``, what ``port --fix`` changes,
a build, the audit, and an import on every Python of this machine from its floor on:

    python benchmarks/port_projects.py LIST --work FOLDER

A line of the list is ``NAME==VERSION --hash=sha256:...``, as pip reads it; sdists are
fetched then and stay in the folder, with a result for each project.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from abi3build.errors import Abi3BuildError
from abi3build.port_fix.fix_report import render_text
from abi3build.port_fix.fixing import fix_project
from abi3build.versions import PythonVersion

_OWN_TREE = Path(__file__).resolve().parent.parent
_LINE = re.compile(r"(?P<name>[\w.-]+)==(?P<version>\S+)\s+--hash=sha256:(?P<hash>\w+)")
_SUPPORTED = [PythonVersion(3, minor) for minor in range(6, 16)]
_OLDEST_WITH_SUPPORT = PythonVersion(3, 11)


@dataclass(frozen=True)
class Pinned:
    """Name one sdist."""

    name: str
    version: str
    sha256: str


@dataclass
class Result:
    """Hold how far a project came."""

    name: str
    version: str
    floor: str = ""
    errors_before: int = -1
    errors_after: int = -1
    steps: int = 0
    stage: str = "fetch"
    """The stage that failed; ``done`` if none did."""

    reason: str = ""
    seconds: float = 0.0


class StageError(Exception):
    """Say why a project comes no further."""


def main() -> None:
    """Try every project of the list, or those named, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("list", type=Path)
    parser.add_argument("names", nargs="*", help="only these projects")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--again", action="store_true", help="what has a result too")
    parser.add_argument("--floor", help="instead of each project's own")
    parser.add_argument("--builder", default=sys.executable, help="builds the wheels")
    options = parser.parse_args()
    work = options.work.resolve()
    (work / "results").mkdir(parents=True, exist_ok=True)
    wheels = own_wheel(work)
    results = []
    for pinned in listed(options.list).values():
        if options.names and pinned.name not in options.names:
            continue
        file = work / "results" / f"{pinned.name}.json"
        if file.is_file() and not options.again:
            results.append(Result(**json.loads(file.read_text(encoding="utf-8"))))
            continue
        result = _tried(pinned, work, wheels, options)
        file.write_text(json.dumps(asdict(result)), encoding="utf-8")
        results.append(result)
        print(_row(result), flush=True)
    print(_table(results))


def listed(file: Path) -> dict[str, Pinned]:
    """Return the sdists that a list names, by project."""
    found = map(_LINE.match, file.read_text(encoding="utf-8").splitlines())
    return {
        match["name"]: Pinned(match["name"], match["version"], match["hash"])
        for match in found
        if match is not None
    }


def own_wheel(work: Path) -> Path:
    """Return a folder with a wheel of this checkout, for the builds to install."""
    folder = work / "own"
    shutil.rmtree(folder, ignore_errors=True)
    _run(["uv", "build", "--wheel", "-q", "-o", str(folder), str(_OWN_TREE)], work)
    return folder


def _tried(
    pinned: Pinned, work: Path, wheels: Path, options: argparse.Namespace
) -> Result:
    result = Result(pinned.name, pinned.version)
    start = time.monotonic()
    try:
        sdist = fetched(pinned, work / "sdists")
        result.stage = "unpack"
        project = unpacked(sdist, work / "trees")
        oldest = _oldest_python(project)
        own = max(oldest, _OLDEST_WITH_SUPPORT)
        wanted = PythonVersion.parse(options.floor) if options.floor else own
        result.floor = str(wanted)
        result.stage = "fix"
        _fix(project, wanted, oldest, result, work)
        result.stage = "build"
        pyproject = project / "pyproject.toml"
        before = pyproject.read_text(encoding="utf-8") if pyproject.is_file() else ""
        folder = work / "wheels" / pinned.name
        declare(pyproject, before, wanted)
        try:
            wheel = built(project, wheels, folder, options.builder)
        except StageError as fault:
            # A project that is abi3 already says its floor in setup.py.
            own_tag = re.search(
                r'py_limited_api to "cp3(?P<minor>\d+)"'
                r"|Py_LIMITED_API to 0x\w+ \(3\.(?P<macro>\d+)\)",
                str(fault),
            )
            if own_tag is None:
                raise
            wanted = PythonVersion(3, int(own_tag["minor"] or own_tag["macro"]))
            result.floor = str(wanted)
            declare(pyproject, before, wanted)
            wheel = built(project, wheels, folder, options.builder)
        result.stage = "audit"
        _run([sys.executable, "-m", "abi3build", "audit", str(wheel)], work)
        result.stage = "import"
        _imported(wheel, work)
        result.stage = "done"
    except (StageError, Abi3BuildError, OSError, subprocess.TimeoutExpired) as fault:
        result.reason = str(fault)[-1500:]
    result.seconds = round(time.monotonic() - start, 1)
    return result


def _run(
    command: list[str], folder: Path, environ: dict[str, str] | None = None
) -> str:
    run = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=1200,
        check=False,
        env={**os.environ, **(environ or {})},
    )
    if run.returncode:
        raise StageError((run.stdout + run.stderr).strip())
    return run.stdout


def fetched(pinned: Pinned, folder: Path) -> Path:
    """Return the sdist, from the folder or through pip, checked by its hash."""
    folder.mkdir(exist_ok=True, parents=True)
    for attempt in (0, 1):
        for path in folder.iterdir():
            if hashlib.sha256(path.read_bytes()).hexdigest() == pinned.sha256:
                return path
        if not attempt:
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
            command += ["--no-binary", ":all:", "-d", str(folder)]
            _run([*command, f"{pinned.name}=={pinned.version}"], folder)
    message = f"the index has another file than sha256:{pinned.sha256}"
    raise StageError(message)


def unpacked(sdist: Path, folder: Path) -> Path:
    """Return the folder of an unpacked sdist, unpacked afresh."""
    folder.mkdir(exist_ok=True)
    if sdist.suffix == ".zip":
        with zipfile.ZipFile(sdist) as archive:
            top = archive.namelist()[0].split("/")[0]
            shutil.rmtree(folder / top, ignore_errors=True)
            archive.extractall(folder)  # noqa: S202 - zipfile keeps to the folder
    else:
        with tarfile.open(sdist) as archive:
            top = archive.getnames()[0].split("/")[0]
            shutil.rmtree(folder / top, ignore_errors=True)
            # The filter keeps members in the folder, and the hash is the list's.
            archive.extractall(folder, filter="data")
    return folder / top


def _oldest_python(project: Path) -> PythonVersion:
    """Return the oldest Python that the metadata of the sdist allows."""
    text = (project / "PKG-INFO").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^Requires-Python: *(.+)$", text, re.MULTILINE)
    try:
        allowed = SpecifierSet(found[1] if found else "")
    except InvalidSpecifier:
        allowed = SpecifierSet()
    fitting = [each for each in _SUPPORTED if allowed.contains(f"{each}.99")]
    return max(min(fitting, default=_SUPPORTED[0]), PythonVersion(3, 9))


def _fix(
    project: Path,
    floor: PythonVersion,
    oldest: PythonVersion,
    result: Result,
    work: Path,
) -> None:
    report = fix_project(project, floor, oldest, compat=True)
    (work / "results" / f"{result.name}.txt").write_text(render_text(report))
    result.errors_before = report.errors_before
    result.errors_after = len(report.remaining)
    result.steps = len(report.kept)
    changed = work / "changed" / result.name
    shutil.rmtree(changed, ignore_errors=True)
    for name, data in report.contents.items():
        for file in (project / name, changed / name):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    # What is left is no verdict: the build decides, which may write other sources.


def declare(file: Path, text: str, floor: PythonVersion) -> None:
    """Write the table, and have the build install abi3build."""
    table = f'\n[tool.abi3build]\nmin-python = "{floor}"\n'
    if floor >= PythonVersion(3, 9):
        table += "compat = true\n"
    if "[build-system]" not in text:
        text = '[build-system]\nrequires = ["setuptools"]\n\n' + text
    text = re.sub(r"(?m)^([ \t]*requires\s*=\s*\[)", r'\1"abi3build", ', text, count=1)
    file.write_text(text + table, encoding="utf-8")


def built(project: Path, own: Path, folder: Path, python: str = sys.executable) -> Path:
    """Return a new wheel of a project, built by a Python with the abi3build in own."""
    shutil.rmtree(folder, ignore_errors=True)
    command = ["uv", "build", "--wheel", "--find-links", str(own), "-o", str(folder)]
    command += ["--python", python, "--refresh-package", "abi3build"]
    _run([*command, str(project)], project)
    return next(folder.glob("*.whl"))


def _imported(wheel: Path, folder: Path) -> None:
    """Import the wheel everywhere; with cffi, if a module needs it unasked."""
    command = [sys.executable, "-m", "abi3build", "try", str(wheel)]
    try:
        _run(command, folder)
    except StageError as fault:
        if "No module named '_cffi_backend'" not in str(fault):
            raise
        _run([*command, "--requires", "cffi"], folder)


def _row(result: Result) -> str:
    reason = result.reason.strip().splitlines()
    shown = next((each for each in reason if "error" in each.lower()), "")
    shown = shown or (reason[-1] if reason else "")
    return (
        f"| {result.name} | {result.floor} | {result.errors_before} |"
        f" {result.errors_after} | {result.steps} | {result.stage} | {shown[:110]} |"
    )


def _table(results: list[Result]) -> str:
    done = sum(each.stage == "done" for each in results)
    lines = [
        "",
        "| project | floor | errors | left | steps | came to | why no further |",
        "|---|---|---|---|---|---|---|",
        *map(_row, results),
        "",
        f"{done} of {len(results)} import from their floor on",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
