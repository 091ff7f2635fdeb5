"""The wheels of a release as one set: which Python gets which, and what is saved."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

import pytest
from calling import run, write_wheel
from index_server import page_of, serving

from abi3build.releases.release_grid import grid_of_release
from abi3build.releases.released_files import FileFacts, releases_of
from abi3build.releases.savings import Amount, savings_of
from abi3build.reports.json_document import SCHEMA
from abi3build.versions import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index_server import Index

    from abi3build.releases.release_grid import ReleaseGrid

LINUX = "manylinux2014_x86_64.manylinux_2_17_x86_64"


def grid(*tags: str, requires: str = ">=3.11") -> ReleaseGrid:
    """Return the grid of a release by the tags of its wheels."""
    facts = [FileFacts(f"demo-1.0-{tag}.whl", None, requires) for tag in tags]
    (release,) = releases_of(facts)
    return grid_of_release(release)


def rows(found: ReleaseGrid) -> dict[str, list[str]]:
    """Return what each Python takes by platform, tags without the platform."""
    return {
        row.platform: ["-".join(name.split("-")[2:4]) for name in row.chosen]
        for row in found.rows
    }


def test_a_native_wheel_stands_before_the_abi3_one() -> None:
    found = grid(f"cp311-abi3-{LINUX}", f"cp313-cp313-{LINUX}")
    assert found.pythons == ("3.11", "3.12", "3.13", "3.14", "3.15")
    assert rows(found) == {
        "manylinux_2_17_x86_64": [
            *("cp311-abi3", "cp311-abi3", "cp313-cp313", "cp311-abi3", "cp311-abi3")
        ]
    }
    assert (found.gaps, found.others) == ((), ())


def test_of_two_abi3_wheels_the_newer_floor_is_taken() -> None:
    found = grid("cp311-abi3-win_amd64", "cp313-abi3-win_amd64")
    assert rows(found)["win_amd64"][1:4] == ["cp311-abi3", "cp313-abi3", "cp313-abi3"]


def test_a_python_without_a_wheel_is_named_with_its_platforms() -> None:
    found = grid(
        *("cp311-abi3-win32", "cp313-cp313-win_amd64", "cp313-cp313-win_arm64"),
    )
    older, newer = found.gaps[:2], found.gaps[2:]
    assert [(each.pythons, each.platforms) for each in older] == [
        (("3.11", "3.12", "3.14", "3.15"), ("win_amd64", "win_arm64"))
    ]
    assert newer == ()
    assert older[0].hint == (
        "build an abi3 wheel there, which serves every Python from its floor on"
    )


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        (
            "cp313-abi3-win32",
            "lower min-python to 3.11, build wheels for 3.11, 3.12 there, or set"
            ' requires-python = ">=3.13"',
        ),
        (
            "cp313.cp314.cp315-none-win32",
            'build wheels for 3.11, 3.12 there, or set requires-python = ">=3.13"',
        ),
    ],
)
def test_what_to_do_for_older_pythons(tag: str, hint: str) -> None:
    (gap,) = grid(tag).gaps
    assert (gap.pythons, gap.hint) == (("3.11", "3.12"), hint)


def test_each_level_of_a_platform_has_a_row_as_far_as_it_differs() -> None:
    found = grid(
        *("cp311-abi3-macosx_10_9_universal2", "cp313-cp313-macosx_11_0_arm64"),
        *("cp314-cp314-macosx_14_0_arm64", "cp315-cp315-macosx_10_9_x86_64"),
    )
    abi3 = "cp311-abi3"
    assert rows(found) == {
        "macosx_11_0_arm64": [abi3, abi3, "cp313-cp313", abi3, abi3],
        "macosx_14_0_arm64": [abi3, abi3, "cp313-cp313", "cp314-cp314", abi3],
        "macosx_10_9_x86_64": [abi3, abi3, abi3, abi3, "cp315-cp315"],
    }


def test_old_systems_are_no_gap_and_old_pythons_none_where_there_never_were_any() -> (
    None
):
    found = grid(
        *("cp39-abi3-manylinux_2_28_x86_64", "cp312-cp312-manylinux_2_17_x86_64"),
        *("cp313-abi3-ios_13_0_arm64_iphoneos", "cp311-abi3-win_arm64"),
        requires=">=3.9",
    )
    assert rows(found)["manylinux_2_17_x86_64"].count("") == 6
    assert found.gaps == ()


def test_free_threaded_pythons_take_no_abi3_wheel() -> None:
    found = grid(
        *("cp311-abi3-win32", "cp314-cp314t-win32", "cp315-abi3.abi3t-win32"),
    )
    assert found.pythons[-2:] == ("3.14t", "3.15t")
    assert rows(found)["win32"][-3:] == [
        *("cp315-abi3.abi3t", "cp314-cp314t", "cp315-abi3.abi3t")
    ]
    assert found.gaps == ()


def test_wheels_for_python_2_make_no_columns() -> None:
    found = grid("cp27-cp27m-win32", "cp314-cp314-win32", requires="")
    assert found.pythons == ("3.14",)


def test_a_set_that_cannot_be_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(tmp_path, "cp313-abi3-win32", "cp314-cp314-win32")
    monkeypatch.setattr("abi3build.commands.release_views._MOST", 1)
    assert run(capsys, "audit", "--set", tmp_path) == (
        2,
        "",
        "abi3build: error: --set: demo 1.0 has 2 wheels, and at most 1 are compared:"
        " leave out --set\n",
    )


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_names_of_files_are_no_markup(
    form: str, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(index, "cp314-cp314-<b>`|x", "cp315-cp315-<b>`|x", "cp315-cp315-win32")
    options = ("--set", "--pypi", "demo", f"--format={form}")
    out = run(capsys, "audit", "--no-cache", *options)[1]
    assert "x" in out
    safe = {"markdown": "``<b>`\\|x``", "html": "&lt;b&gt;`|x"}[form]
    assert safe in out
    assert "<b>" not in out.replace(safe, "")


def test_other_pythons_are_left_out_and_named() -> None:
    other = "demo-1.0-pp311-pypy311_pp73-win32.whl"
    found = grid("cp311-abi3-win32", "pp311-pypy311_pp73-win32")
    assert found.others == (other,)


def folder(path: Path, *tags: str) -> Path:
    for tag in tags:
        write_wheel(path / f"demo-1.0-{tag}.whl", metadata="Requires-Python: >=3.13\n")
    return path


SHOWN = """\
demo 1.0: the wheel that pip takes
                     3.13    3.14   3.15
  macosx_11_0_arm64  -       cp314  -
  linux_x86_64       cp313+  cp314  cp313+
  cp313+ stands for the abi3 wheel from 3.13 on, - for none
  error: Python 3.13, 3.15 get no wheel on macosx_11_0_arm64
  hint: build an abi3 wheel there, which serves every Python from its floor on
