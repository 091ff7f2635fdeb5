"""``--baseline``: what an earlier report holds is known and does not fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from calling import elf_taking, run, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

OLD = "Some.Demo-1.0-cp37-abi3-linux_x86_64.whl"
NEW = "some_demo-1.1-cp37-abi3-linux_x86_64.whl"
PRIVATE = elf_taking("_PyLong_NumBits")
NEWER = elf_taking("PyFrame_GetCode")
MAKE_ONE = "make one with abi3build audit --format json --output FILE"


def members(release: str, *libraries: bytes) -> dict[str, bytes]:
    """Place modules where the folder's name has the release in it."""
    return {
        f"{release}.data/platlib/demo{number}/sample.abi3.so": library
        for number, library in enumerate(libraries)
    }


@pytest.fixture
def baseline(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    """Make a baseline with one private symbol in release 1.0."""
    path = tmp_path / "baseline.json"
    wheel = write_wheel(tmp_path / OLD, members("Some.Demo-1.0", PRIVATE))
    run(capsys, "audit", "--format", "json", "--output", path, wheel)
    return path


def test_a_later_release_with_the_same_finding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, baseline: Path
) -> None:
    wheel = write_wheel(tmp_path / NEW, members("some_demo-1.1", PRIVATE))
    status, out, _ = run(capsys, "audit", "--baseline", baseline, wheel)
    assert status == 0
    assert out == (
        f"{NEW} does not keep its promise to Python 3.7, as in the baseline\n"
        "  some_demo-1.1.data/platlib/demo0/sample.abi3.so\n"
        "    ABI101 _PyLong_NumBits          known: private, never stable\n"
        "    ABI102 Py_GetConstantBorrowed   known info: stable since 3.13; weak, so it"
        " may be missing\n"
    )


@pytest.mark.parametrize(
    ("name", "libraries"),
    [
        pytest.param(NEW, [PRIVATE, PRIVATE], id="another-file"),
        pytest.param(NEW, [NEWER], id="another-symbol"),
        pytest.param(NEW.replace("some", "any"), [PRIVATE], id="another-distribution"),
    ],
)
def test_what_is_new_fails(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    baseline: Path,
    name: str,
    libraries: list[bytes],
) -> None:
    release = "-".join(name.split("-")[:2])
    wheel = write_wheel(tmp_path / name, members(release, *libraries))
    status, out, _ = run(capsys, "audit", "--baseline", baseline, wheel)
    assert status == 1
    assert out.startswith(f"{name} does not keep its promise to Python 3.7\n")


def test_a_loose_file_may_lie_elsewhere(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    baseline = tmp_path / "baseline.json"
    for folder, status in (("here", 1), ("there", 0)):
        path = tmp_path / folder / "sample.abi3.so"
        path.parent.mkdir()
        path.write_bytes(PRIVATE)
        known = ["--baseline", baseline] if baseline.exists() else []
        arguments = ("audit", "--format", "json", "-o", baseline, *known, path)
        assert run(capsys, *arguments)[0] == status


def test_a_report_with_a_baseline_is_a_baseline_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, baseline: Path
) -> None:
    wheel = write_wheel(tmp_path / NEW, members("some_demo-1.1", PRIVATE))
    arguments = ("audit", "--format", "json", "--baseline", baseline, wheel)
    status, out, _ = run(capsys, *arguments)
    assert status == 0
    assert [each["known"] for each in json.loads(out)["reports"][0]["findings"]] == [
        True,
        True,
    ]
    baseline.write_text(out, encoding="utf-8")
    assert run(capsys, "audit", "--baseline", baseline, wheel)[0] == 0


REFUSED = [
    pytest.param("{", "not JSON", id="no-json"),
    pytest.param("[" * 100_000, "not JSON", id="too-deep"),
    pytest.param("[]", "not a report of abi3build audit", id="list"),
    pytest.param('{"specs": {}}', "not a report of abi3build audit", id="abi3audit"),
    pytest.param(
        '{"format": 1, "reports": {}}', "not a report of abi3build audit", id="no-list"
    ),
    pytest.param(
        '{"format": 1, "reports": [{"name": 3, "findings": []}]}',
        "not a report of abi3build audit",
        id="name-is-no-text",
    ),
    pytest.param(
        '{"format": 1, "reports": [{"name": "x", "findings": [{"code": "ABI101"}]}]}',
        "not a report of abi3build audit",
        id="finding-in-part",
    ),
    pytest.param(
        '{"format": 2, "reports": []}',
        "format 2, but this abi3build reads 1",
        id="later-format",
    ),
]


@pytest.mark.parametrize(("text", "fault"), REFUSED)
def test_a_file_that_is_no_baseline(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, fault: str
) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    assert run(capsys, "audit", "--baseline", path, "gone.whl") == (
        2,
        "",
        f"abi3build: error: --baseline {path}: {fault}: {MAKE_ONE}\n",
    )


def test_a_file_that_could_not_be_read_before_either_is_known(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    baseline, name = tmp_path / "baseline.json", "some_demo-{}-cp39-abi3-linux_a.whl"
    before, folder = tmp_path / "1.0", tmp_path / "1.1"
    for each in (before, folder):
        each.mkdir()
        (each / name.format(each.name)).write_bytes(b"no zip file")
        write_wheel(each / NEW, {"sample.abi3.so": elf_taking("PyLong_AsDouble")})
    output = ("--format", "json", "--output", baseline)
    assert run(capsys, "audit", before, *output)[0] == 3
    status, out, err = run(capsys, "audit", "--baseline", baseline, folder)
    assert status == 0
    assert out.endswith("2 inputs: 1 keeps its promise, 1 unreadable\n")
    assert err == (
        f"abi3build: note: as in the baseline: {name.format('1.1')}: not a readable zip"
        " file (it has no directory at its end): build it again\n"
    )
    (folder / name.format("1.1").replace("some", "any")).write_bytes(b"no zip file")
    assert run(capsys, "audit", "--baseline", baseline, folder)[0] == 3
