"""``audit --pypi`` against a real server on this machine."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest
from calling import LIBRARY, elf_taking, run, write_wheel
from index_server import page_of, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index_server import Index

GOOD = "demo-1.0-cp39-abi3-linux_x86_64.whl"
BAD = "demo-1.1-cp37-abi3-linux_x86_64.whl"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    """Serve an index, and have pip's settings name it and nothing else."""
    for name in list(os.environ):
        if name.startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving() as started:
        monkeypatch.setenv("PIP_INDEX_URL", f"{started.address}/simple")
        yield started


def audit(
    capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int, str, str]:
    """Audit without a cache."""
    return run(capsys, "audit", "--no-cache", *arguments)


def wheels(folder: Path) -> tuple[Path, Path]:
    """Write two releases, the newer of which breaks its promise."""
    good = write_wheel(folder / GOOD, metadata="Requires-Python: >=3.9\n")
    members = {"demo/sample.abi3.so": elf_taking("PyFrame_GetCode")}
    bad = write_wheel(folder / BAD, members, metadata="Requires-Python: >=3.7\n")
    return good, bad


def test_newest_release_is_audited_and_shown_as_a_table(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Index
) -> None:
    pure = write_wheel(tmp_path / "demo-1.1-py3-none-any.whl")
    newer = write_wheel(tmp_path / "demo-2.0rc1-cp39-abi3-linux_x86_64.whl")
    index.publish("demo", *wheels(tmp_path), pure, newer)
    status, out, err = audit(capsys, "--pypi", "Demo")
    assert (status, err) == (1, "")
    info = (
        "ABI102 Py_GetConstantBorrowed   info: stable since 3.13; weak, so it may"
        " be missing"
    )
    assert out == (
        f"{BAD} does not keep its promise to Python 3.7\n"
        "  demo/sample.abi3.so\n"
        "    ABI102 PyFrame_GetCode          stable since 3.10\n"
        f"    {info}\n"
        '  hint: min-python = "3.10" settles PyFrame_GetCode\n'
        "demo 1.1\n"
        "  cp37-abi3-linux_x86_64   1 error   symbols available since 3.10\n"
    )


def test_versions_are_chosen_and_each_is_a_table(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Index
) -> None:
    index.publish("demo", *wheels(tmp_path))
    status, out, _ = audit(capsys, "--pypi", "demo>=1", "--fail-on", "never")
    assert status == 0
    assert out.endswith(
        "demo 1.0\n"
        "  cp39-abi3-linux_x86_64   keeps its promise, by its symbols   symbols"
        " available since 3.2\n"
        "demo 1.1\n"
        "  cp37-abi3-linux_x86_64   1 error   symbols available since 3.10\n"
        f"2 inputs: 1 keeps its promise, 1 does not: {BAD}\n"
    )
    assert audit(capsys, "--pypi", "demo==1.0")[0] == 0
    status, out, _ = audit(capsys, "--pypi", "demo==1.0", "--format", "json")
    (report,) = json.loads(out)["reports"]
    assert (status, report["path"], report["version"]) == (0, GOOD, "1.0")


def test_page_of_an_older_index_is_html(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Index
) -> None:
    good, bad = wheels(tmp_path)
    index.publish("demo", good, bad)
    page = (
        f'<!DOCTYPE html><a href="/files/{good.name}#sha256='
        f'{hashlib.sha256(good.read_bytes()).hexdigest()}">x</a>'
        f'<a href="/files/{bad.name}" data-yanked="broken">y</a>'
        '<a href="demo-1.0.tar.gz">z</a>'
    )
    index.pages["/simple/demo/"] = lambda request: request.send(
        page.encode(), "text/html"
    )
    status, out, _ = audit(capsys, "--pypi", "demo")
    assert status == 0
    assert out.startswith("demo 1.0\n")
    assert audit(capsys, "--pypi", "demo==1.1")[0] == 1


def test_wheels_are_kept_by_hash_and_held_against_it_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Index
) -> None:
    good, _ = wheels(tmp_path)
    index.publish("demo", good)
    kept = tmp_path / "kept"
    command = ("audit", "--cache-dir", kept, "--pypi", "demo")
    assert run(capsys, *command)[0] == 0
    assert run(capsys, *command)[0] == 0
    asked = [path for path, _ in index.asked]
    assert asked.count(f"/files/{GOOD}") == 1
    (file,) = kept.iterdir()
    assert file.name == hashlib.sha256(good.read_bytes()).hexdigest()
    file.write_bytes(b"damaged")
    assert run(capsys, *command)[0] == 0
    assert file.read_bytes() == good.read_bytes()
    assert run(capsys, "audit", "--pypi", "demo")[0] == 0
    assert len([*(tmp_path / "cache").rglob("*.*"), *kept.iterdir()]) == 1