"""


def test_a_set_may_be_named_wheel_by_wheel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a shell does with dist/*.whl; alone, a native wheel promises nothing."""
    folder(tmp_path, "cp313-abi3-linux_x86_64", "cp314-cp314-linux_x86_64")
    names = sorted(tmp_path.iterdir())
    status, out, err = run(capsys, "audit", "--set", *names)
    assert (status, "error" in err) == (0, False)
    assert "  linux_x86_64  cp313+  cp314  cp313+\n" in out
    assert run(capsys, "audit", *names)[0] == 3


def test_a_set_without_an_abi3_wheel_needs_no_words_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder(tmp_path, *(f"cp3{n}-cp3{n}-win_amd64" for n in (13, 14, 15)))
    status, out, _ = run(capsys, "audit", "--set", tmp_path)
    assert (status, "stands for" in out) == (0, False)


def test_a_wheel_that_cannot_be_read_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for tag in ("cp313-abi3", "cp314-cp314"):
        (tmp_path / f"demo-1.0-{tag}-win_amd64.whl").write_bytes(b"no")
    status, _, err = run(capsys, "audit", "--set", tmp_path)
    assert status == 3
    for tag in ("cp313-abi3", "cp314-cp314"):
        assert err.count(f"demo-1.0-{tag}-win_amd64.whl: not a readable zip") == 1


