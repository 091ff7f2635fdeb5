"""Write the verdicts as rows of the corpus: sorted, one finding a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wheel_judge.case import Row
    from wheel_judge.verdicts import Verdict

__all__ = ["corpus_text", "expected"]


def expected(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as the corpus holds it."""
    lowest = verdict.lowest_floor
    return {
        "lowest_floor": ".".join(map(str, lowest)) if lowest else None,
        "keeps_promise": verdict.keeps_promise,
        "findings": [_finding(row) for row in verdict.rows],
    }


def corpus_text(wheels: list[dict[str, object]]) -> str:
    """Return the whole file: keys in a fixed order, findings on one line each."""
    rows = ",\n".join(_wheel(wheel) for wheel in wheels)
    return f'{{\n  "format": 1,\n  "wheels": [\n{rows}\n  ]\n}}\n'


def _wheel(wheel: dict[str, object]) -> str:
    lines = [
        f"      {json.dumps(key)}: {json.dumps(wheel[key])},\n"
        for key in ("filename", "project", "version", "sha256", "size", "subset")
    ]
    verdict = wheel["expected"]
    if not isinstance(verdict, dict):
        raise TypeError(wheel["filename"])
    findings = ",\n".join(f"          {json.dumps(row)}" for row in verdict["findings"])
    listed = f"[\n{findings}\n        ]" if findings else "[]"
    return (
        f'    {{\n{"".join(lines)}      "expected": {{\n'
        f'        "lowest_floor": {json.dumps(verdict["lowest_floor"])},\n'
        f'        "keeps_promise": {json.dumps(verdict["keeps_promise"])},\n'
        f'        "findings": {listed}\n      }}\n    }}'
    )


def _finding(row: Row) -> dict[str, str]:
    return {
        "code": row.code,
        "severity": row.severity,
        "file": row.file,
        "architecture": row.architecture,
        "subject": row.subject,
    }
