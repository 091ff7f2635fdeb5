"""Judge abi3 wheels without abi3build, to say what abi3build ought to find.

    judge_wheel.py WHEEL...            evidence and verdicts as JSON
    judge_wheel.py --rivals WHEEL...   what abi3audit and abicheck say
    judge_wheel.py --corpus tests/corpus/wheels.json --folder WHEELS
                                       judge the whole corpus again

Needs binutils, LLVM's tools on PATH, and the packages pefile, macholib, abi3info and
packaging.  ``--exports`` and ``--dll-exports`` name files of what CPython's releases
export, as JSON; without the first, the interpreters on PATH are asked.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wheel_judge.corpus_rows import corpus_text, expected
from wheel_judge.known import read_known
from wheel_judge.rivals import ask_abi3audit, ask_abicheck
from wheel_judge.verdicts import judge
from wheel_judge.wheel_evidence import read_wheel

if TYPE_CHECKING:
    from wheel_judge.known import Known
    from wheel_judge.wheel_evidence import WheelEvidence


def main() -> int:
    """Judge the wheels; 1 where two tools read different facts out of one file."""
    options = _options()
    known = read_known(options.exports, options.dll_exports)
    if options.corpus:
        _judge_corpus(options.corpus, options.folder, known)
        return 0
    reports = [_report(path, known, rivals=options.rivals) for path in options.wheels]
    json.dump(reports, sys.stdout, indent=2)
    return int(any(report["tools disagree"] for report in reports))


def _report(path: Path, known: Known, *, rivals: bool) -> dict[str, object]:
    evidence = read_wheel(path)
    verdict = judge(evidence, known)
    report: dict[str, object] = {
        "wheel": path.name,
        "requires python": evidence.requires_python,
        "foreign": {path: repr(head) for path, head in evidence.foreign.items()},
        "images": _images(evidence),
        "tools disagree": [
            f"{file}: {text}"
            for file, images in evidence.images.items()
            for image in images
            for text in image.disagreements
        ],
        "expected": expected(verdict),
        "why": [f"{row.code} {row.subject}: {row.why}" for row in verdict.rows],
    }
    if rivals:
        floor = ".".join(map(str, verdict.floor))
        members = [
            file
            for file, images in evidence.images.items()
            if any(image.taken or image.hooks for image in images)
        ]
        report["abi3audit"] = ask_abi3audit(path)
        report["abicheck"] = ask_abicheck(path, members, floor)
    return report


def _images(evidence: WheelEvidence) -> list[dict[str, object]]:
    return [
        {
            "file": file,
            "format": image.format,
            "machine": image.machine,
            "taken": sorted({taken.symbol for taken in image.taken}),
            "given": sorted(image.given),
            "hooks": sorted(image.hooks),
            "libraries": sorted(image.libraries),
        }
        for file, images in evidence.images.items()
        for image in images
    ]


def _judge_corpus(corpus: Path, folder: Path, known: Known) -> None:
    wheels = json.loads(corpus.read_text(encoding="utf-8"))["wheels"]
    for wheel in wheels:
        path = folder / wheel["filename"]
        if path.exists():
            wheel["expected"] = expected(judge(read_wheel(path), known))
    corpus.write_text(corpus_text(wheels), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wheels", metavar="WHEEL", nargs="*", type=Path)
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--exports", type=Path)
    parser.add_argument("--dll-exports", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
