"""The rules about names, tags and metadata, ABI301 to ABI801, read a second time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import parse_tag

from wheel_judge.case import Row, base_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wheel_judge.case import Case
    from wheel_judge.evidence import Evidence

__all__ = ["WHEEL_RULES"]

_MODULE = re.compile(r"(?P<name>[^.]+)(\.(?P<infix>[^.]+))?\.(?P<end>so|pyd)")
_ONE_PYTHON = re.compile(r"(cpython-|cp|pypy|graalpy)\d.*")
_NEW_NAME = re.compile(r"abi3t.*|abi3-.*")
_FIRST_NEW = (3, 15)
_PLATFORM = re.compile(
    r"(macosx_\d+_\d+|\w*linux(_\d+_\d+|\d+)|win(dows)?|android_\d+"
    r"|py(odide|emscripten)_\d+_\d+)_"
)
_OLD_TAGS = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_MACHINES = {
    "win32": {"i686"},
    "amd64": {"x86_64"},
    "universal2": {"x86_64", "arm64"},
    "intel": {"x86_64"},  # i386 too, but no Python from 3.8 on has that slice
    "arm64_v8a": {"aarch64"},
}


def _names(case: Case) -> Iterator[Row]:
    for path, images in case.wheel.images.items():
        match = _module(path)
        if match is None or not images[0].loadable:
            continue
        base, infix = base_name(path), match["infix"] or ""
        for_python = any(image.hooks or case.from_python(image) for image in images)
        if _ONE_PYTHON.fullmatch(infix) and for_python:
            yield Row(path, "", "ABI301", base, "error", f"infix {infix}")
        if _NEW_NAME.fullmatch(infix) and case.floor < _FIRST_NEW:
            yield Row(path, "", "ABI302", base, "error", f"infix {infix}")


def _hooks(case: Case) -> Iterator[Row]:
    for path, image, slice_ in case.images():
        match = _module(path)
        if match is None or not image.loadable:
            continue
        wanted = {f"PyInit_{match['name']}"}
        if case.floor >= _FIRST_NEW:
            wanted.add(f"PyModExport_{match['name']}")
        claims = bool(match["infix"]) or match["end"] == "pyd" or bool(image.hooks)
        if claims and not wanted & image.hooks:
            severity = "error" if case.from_python(image) else "info"
            why = f"exports {sorted(image.hooks)[:3]}"
            yield Row(path, slice_, "ABI303", base_name(path), severity, why)


def _twins(case: Case) -> Iterator[Row]:
    modules: dict[tuple[str, str], list[str]] = {}
    for path in case.wheel.images:
        match = _module(path)
        if match is not None:
            folder = path.rpartition("/")[0]
            modules.setdefault((folder, match["name"]), []).append(path)
    for paths in modules.values():
        if len(paths) > 1:
            yield Row(paths[0], "", "ABI304", base_name(paths[0]), "error", str(paths))


def _tags(case: Case) -> Iterator[Row]:
    named = parse_tag(case.tags)
    recorded = {tag for line in case.wheel.recorded_tags for tag in parse_tag(line)}
    if named != recorded:
        pairs = [
            {(tag.interpreter, tag.abi) for tag in tags} for tags in (named, recorded)
        ]
        severity = "warning" if pairs[0] == pairs[1] else "error"
        why = f"WHEEL: {case.wheel.recorded_tags}"
        yield Row("", "", "ABI601", case.tags, severity, why)
    abis = case.tags.split("-")[1].split(".")
    if "abi3t" in abis and case.floor < _FIRST_NEW:
        python = "cp{}{}".format(*case.floor)
        yield Row("", "", "ABI601", f"{python}-abi3t", "warning", "abi3t is of 3.15")
    if "abi3" not in abis:
        yield Row("", "", "ABI601", "abi3t", "warning", "abi3t alone")


def _requires_python(case: Case) -> Iterator[Row]:
    text = case.wheel.requires_python
    try:
        specifiers = SpecifierSet(text)
    except InvalidSpecifier:
        return
    # Tags of the stable ABI are about Python 3; .99 stands for any late patch release.
    admitted = (
        minor
        for minor in range(40)
        if any(f"3.{minor}.{patch}" in specifiers for patch in (0, 99))
    )
    lowest = (3, next(admitted, 0))
    if text and lowest != case.floor:
        severity = "info" if lowest < case.floor else "warning"
        yield Row("", "", "ABI602", text, severity, f"admits {lowest} first")


def _needless(case: Case) -> Iterator[Row]:
    used = any(case.from_python(image) for _, image, _ in case.images())
    if not used and not case.wheel.foreign:
        yield Row("", "", "ABI603", case.tags, "warning", "no image takes a Py name")


def _processors(case: Case) -> Iterator[Row]:
    wanted: set[str] = set()
    for platform in case.tags.split("-")[2].split("."):
        machine = _PLATFORM.sub("", platform)
        wanted |= _MACHINES.get(machine, {machine})
    for path, images in case.wheel.images.items():
        if not any(case.from_python(image) for image in images):
            continue
        present = {image.machine for image in images} - {"i386"}
        for machine in sorted(present ^ wanted):
            if machine in present or present & wanted:
                why = f"{sorted(present)} where the tag says {sorted(wanted)}"
                yield Row(path, "", "ABI604", machine, "error", why)


def _systems(case: Case) -> Iterator[Row]:
    platforms = case.tags.split("-")[2].split(".")
    for path, images in case.wheel.images.items():
        for image in images:
            if not case.from_python(image):
                continue
            slice_name = image.machine if len(images) > 1 else ""
            for subject, severity, why in _too_new(image, platforms):
                yield Row(path, slice_name, "ABI607", subject, severity, why)


def _too_new(image: Evidence, platforms: list[str]) -> Iterator[tuple[str, str, str]]:
    musl = any(each.startswith("musllinux") for each in platforms)
    oldest = (0, 0) if musl else min(map(_system, platforms))
    if image.machine == "arm64":
        oldest = max(oldest, (11, 0))
    if image.format == "Mach-O" and image.minimum_os > oldest:
        subject = "macOS {}.{}".format(*image.minimum_os)
        yield subject, "warning", f"the tag says {oldest}"
    too_new = []
    for version in sorted(image.versions):
        name, _, number = version.partition("_")
        if name == "GLIBC" and number[:1].isdigit():
            needed = [int(part) for part in number.split(".")[:2]]
            if tuple(needed) > oldest:
                too_new.append((needed, version))
    if too_new:
        yield max(too_new)[1], "error", f"the tag says {oldest}"


def _system(platform: str) -> tuple[int, int]:
    words = platform.split("_")
    if words[0] in _OLD_TAGS:
        return _OLD_TAGS[words[0]]
    if words[0] in {"manylinux", "macosx"}:
        return int(words[1]), int(words[2])
    return (99, 0)


def _unreadable(case: Case) -> Iterator[Row]:
    for path, fault in case.wheel.unreadable.items():
        yield Row(path, "", "ABI801", base_name(path), "error", fault)
    for path, head in case.wheel.foreign.items():
        why = f"begins with {head!r}"
        yield Row(path, "", "ABI801", base_name(path), "error", why)
    for path, images in case.wheel.images.items():
        if any(image.format == "WebAssembly" for image in images):
            why = "its data is not looked at"
            yield Row(path, "", "ABI801", base_name(path), "info", why)


def _record(case: Case) -> Iterator[Row]:
    if "\\" in case.wheel.record:
        yield Row("", "", "ABI606", "RECORD", "info", "backslashes")


def _module(path: str) -> re.Match[str] | None:
    if path.rpartition("/")[0].endswith((".libs", ".dylibs")):
        return None
    match = _MODULE.fullmatch(base_name(path))
    infix = match["infix"] or "" if match else ""
    known = not infix or infix.startswith("abi3") or _ONE_PYTHON.fullmatch(infix)
    return match if known else None


WHEEL_RULES = (
    _names,
    _hooks,
    _twins,
    _tags,
    _requires_python,
    _needless,
    _processors,
    _systems,
    _unreadable,
    _record,
)
"""Each gives the rows that one wheel's evidence calls for."""
