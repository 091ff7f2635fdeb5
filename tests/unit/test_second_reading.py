"""A wrong reader of ours is caught by the library that reads the file once more."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from calling import LIBRARY, run, write_wheel
from checked_in_files import BINARIES, bytes_of

from abi3build.audit.confirming import confirm_files, confirm_wheel
from abi3build.binaries.elf import elf_reader
from abi3build.binaries.pe import pe_reader
from abi3build.inspection.image_files import read_file, read_images
from abi3build.inspection.second_reading import read_again, read_with_library
from abi3build.setuptools_plugin import kept_readings as kept_readings_module
from abi3build.setuptools_plugin.kept_readings import kept_readings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from abi3build.binaries.image import BinaryFormat, Import
    from abi3build.inspection.second_reading import LibraryReading

ELF = BINARIES / "linux" / "library-x86_64.elf"
PE = BINARIES / "windows" / "stable-x86_64.dll"
DIFFERENT = "PyLong_FromLong"


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in ("linux", "windows", "notes", "slots", "tables", "types")
        for path in sorted((BINARIES / folder).iterdir())
        if {".elf", ".dll", ".exe"} & set(path.suffixes)
    ],
    ids=lambda path: f"{path.parent.name}-{path.name}",
)
def test_both_read_the_same(path: Path) -> None:
    data = bytes_of(str(path.relative_to(BINARIES)))
    (image,) = read_images(data)
    reading = read_again(data, image)
    expected = {
        "only-debug-x86_64.elf": ("gave up: Segment does not contain DT_SYMTAB."),
        "object-x86_64.elf": "an object file has no dynamic symbols",
        "sectionless-no-exports-x86_64.elf": (
            "without sections, pyelftools does not see symbols that are only imported"
        ),
    }.get(path.name, "")
    assert reading.not_confirmed.endswith(expected)
    assert bool(reading.not_confirmed) is bool(expected)
    assert (reading.only_first, reading.only_second) == ((), ())
    assert reading.agrees is not bool(expected)


@pytest.mark.parametrize(
    ("reader", "library"),
    [(elf_reader, "pyelftools"), (pe_reader, "pefile")],
    ids=["elf", "pe"],
)
def test_a_reader_that_drops_a_symbol_is_caught(
    reader: object,
    library: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The fault is planted in our reader; the files are real ones."""
    name = "_imports_and_exports" if reader is elf_reader else "_imports"
    monkeypatch.setattr(reader, name, forgetful(getattr(reader, name)))
    file = tmp_path / ("sample.abi3.so" if reader is elf_reader else "sample.pyd")
    file.write_bytes((ELF if reader is elf_reader else PE).read_bytes())
    status, _, _ = run(capsys, "audit", str(file))
    assert status == 0
    status, out, _ = run(capsys, "audit", "--confirm", str(file))
    assert status == 1
    assert re.search(rf"ABI802 {file.name} +only {library} ", out)
    assert f" found {DIFFERENT}\n" in out


def forgetful(read_imports: Callable[..., object]) -> Callable[..., object]:
    """Return a reader without one of the symbols."""

    def kept(symbols: object) -> list[Import]:
        return [each for each in symbols if each.symbol != DIFFERENT]  # type: ignore[attr-defined]

    def forgetting(*arguments: object) -> object:
        found = read_imports(*arguments)
        if isinstance(found, tuple):
            imports, exports = found
            return tuple(kept(imports)), exports
        return kept(found)

    return forgetting


def test_the_report_says_who_confirmed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = write_wheel(
        tmp_path / "demo-1.0-cp39-abi3-linux_x86_64.whl", {"sample.abi3.so": LIBRARY}
    )
    status, out, _ = run(capsys, "audit", "--confirm", "--format", "json", str(wheel))
    assert status == 0
    (image,) = json.loads(out)["reports"][0]["images"]
    assert image["confirmed_by"].startswith("pyelftools ")
    assert image["not_confirmed"] is None
    status, out, _ = run(capsys, "audit", "--confirm", "--verbose", str(wheel))
    assert status == 0
    assert "\n    confirmed by pyelftools " in out


def test_mach_o_is_never_confirmed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sample.abi3.so"
    file.write_bytes(bytes_of("macos/bundle-arm64.bundle"))
    status, out, _ = run(capsys, "audit", "--confirm", "--verbose", str(file))
    assert status == 0
    assert "    not confirmed: no suitable library reads Mach-O\n" in out


@pytest.mark.parametrize("size", [0, 64, 1000], ids=str)
def test_what_a_library_raises_is_a_reason(size: int) -> None:
    data = PE.read_bytes()
    (image,) = read_images(data)
    reading = read_again(data[:size], image)
    assert not reading.agrees
    assert reading.not_confirmed.startswith("pefile ") or reading.only_first


def test_a_build_reads_the_same_bytes_once_and_others_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a later build; only what the library saw is known, not that it agreed."""
    read: list[bytes] = []

    def reading(data: bytes, file_format: BinaryFormat) -> LibraryReading:
        read.append(data)
        return read_with_library(data, file_format)

    monkeypatch.setattr(kept_readings_module, "read_with_library", reading)
    name = "sample.abi3.so"
    module, wheel = tmp_path / name, tmp_path / "demo-1.0-cp39-abi3-any.whl"
    module.write_bytes(LIBRARY)
    files = (read_file(module)._replace(path=name),)
    library = kept_readings(tmp_path / "build")
    for data in LIBRARY, LIBRARY, LIBRARY + b"\0":
        write_wheel(wheel, {name: data})
        ((_, of_file),) = confirm_files(files, tmp_path, library)
        ((_, of_wheel),) = confirm_wheel(wheel, files, library=library)
        assert of_file == of_wheel
        assert of_wheel.agrees
    assert read == [LIBRARY, LIBRARY + b"\0"]
    (image,) = files[0].images
    wrong = files[0]._replace(images=(image._replace(imports=image.imports[1:]),))
    ((_, compared),) = confirm_files((wrong,), tmp_path, library)
    assert compared.only_second == (image.imports[0].symbol,)
    for kept in (tmp_path / "build").rglob("*.json"):
        kept.write_text(kept.read_text()[:20])
    ((_, again),) = confirm_files(files, tmp_path, library)
    assert again.agrees
    assert read[2:] == [LIBRARY]


def test_a_folder_that_takes_no_file_costs_the_time_only(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file where a folder should be")
    module = tmp_path / "sample.abi3.so"
    module.write_bytes(LIBRARY)
    library = kept_readings(tmp_path / "build")
    ((_, seen),) = confirm_files((read_file(module),), library=library)
    assert seen.agrees
