"""Small images, files and wheels as plain facts, for tests of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.binaries.cpython_contents import TypeTable
from abi3build.binaries.image import (
    BinaryFile,
    BinaryFormat,
    Image,
    Import,
    MobileSystem,
)
from abi3build.evidence.link_inputs import Link
from abi3build.rules.audited_files import AuditedFiles
from abi3build.rules.finding import Severity
from abi3build.versions import Promise, PythonVersion
from abi3build.wheels.wheel import Wheel, parse_wheel_name

if TYPE_CHECKING:
    from abi3build.evidence.link_inputs import LinkedObject

_OUTPUT = "build/lib/demo/core.abi3.so"
PROMISE = Promise(PythonVersion(3, 9))
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def elf(*symbols: str, exports: tuple[str, ...] = ("PyInit_core",)) -> Image:
    imports = tuple(Import(symbol) for symbol in sorted(symbols))
    return Image(BinaryFormat.ELF, "x86_64", imports, exports, ("libc.so.6",))


def pe(symbol: str, library: str) -> Image:
    return Image(
        BinaryFormat.PE,
        "x86_64",
        (Import(symbol, library),),
        ("PyInit_core",),
        (library,),
    )


def macho(symbol: str, library: str) -> Image:
    return pe(symbol, library)._replace(format=BinaryFormat.MACH_O, machine="arm64")


def loose(image: Image, name: str = "demo/core.abi3.so") -> AuditedFiles:
    return AuditedFiles("demo", PROMISE, (BinaryFile(name, (image,)),))


def linked(*objects: LinkedObject, notes: int = 0) -> tuple[Link, ...]:
    """Return how a build linked the module of ``loose``, of some other objects."""
    placed = (each._replace(output=_OUTPUT) for each in objects)
    return (Link(_OUTPUT, objects=tuple(sorted(placed)), notes=notes),)


def wheel(
    *files: BinaryFile,
    name: str = "demo-1.0-cp39-abi3-linux_x86_64.whl",
    requires_python: str = ">=3.9",
    recorded: tuple[str, ...] | None = None,
) -> AuditedFiles:
    distribution, version, tags = parse_wheel_name(name)
    described = Wheel(
        filename=name,
        distribution=distribution,
        version=version,
        tags=tags,
        recorded_tags=tags.expand() if recorded is None else recorded,
        requires_python=requires_python,
    )
    return AuditedFiles(name, PROMISE, files, described)


def described(
    *,
    is_purelib: bool = False,
    recorded_name: str = "",
    recorded_version: str = "",
    dist_info: str = "",
    members: tuple[str, ...] = (),
) -> AuditedFiles:
    """Return a good wheel that says something else of itself."""
    audited = wheel(GOOD)
    assert audited.wheel is not None
    words = audited.wheel._replace(
        is_purelib=is_purelib,
        recorded_name=recorded_name,
        recorded_version=recorded_version,
        dist_info=dist_info,
        members=members,
    )
    return audited._replace(wheel=words)


def phone_wheel(platform: str, image: Image) -> AuditedFiles:
    return wheel(
        file("demo/core.abi3.so", image), name=f"demo-1.0-cp39-abi3-{platform}.whl"
    )


def none_wheel(tag: str, image: Image, name: str = "demo/core.abi3.so") -> AuditedFiles:
    audited = wheel(file(name, image), name=f"demo-1.0-{tag}.whl")
    return audited._replace(promises_no_abi=True)


def file(name: str, image: Image | None = None) -> BinaryFile:
    return BinaryFile(name, (image or elf("PyList_Size"),))


ANDROID = elf("PyList_Size")._replace(
    machine="aarch64",
    libraries=("libc.so", "libpython3.so"),
    minimum_os=(21, 0),
    mobile_system=MobileSystem.ANDROID,
)
IOS = macho("PyList_Size", "@rpath/Python.framework/Python")._replace(
    minimum_os=(13, 0), mobile_system=MobileSystem.IOS
)
GOOD = file("demo/core.abi3.so")
STABLE = elf("PyList_Size")
THING = TypeTable("core.Thing", 32, 0, (56, 83))