def test_folder_that_cannot_be_written_is_no_obstacle(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Index
) -> None:
    index.publish("demo", *wheels(tmp_path))
    (tmp_path / "file").write_bytes(b"")
    where = tmp_path / "file" / "cache"
    command = ("audit", "--cache-dir", where, "--pypi", "demo==1.0")
    assert run(capsys, *command)[0] == 0


def random_bytes(size: int) -> bytes:
    """Return bytes that do not compress, the same ones each time."""
    blocks = (hashlib.sha256(b"%d" % number).digest() for number in range(size // 32))
    return b"".join(blocks)


def test_a_wheel_is_fetched_whole(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Index
) -> None:
    """Parts could not be compared with the hash."""
    noise = random_bytes(2 << 20)
    members = {"demo/data.bin": noise, "demo/sample.abi3.so": LIBRARY}
    metadata = "Requires-Python: >=3.9\n"
    index.publish("demo", write_wheel(tmp_path / GOOD, members, metadata=metadata))
    assert audit(capsys, "--pypi", "demo")[0] == 0
    assert [wanted for _, wanted in index.asked] == ["", ""]


@pytest.mark.parametrize("options", [["--no-cache"], []], ids=["not-kept", "kept"])
def test_a_wheel_with_another_hash_is_not_audited_and_not_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Index, options: list[str]
) -> None:
    good, bad = wheels(tmp_path)
    index.publish("demo", good, bad)
    data = good.read_bytes()
    other = data.replace(b"Requires", b"requires")
    index.pages[f"/files/{GOOD}"] = lambda request: request.send(other)
    status, out, err = run(capsys, "audit", *options, "--pypi", "demo>=1")
    there, said = (hashlib.sha256(each).hexdigest() for each in (other, data))
    assert (status, err) == (
        3,
        f"abi3build: error: {index.address}/files/{GOOD}: its SHA-256 is {there}, but"
        f" the index says {said}: it is not the file that was published\n",
    )
    assert "demo 1.0\n  cp39-abi3-linux_x86_64   cannot be read\ndemo 1.1\n" in out
    kept = [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    right = hashlib.sha256(bad.read_bytes()).hexdigest()
    assert kept == ([] if options else [right])


def test_names_from_an_index_lead_nowhere(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Index
) -> None:
    good, _ = wheels(tmp_path)
    index.publish("demo", good)
    address = f"{index.address}/files/{GOOD}"
    hashes = {"sha256": "../../../taken"}
    names = ["../" + BAD, "demo-9.0-cp39-abi3-x\x1b.whl", "demo.tar.gz", "", GOOD]
    index.pages["/simple/demo/"] = page_of(
        [{"filename": name, "url": address, "hashes": hashes} for name in names]
    )
    kept = tmp_path / "kept"
    status, out, _ = run(capsys, "audit", "--cache-dir", kept, "--pypi", "demo")
    assert status == 0
    assert out.startswith("demo 1.0\n")
    assert not (tmp_path / "taken").exists()


_EXPECTED = "expected a name such as psutil, psutil==7.2.2 or psutil>=7"

FAULTS = {
    "": (2, "nothing to audit: name a PATH, or a project with --pypi"),
    "demo ~ 1": (2, f"--pypi demo ~ 1: {_EXPECTED}"),
    "demo[x]": (
        2,
        f"--pypi demo[x]: extras, URLs and markers do not select wheels: {_EXPECTED}",
    ),
    "demo==9": (3, "demo==9: no matching release has a wheel: check the version"),
    "pure": (
        3,
        "pure: no wheel of 1.0 promises the stable ABI: name another version",
    ),
    "gone": (3, "gone: no such project on {index}/simple: check the name"),
}


@pytest.mark.parametrize("wanted", FAULTS)
def test_what_cannot_be_found_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Index, wanted: str
) -> None:
    index.publish("demo", *wheels(tmp_path))
    index.publish("pure", write_wheel(tmp_path / "pure-1.0-py3-none-any.whl"))
    status, _, err = audit(capsys, *(["--pypi", wanted] if wanted else []))
    expected, fault = FAULTS[wanted]
    text = fault.replace("{index}", index.address)
    assert (status, err) == (expected, f"abi3build: error: {text}\n")


def test_one_project_that_is_missing_does_not_hide_the_others(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, index: Index
) -> None:
    good, bad = wheels(tmp_path)
    index.publish("demo", good)
    status, out, err = audit(capsys, bad, "--pypi", "gone", "--pypi", "demo")
    assert (status, err.count("error")) == (3, 1)
    assert "demo 1.0\n  cp39" in out
    assert "demo 1.1\n  cp37" in out
