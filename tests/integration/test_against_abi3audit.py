"""``--format abi3audit-json`` against the report of abi3audit itself."""

from __future__ import annotations

import importlib.util
import json
import lzma
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

_BINARIES = Path(__file__).parent.parent / "binaries"
ELF = (_BINARIES / "linux" / "library-x86_64.elf").read_bytes()
PE = (_BINARIES / "windows" / "stable-x86_64.dll").read_bytes()
MACH_O = lzma.decompress((_BINARIES / "macos" / "universal.bundle.xz").read_bytes())

TAKEN = b"PyLong_FromLong"
NEWER = ELF.replace(TAKEN, b"PyIter_NextItem")
PRIVATE = ELF.replace(TAKEN, b"_PyLong_NumBits")

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("abi3audit") is None,
    reason="abi3audit needs Python 3.10",
)

WHEELS = [
    pytest.param("linux_x86_64", {"sample.abi3.so": ELF}, 0, id="clean-elf"),
    pytest.param("win_amd64", {"sample.pyd": PE}, 0, id="clean-pe"),
    pytest.param("macosx_11_0_universal2", {"sample.abi3.so": MACH_O}, 0, id="mach-o"),
    pytest.param("linux_x86_64", {"sample.abi3.so": NEWER}, 1, id="newer"),
    pytest.param("linux_x86_64", {"sample.abi3.so": PRIVATE}, 1, id="private"),
    pytest.param(
        "linux_x86_64",
        {
            "a/sample.abi3.so": NEWER,
            "b/sample.so": PRIVATE,
            "c/sample.so": ELF,
            "d/libsample.so.1": ELF,
        },
        1,
        id="several",
    ),
]


@pytest.mark.parametrize(("platform", "members", "status"), WHEELS)
def test_wheels(
    tmp_path: Path, platform: str, members: dict[str, bytes], status: int
) -> None:
    # 3.13 is the floor of a weak symbol, which abi3audit counts and we do not.
    tag = f"cp313-abi3-{platform}"
    path = tmp_path / f"demo-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo-1.0.dist-info/WHEEL", f"Tag: {tag}\n")
        archive.writestr("demo-1.0.dist-info/METADATA", "Name: demo\n")
        record = "".join(f"{name},,\n" for name in members)
        archive.writestr("demo-1.0.dist-info/RECORD", record)
        for name, data in members.items():
            archive.writestr(name, data)
    assert ours(path) == theirs(path)
    assert ours(path)[0] == status


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(ELF, 0, id="clean"),
        pytest.param(NEWER, 1, id="newer"),
        pytest.param(PRIVATE, 1, id="private"),
    ],
)
def test_loose_files(tmp_path: Path, data: bytes, status: int) -> None:
    path = tmp_path / "sample.abi3.so"
    path.write_bytes(data)
    own = ours(path, "--min-python", "3.13")
    assert own == theirs(path, "--assume-minimum-abi3", "3.13")
    assert own[0] == status


def ours(path: Path, *options: str) -> tuple[int, Any]:
    return report("abi3build", "audit", "--format", "abi3audit-json", *options, path)


def theirs(path: Path, *options: str) -> tuple[int, Any]:
    return report("abi3audit", "--report", *options, path)


def report(module: str, *arguments: str | Path) -> tuple[int, Any]:
    """Run a tool; return its exit status and its report with every list sorted."""
    run = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, ordered(json.loads(run.stdout))


def ordered(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """Sort every list: abi3audit's come from sets and from the file system."""
    if isinstance(value, dict):
        return {key: ordered(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted(map(ordered, value), key=json.dumps)
    return value
