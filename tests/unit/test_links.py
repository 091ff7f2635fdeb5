"""What is known about a link, from its linker or only from its command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from abi3build.evidence.link_inputs import (
    is_still_its_output,
    keep_link,
    kept_link,
    read_link,
    settle_link,
)
from abi3build.evidence.linker_report import LinkerReport

OBJECT = (
    Path(__file__).parent.parent / "binaries" / "linux" / "library-x86_64.elf"
).read_bytes()


def test_what_its_command_alone_tells_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["cc", "-shared", "gone.o", "-o", "core.so"]
    untold = read_link(Path("build"), "core.so", command, None)
    told = read_link(Path("build"), "core.so", command, LinkerReport(("gone.o",)))
    assert (untold.is_told, told.is_told) == (False, True)
    for link in (untold, told):
        (gone,) = link.objects
        assert (gone.name, gone.is_gone) == ("gone.o", True)
    keep_link(Path("build"), untold)
    assert kept_link(Path("build"), "core.so") == untold


def test_a_file_is_a_links_until_another_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    output, build = Path("core.so"), Path("build")
    output.write_bytes(OBJECT)
    link = read_link(build, str(output), ["cc", "-o", "core.so"], LinkerReport(()))
    assert is_still_its_output(link)
    keep_link(build, link)
    # A build of its own strips it before it ends; what comes later is another's.
    output.write_bytes(OBJECT + b"stripped")
    assert not is_still_its_output(link)
    settle_link(build, str(output), link)
    settled = kept_link(build, str(output))
    assert settled is not None
    assert is_still_its_output(settled)
    output.write_bytes(OBJECT + b"written by another program")
    settle_link(build, str(output), None)
    assert kept_link(build, str(output)) is None


STUB = b"\x7fELF" + bytes(60)
"""An object that no reader of abi3build understands."""


def test_only_what_the_driver_adds_counts_as_the_compilers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project may call a file as the compiler's own are called, or lay it there."""
    monkeypatch.chdir(tmp_path)
    for name in ("lib/crti.o", "lib/own.o", "tool/crtbeginS.o", "tool/other.o"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(STUB)
    Path("options").write_text("lib/own.o tool/other.o", encoding="utf-8")
    files = ("tool/crtbeginS.o", "lib/crti.o", "./lib/own.o", "tool/other.o")
    command = ["cc", "-shared", "lib/crti.o", "@options", "-o", "core.so"]
    link = read_link(Path("build"), "core.so", command, LinkerReport(files))
    named = [each.name for each in link.objects]
    assert named == ["lib/crti.o", "lib/own.o", "tool/other.o"]


def test_an_input_that_cannot_be_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.o").write_bytes(STUB)
    link = read_link(Path("build"), "core.so", ["cc"], LinkerReport(("own.o",)))
    (found,) = link.objects
    assert found.fault == "elf header: unknown class or byte order"
    keep_link(Path("build"), link)
    assert kept_link(Path("build"), "core.so") == link


def test_a_link_in_a_folder_whose_name_is_no_text_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux has names of any bytes, and setuptools builds there."""
    folder = tmp_path / "caf\udce9"
    try:
        folder.mkdir()
    except (OSError, UnicodeError):
        pytest.skip("this file system has no such names")
    monkeypatch.chdir(folder)
    link = read_link(Path("build"), "core.so", ["cc"], LinkerReport(("x\udcff.o",)))
    keep_link(Path("build"), link)
    assert kept_link(Path("build"), "core.so") == link


def test_names_with_line_breaks_are_put_together_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if sys.platform == "win32":
        pytest.skip("file names there have no line breaks")
    Path("two\nlines.o").write_bytes(STUB)
    command = ["cc", "-shared", "two\nlines.o", "gone.o", "-o", "core.so"]
    report = LinkerReport(("two", "lines.o", "gone.o"))
    link = read_link(Path("build"), "core.so", command, report)
    told = {each.name: each.is_gone for each in link.objects}
    assert told == {"two\nlines.o": False, "gone.o": True}
