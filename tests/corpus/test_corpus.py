"""Audit real wheels of the index: the findings are those that other tools confirm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from abi3build.cli import main
from abi3build.reports.json_document import SCHEMA
from fetching import (
    Corpus,
    NotFetchedError,
    corpus_folder,
    read_corpus,
    whole_corpus_wanted,
)

if TYPE_CHECKING:
    from pathlib import Path

    from fetching import CorpusWheel

jsonschema = pytest.importorskip("jsonschema")

_CHANGED_BEHAVIOR = "ABI502"
"""An info from a table: no other tool could confirm it."""

_WHEELS = tuple(
    wheel for wheel in read_corpus() if wheel.subset or whole_corpus_wanted()
)


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """Keep the fetched wheels where all sessions find them."""
    return Corpus(corpus_folder())


@pytest.fixture(scope="module")
def told() -> dict[str, bool]:
    """Collect of which audited wheels a line tells that behavior changed."""
    return {}


def _fetched(corpus: Corpus, wheel: CorpusWheel) -> Path:
    try:
        return corpus.path(wheel)
    except NotFetchedError as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("wheel", _WHEELS, ids=lambda wheel: wheel.filename)
def test_findings_are_the_confirmed_ones(
    wheel: CorpusWheel,
    corpus: Corpus,
    told: dict[str, bool],
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Over the whole corpus, no other library reads an image differently (ABI802).
    confirm = ["--confirm"] if whole_corpus_wanted() else []
    path = str(_fetched(corpus, wheel))
    status = main(["audit", *confirm, "--format", "json", path])
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    (report,) = document["reports"]
    found = [
        (
            finding["code"],
            finding["severity"],
            finding["file"] or "",
            finding["architecture"] or "",
            finding["subject"],
        )
        for finding in report["findings"]
        if finding["code"] != _CHANGED_BEHAVIOR
    ]
    expected = [
        (
            finding.code,
            finding.severity,
            finding.file,
            finding.architecture,
            finding.subject,
        )
        for finding in wheel.findings
    ]
    assert sorted(found) == sorted(expected)
    codes = [finding["code"] for finding in report["findings"]]
    told[wheel.filename] = _CHANGED_BEHAVIOR in codes
    assert report["keeps_promise"] is wheel.keeps_promise
    assert report["lowest_floor"] == wheel.lowest_floor
    assert status == int(not wheel.keeps_promise)


def test_a_line_about_behavior_is_no_noise(told: dict[str, bool]) -> None:
    if len(told) < len(_WHEELS):
        pytest.skip("not every wheel was audited")
    assert 0 < sum(told.values()) <= len(told) / 2


def test_the_subset_is_small_and_broad() -> None:
    subset = [wheel for wheel in read_corpus() if wheel.subset]
    platforms = {wheel.filename[: -len(".whl")].rpartition("-")[2] for wheel in subset}
    wanted = ("_x86_64", "_aarch64", "_i686", "_arm64", "universal2", "win32", "amd64")
    assert sum(wheel.size for wheel in subset) <= 300_000_000
    assert len(subset) >= 60
    assert [
        end for end in wanted if not any(name.endswith(end) for name in platforms)
    ] == []
    assert any(name.startswith("musllinux") for name in platforms)
