"""Reading wheels: what they say of themselves, their members, and broken ones."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from abi3build.cli import main
from abi3build.errors import UnreadableError
from abi3build.versions import Promise, PythonVersion
from abi3build.wheels.wheel import (
    NameKind,
    TagSet,
    parse_module_file,
    parse_wheel_name,
    promise_of,
)
from abi3build.wheels.wheel_reading import read_wheel

NAME = "demo-1.0-cp39-abi3-linux_x86_64.whl"
ELF = Path(__file__).parent.parent / "binaries" / "linux" / "library-x86_64.elf"
WORDS = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp39-abi3-linux_x86_64\n"
METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Python: >=3.9\n"


def write_wheel(
    folder: Path, members: dict[str, bytes | str], name: str = NAME
) -> Path:
    """Write a wheel with its metadata and some members."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        given = {
            "demo-1.0.dist-info/WHEEL": WORDS,
            "demo-1.0.dist-info/METADATA": METADATA,
            **members,
        }
        for member, data in given.items():
            archive.writestr(member, data)
    return path


def test_a_name_cannot_act_on_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_wheel(tmp_path, {"demo/\x1b[2Jcore.abi3.so": b"no image at all"})
    main(["audit", str(path)])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "  demo/\\x1b[2Jcore.abi3.so\n" in out


def test_a_wheel_as_data(tmp_path: Path) -> None:
    path = write_wheel(
        tmp_path,
        {
            "demo/core.abi3.so": ELF.read_bytes(),
            "demo/__init__.py": "import demo.core\n",
            "demo.libs/libextra.so.6": ELF.read_bytes(),
        },
    )
    wheel, files = read_wheel(path)
    assert wheel.filename == NAME
    assert (wheel.distribution, wheel.version) == ("demo", "1.0")
    assert wheel.tags == TagSet(("cp39",), ("abi3",), ("linux_x86_64",))
    assert wheel.recorded_tags == ("cp39-abi3-linux_x86_64",)
    assert wheel.requires_python == ">=3.9"
    assert [file.path for file in files] == [
        "demo.libs/libextra.so.6",
        "demo/core.abi3.so",
    ]
    assert [file.images[0].machine for file in files] == ["x86_64", "x86_64"]


@pytest.mark.parametrize(
    ("members", "faults"),
    [
        pytest.param(
            {"demo/core.abi3.so": b""},
            {"demo/core.abi3.so": "neither elf nor pe nor mach-o"},
            id="empty-module",
        ),
        pytest.param(
            {"demo/core.pyd": b"MZ and no more"},
            {"demo/core.pyd": "neither elf nor pe nor mach-o"},
            id="text-that-is-called-pyd",
        ),
        pytest.param({"demo/data.bin": b"MZ and no more"}, {}, id="data"),
        pytest.param({"demo/libx.1.so": b"INPUT(libx.so.1)"}, {}, id="linker-script"),
    ],
)
def test_members_that_are_no_images(
    tmp_path: Path, members: dict[str, bytes | str], faults: dict[str, str]
) -> None:
    _, files = read_wheel(write_wheel(tmp_path, members))
    assert {file.path: file.fault for file in files} == faults


def test_a_member_with_a_wrong_checksum_is_named(tmp_path: Path) -> None:
    data = ELF.read_bytes()
    path = write_wheel(tmp_path, {})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("demo/core.abi3.so", data)
    raw = bytearray(path.read_bytes())
    raw[raw.index(data) + len(data) // 2] ^= 0xFF
    path.write_bytes(raw)
    _, (file,) = read_wheel(path)
    assert file.fault == "its checksum is not the one that the zip file states"


UNREADABLE = [
    pytest.param("demo.whl", b"", "demo.whl: not the name of a wheel", id="name"),
    pytest.param(NAME, b"no zip", f"{NAME}: not a readable zip file", id="no-zip"),
    pytest.param(NAME, b"", f"{NAME}: not a readable zip file", id="empty"),
]


@pytest.mark.parametrize(("name", "data", "beginning"), UNREADABLE)
def test_files_that_are_no_wheels(
    tmp_path: Path, name: str, data: bytes, beginning: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UnreadableError) as caught:
        read_wheel(path)
    assert str(caught.value).startswith(beginning)


def test_a_missing_wheel(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_wheel(tmp_path / NAME)
    assert str(caught.value) == f"{tmp_path / NAME}: no such file: check the path"


def test_a_wheel_without_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo/__init__.py", "")
    with pytest.raises(UnreadableError) as caught:
        read_wheel(path)
    assert str(caught.value) == (
        f"{NAME}: no .dist-info/WHEEL but a wheel must have one: build it again"
    )


def test_truncation_at_every_byte_is_told_apart_from_a_wheel(tmp_path: Path) -> None:
    whole = write_wheel(tmp_path, {"demo/core.abi3.so": ELF.read_bytes()}).read_bytes()
    path = tmp_path / NAME
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(UnreadableError):
            read_wheel(path)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("cp39-abi3-any", Promise(PythonVersion(3, 9))),
        ("cp35.cp36.cp37-abi3-win32", Promise(PythonVersion(3, 5))),
        ("cp310.cp39-abi3-win32", Promise(PythonVersion(3, 9))),
        (
            "cp315-abi3.abi3t-win32",
            Promise(PythonVersion(3, 15), free_threaded=True),
        ),
        (
            "cp315-abi3t-win32",
            Promise(PythonVersion(3, 15), free_threaded=True, gil_enabled=False),
        ),
        ("py3-none-any", None),
        ("cp311-cp311-win32", None),
    ],
)
def test_the_promise_of_a_tag(tags: str, expected: Promise | None) -> None:
    _, _, parsed = parse_wheel_name(f"demo-1.0-{tags}.whl")
    assert promise_of(parsed) == expected


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("a/b.so", "b", NameKind.PLAIN),
        ("a/b.pyd", "b", NameKind.PLAIN),
        ("a/b.abi3.so", "b", NameKind.ABI3),
        ("a/b.abi3-x86_64-linux-gnu.so", "b", NameKind.ABI3_PLATFORM),
        ("a/b.abi3t.so", "b", NameKind.ABI3T),
        ("a/b.abi3t-x86_64-linux-gnu.so", "b", NameKind.ABI3T),
        ("a/b.cpython-311-darwin.so", "b", NameKind.VERSION_SPECIFIC),
        ("a/b.cpython-313t-x86_64-linux-gnu.so", "b", NameKind.VERSION_SPECIFIC),
        ("a/b.cp311-win_amd64.pyd", "b", NameKind.VERSION_SPECIFIC),
        ("a/b.pypy39-pp73-x86_64-linux-gnu.so", "b", NameKind.VERSION_SPECIFIC),
        ("a/b_d.pyd", "b", NameKind.VERSION_SPECIFIC),
        ("a/b_d.cp311-win_amd64.pyd", "b", NameKind.VERSION_SPECIFIC),
    ],
)
def test_module_names(path: str, name: str, kind: NameKind) -> None:
    module = parse_module_file(path)
    assert module is not None
    assert (module.folder, module.name, module.kind) == ("a", name, kind)


@pytest.mark.parametrize(
    "path", ["a/libb.so.1", "a/libb.1.so", "a.libs/libb.so", "a/.dylibs/b.so", "a/b.py"]
)
def test_names_that_are_no_modules(path: str) -> None:
    assert parse_module_file(path) is None