def test_a_folder_is_shown_as_a_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tags = ("cp313-abi3-linux_x86_64", "cp314-cp314-linux_x86_64")
    folder(tmp_path, *tags, "cp314-cp314-macosx_11_0_arm64")
    assert "takes" not in run(capsys, "audit", tmp_path)[1]
    status, out, _ = run(capsys, "audit", "--set", "--quiet", tmp_path)
    assert (status, out) == (1, SHOWN)
    (tmp_path / "demo-1.0.tar.gz").write_bytes(b"")
    status, out, _ = run(capsys, "audit", "--set", tmp_path)
    assert status == 0
    assert "  warning: Python 3.13, 3.15 get no wheel on macosx_11_0_arm64, and" in out
    assert run(capsys, "audit", "--set", "--fail-on=warning", tmp_path)[0] == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("github", "::error title=abi3build::demo 1.0: Python 3.13 gets no wheel on"),
        ("sarif", '"text": "demo 1.0: Python 3.13 gets no wheel on win32'),
        ("junit", 'message="demo 1.0: Python 3.13 gets no wheel on win32'),
        ("markdown", "| `win32` | `-` | `cp314` | `cp315` |"),
        ("html", '<tr><th>win32</th><td class="broken">-</td><td>cp314</td>'),
        ("json", '"3.14": "demo-1.0-cp314-cp314-win32.whl"'),
    ],
)
def test_every_form_tells_of_the_gap(
    form: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder(tmp_path, "cp314-cp314-win32", "cp315-cp315-win32")
    status, out, _ = run(capsys, "audit", "--set", f"--format={form}", tmp_path)
    assert status == 1
    assert said in out


def test_the_form_of_abi3audit_tells_it_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder(tmp_path, "cp314-cp314-win32")
    status, _, err = run(capsys, "audit", "--set", "--format=abi3audit-json", tmp_path)
    assert status == 1
    assert "abi3build: error: demo 1.0: Python 3.13 gets no wheel on win32: " in err


def facts(*tags: str, size: int | None = 1_000_000) -> list[FileFacts]:
    return [FileFacts(f"demo-1.0-{tag}.whl", size, ">=3.8") for tag in tags]


def test_savings_leave_what_abi3_does_not_serve() -> None:
    pythons = ("cp38", "cp39", "cp310", "cp311")
    tags = [
        f"{each}-{each}-{system}" for each in pythons for system in (LINUX, "win32")
    ]
    (release,) = releases_of(
        facts(*tags, "cp314-cp314t-win32", "pp311-pypy311_pp73-win32")
    )
    found = savings_of(release)
    assert found is not None
    assert (found.floor, found.staying) == (PythonVersion(3, 9), 4)
    assert (found.now, found.then) == (Amount(10, 10_000_000), Amount(6, 6_000_000))
    assert [(each.system, each.then.wheels) for each in found.systems] == [
        ("Linux x86_64", 2),
        ("Windows x86", 4),
    ]
    later = savings_of(release, PythonVersion(3, 10))
    assert later is not None
    assert later.then.wheels == 8


@pytest.mark.parametrize(
    "tags",
    [
        ("py3-none-any",),
        ("cp39-abi3-win32", "cp39-abi3-win_amd64", "cp314-cp314t-win32"),
        ("cp39-cp39-win32",),
    ],
)
def test_nothing_is_saved_where_there_is_nothing_to_save(tags: tuple[str, ...]) -> None:
    (release,) = releases_of(facts(*tags))
    assert savings_of(release) is None


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    """Serve an index whose page has wheels that nothing can fetch."""
    for name in list(os.environ):
        if name.startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving() as started:
        monkeypatch.setenv("PIP_INDEX_URL", f"{started.address}/simple")
        yield started


def publish(index: Index, *tags: str) -> None:
    files: list[dict[str, object]] = [
        {
            "filename": f"demo-1.0-{tag}.whl",
            "url": f"../../files/{tag}",
            "hashes": {},
            "size": 2_500_000,
            "requires-python": ">=3.13",
        }
        for tag in tags
    ]
    files.append({"filename": "demo-1.0.tar.gz", "url": "../x", "hashes": {}})
    index.pages["/simple/demo/"] = page_of(files)


NATIVE = ("cp313-cp313-win32", "cp314-cp314-win32", "cp314-cp314t-win32")


def test_what_abi3_would_save_comes_from_the_index_alone(
    index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(index, *NATIVE)
    status, out, err = run(capsys, "audit", "--no-cache", "--pypi", "demo")
    assert (status, err) == (
        3,
        "abi3build: error: demo: no wheel of 1.0 promises the stable ABI: name another"
        " version\n",
    )
    assert out == (
        "demo 1.0: 3 wheels, 7.5 MB a release; abi3 from 3.13: 2 wheels, 5.0 MB, 1 of"
        " them for free-threaded, older or other Pythons\n"
        "  Windows x86  3 wheels, 7.5 MB  2 wheels, 5.0 MB\n"
    )
    assert [path for path, _ in index.asked] == ["/simple/demo/"]


SETUP = """\
from setuptools import Extension, setup
setup(version="1", name="demo", ext_modules=[Extension("x", ["x.c"])])
"""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("setup.py", SETUP),
        ("setup.cfg", "[metadata]\nversion = 1\nname = demo\n"),
        ("pyproject.toml", '[project]\nname = "demo"\nversion = "1"\n'),
    ],
)
def test_init_says_what_the_change_saves(
    file: str,
    text: str,
    index: Index,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    publish(index, *NATIVE)
    (tmp_path / "setup.py").write_text(SETUP.replace('name="demo", ', ""))
    (tmp_path / file).write_text(text)
    options = ("--yes", "--min-python=3.13", tmp_path)
    status, out, err = run(capsys, "init", *options)
    assert (status, err) == (0, "")
    assert out.endswith(
        "next: python -m build --wheel\n"
        "demo 1.0: 3 wheels, 7.5 MB a release; abi3 from 3.13: 2 wheels, 5.0 MB, 1 of"
        " them for free-threaded, older or other Pythons\n"
    )


def test_init_does_not_wait_for_an_index(
    index: Index,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "setup.py").write_text(SETUP)
    index.pages["/simple/demo/"] = lambda _: threading.Event().wait(1)  # type: ignore[assignment]
    monkeypatch.setattr("abi3build.commands.release_views._SECONDS_FOR_INDEX", 0.1)
    status, out, _ = run(capsys, "init", "--yes", tmp_path)
    assert status == 0
    assert out.endswith("what abi3 would save is not known: no index answered in 0 s\n")


def test_a_published_set_without_abi3_is_shown_all_the_same(
    index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(index, *NATIVE, "cp314-cp314-win_amd64")
    options = ("--set", "--pypi", "demo", "--fail-on=warning", "--format=json")
    status, out, err = run(capsys, "audit", "--no-cache", *options)
    assert (status, err) == (1, "")
    document = json.loads(out)
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(SCHEMA.read_bytes())
    jsonschema.Draft202012Validator(schema).validate(document)
    (release,) = document["releases"]
    (gap,) = release["chosen_wheels"]["gaps"]
    assert (gap["pythons"], gap["platforms"], gap["severity"]) == (
        *(["3.13"], ["win_amd64"], "warning"),
    )
    assert release["savings"]["now"] == {"wheels": 4, "size": 10_000_000}
