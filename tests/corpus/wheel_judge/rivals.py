"""What the other auditors say, under a limit of time and memory.

abi3audit 0.0.26 took more than two minutes and gigabytes for one large Windows wheel.
abicheck 0.7 compares two files; a module against itself, with a floor, is an audit.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

__all__ = ["ask_abi3audit", "ask_abicheck"]

_MEMORY = 8 << 30
_SECONDS = 400


def ask_abi3audit(wheel: Path) -> dict[str, object]:
    """Return abi3audit's exit status, its complaints and its time in seconds."""
    started = time.monotonic()
    done = _run(["abi3audit", "--report", "--verbose", str(wheel)])
    answer: dict[str, object] = {"seconds": round(time.monotonic() - started, 2)}
    if done is None:
        return {**answer, "failed": "not installed, or over the limit"}
    answer["status"] = done.returncode
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return {**answer, "failed": done.stderr.strip()[-300:]}
    results = [
        (item["name"], item["result"])
        for spec in report["specs"].values()
        for item in spec.get("wheel", ())
    ]
    answer["subject"] = len(results)
    answer["not abi3"] = {
        name: sorted(result["non_abi3_symbols"])
        for name, result in results
        if result.get("non_abi3_symbols")
    }
    answer["newer"] = {
        name: dict(sorted(result["future_abi3_objects"].items()))
        for name, result in results
        if result.get("future_abi3_objects")
    }
    return answer


def ask_abicheck(wheel: Path, members: list[str], floor: str) -> dict[str, object]:
    """Return what abicheck says of some members of a wheel."""
    answer: dict[str, object] = {}
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        for member in members:
            file = archive.extract(member, folder)
            report = Path(folder, "report.json")
            report.unlink(missing_ok=True)
            command = ["abicheck", "compare", file, file, "--abi3", floor]
            done = _run([*command, "-o", f"json={report}"])
            if done is None or not report.exists():
                said = done.stderr.strip()[-300:] if done else "over the limit"
                answer[member] = f"failed: {said}"
                continue
            document = json.loads(report.read_text(encoding="utf-8"))
            answer[member] = [
                document["verdict"],
                *(f"{c['kind']}: {c['symbol']}" for c in document.get("changes", ())),
            ]
    return answer


def _run(command: list[str]) -> subprocess.CompletedProcess[str] | None:
    if shutil.which(command[0]) is None:
        return None
    try:
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            preexec_fn=_limit_memory,
        )
    except subprocess.TimeoutExpired:
        return None


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
