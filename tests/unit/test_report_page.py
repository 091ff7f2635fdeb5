"""The samples of other forms in docs/report.md are what the audit writes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from reporting import error, image, made_report, run_over

from abi3build.reports.forms import render

PAGE = Path(__file__).resolve().parents[2] / "docs" / "report.md"
WHEEL = "demo-1.0-cp39-abi3-linux_x86_64.whl"
MODULE = "demo/_core.abi3.so"
_SAMPLE = re.compile(r"\n\n((?: {4}.*\n)+)")


def samples() -> list[str]:
    """Return the indented blocks of the page; dots stand for what is left out."""
    text = PAGE.read_text(encoding="utf-8")
    return [dedent(found[1]) for found in _SAMPLE.finditer(text)]


def written(form: str) -> str:
    """Return a report on the wheel of the samples; their module is too new for it."""
    finding = error("PyFrame_GetCode", origin="src/core.c:41")._replace(file=MODULE)
    report = made_report([finding], [image(MODULE, "3.10")], name=WHEEL)
    return render(form, run_over(report))


def is_part(sample: object, whole: Any) -> bool:  # noqa: ANN401 - what JSON holds
    """Tell whether all that a sample says stands in what was written."""
    if isinstance(sample, dict):
        return isinstance(whole, dict) and all(
            key in whole and is_part(each, whole[key]) for key, each in sample.items()
        )
    if isinstance(sample, list):
        return len(sample) == len(whole) and all(map(is_part, sample, whole))
    if isinstance(sample, str):
        return _pattern(sample).fullmatch(whole) is not None
    return bool(sample == whole)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("..."))), re.DOTALL)


def test_each_sample_is_compared() -> None:
    starts = [sample.split()[0] for sample in samples()]
    assert starts == ["::error", "{", "<testsuite"]


@pytest.mark.parametrize(("number", "form"), [(0, "github"), (2, "junit")])
def test_lines(number: int, form: str) -> None:
    words = " ".join(samples()[number].split())
    assert _pattern(words).search(" ".join(written(form).split()))


def test_sarif() -> None:
    (run,) = json.loads(written("sarif"))["runs"]
    (result,) = run["results"]
    assert is_part(json.loads(samples()[1]), result)
