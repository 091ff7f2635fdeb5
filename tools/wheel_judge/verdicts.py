"""From evidence to a verdict: which findings the rules' own pages call for.

This is a second, separate reading of the rules, written against the text of their
pages and not against abi3build's code, so that the two can disagree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import parse_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evidence import Evidence
    from known import Known
    from wheel_evidence import WheelEvidence

__all__ = ["Row", "Verdict", "judge"]

_PYTHON_DLL = re.compile(
    r"(lib)?python3(\.?(?P<minor>\d+))?t?(?P<debug>_d)?\.dll", re.I
)
_PYTHON_SO = re.compile(r"libpython3(\.(?P<minor>\d+))?[mtd]*\.(so[\d.]*|dylib)")
_FRAMEWORK = re.compile(r".*Python3?T?\.framework/(Versions/3\.(?P<minor>\d+)/)?.*")
_MODULE = re.compile(r"(?P<name>[^.]+)(\.(?P<infix>[^.]+))?\.(?P<end>so|pyd)")
_SYSTEM = re.compile(
    r"(lib(c|m|dl|rt|pthread|util|stdc\+\+|gcc_s|z)|ld-linux.*|ld64|libc\.musl.*)\.so.*"
)
_PROCESSORS = {
    "win32": {"x86"},
    "win_amd64": {"x86_64"},
    "win_arm64": {"arm64"},
    "universal2": {"x86_64", "arm64"},
    "intel": {"x86_64"},
}
_NEW_NAMES = (3, 15)
_FIRST = (3, 2)


@dataclass(frozen=True, order=True)
class Row:
    """Hold one finding as the corpus records it, and why."""

    file: str
    architecture: str
    code: str
    subject: str
    severity: str
    why: str = field(default="", compare=False)


@dataclass
class Verdict:
    """Hold what a wheel's findings ought to be."""

    floor: tuple[int, int]
    lowest_floor: tuple[int, int] | None
    rows: list[Row]

    @property
    def keeps_promise(self) -> bool:
        """Tell whether no finding is an error."""
        return all(row.severity != "error" for row in self.rows)


@dataclass
class _Case:
    wheel: WheelEvidence
    known: Known
    floor: tuple[int, int]
    provided: set[str]
    """What images of the wheel define for each other."""

    files: set[str]

    def images(self) -> Iterator[tuple[str, Evidence, str]]:
        for path, images in self.wheel.images.items():
            for image in images:
                yield path, image, image.machine if len(images) > 1 else ""

    def from_python(self, image: Evidence) -> set[str]:
        """Give the names that the loader takes from CPython."""
        names = set()
        for taken in image.taken:
            own = taken.symbol in self.provided and image.format != "PE"
            if taken.library:
                if _python_library(taken.library):
                    names.add(taken.symbol)
            elif not own or (
                image.format == "ELF" and taken.symbol in self.known.exported
            ):
                names.add(taken.symbol)
        return names


def judge(wheel: WheelEvidence, known: Known) -> Verdict:
    """Give the findings that the evidence calls for."""
    pythons = wheel.filename[: -len(".whl")].split("-")[-3].split(".")
    floor = min((3, int(tag[3:])) for tag in pythons)
    images = [image for images in wheel.images.values() for image in images]
    provided = {name for image in images for name in image.given}
    files = {path.rpartition("/")[2].lower() for path in wheel.images}
    files |= {image.own_name.rpartition("/")[2].lower() for image in images}
    case = _Case(wheel, known, floor, provided, files)
    rows: set[Row] = set()
    for rule in (_symbols, _libraries, _names, _tags, _requires_python, _needless):
        rows.update(rule(case))
    rows.update(_processors(case))
    for path, fault in wheel.unreadable.items():
        rows.add(Row(path, "", "ABI801", path.rpartition("/")[2], "error", fault))
    lowest = [
        max(
            (known.added.get(name, _FIRST) for name in case.from_python(image)),
            default=_FIRST,
        )
        for image in images
    ]
    return Verdict(floor, max(lowest, default=None), sorted(rows))


def _symbols(case: _Case) -> Iterator[Row]:
    known = case.known
    for path, image, slice_ in case.images():
        weak = {taken.symbol for taken in image.taken if taken.weak}
        outside = [
            name
            for name in sorted(image.libraries)
            if image.format == "ELF"
            and not _SYSTEM.fullmatch(name)
            and name.lower() not in case.files
        ]
        for name in sorted(case.from_python(image)):
            severity = "info" if name in weak else "error"
            added, condition = known.added.get(name), known.condition.get(name, "")
            if added is None and name in known.exported:
                why = f"CPython exports it ({known.exported[name]}), not stable"
                yield Row(path, slice_, "ABI101", name, severity, why)
            elif added is None and outside:
                why = f"no CPython exports it; {', '.join(outside)} may"
                yield Row(path, slice_, "ABI104", name, "info", why)
            elif added is None:
                why = "no CPython exports it"
                yield Row(path, slice_, "ABI104", name, severity, why)
            elif added > case.floor:
                why = f"stable since {_text(added)}, exported on Linux by {known.exported.get(name)}"
                yield Row(path, slice_, "ABI102", name, severity, why)
            elif not _condition_holds(condition, image.format):
                yield Row(
                    path, slice_, "ABI103", name, severity, f"only if {condition}"
                )
            elif image.format == "PE" and (lacking := _lacking_dlls(case, name)):
                why = f"python3.dll lacks it in {', '.join(lacking)}"
                yield Row(path, slice_, "ABI103", name, severity, why)
        if image.format == "ELF":
            for name in sorted(image.given & set(known.exported)):
                if name not in known.added:
                    why = f"own definition, but CPython exports it: {known.exported[name]}"
                    yield Row(path, slice_, "ABI101", name, "warning", why)


def _libraries(case: _Case) -> Iterator[Row]:
    for path, image, slice_ in case.images():
        for library in sorted(image.libraries):
            match = _python_library(library)
            if match is None:
                continue
            base = library.replace("\\", "/").rpartition("/")[2]
            words = match.groupdict()
            if words.get("debug"):
                yield Row(path, slice_, "ABI202", base, "error", library)
            elif words["minor"] or image.format != "PE":
                yield Row(path, slice_, "ABI201", base, "error", library)
        for taken in sorted(image.taken):
            base = taken.library.rpartition("/")[2].lower()
            if (
                taken.library
                and taken.symbol in case.known.added
                and not _python_library(taken.library)
                and base not in case.files
            ):
                yield Row(path, slice_, "ABI203", taken.symbol, "error", taken.library)


def _names(case: _Case) -> Iterator[Row]:
    modules: dict[tuple[str, str], list[str]] = {}
    for path, image, slice_ in case.images():
        folder, _, base = path.rpartition("/")
        match = _MODULE.fullmatch(base)
        if match is None or folder.endswith((".libs", ".dylibs")) or not image.loadable:
            continue
        infix, name = match["infix"] or "", match["name"]
        is_module = bool(image.hooks or case.from_python(image))
        severity = "error" if is_module else "info"
        if re.match(r"(cpython-|cp|pypy|graalpy)\d", infix):
            yield Row(
                path, "", "ABI301", base, severity, f"hooks {sorted(image.hooks)[:3]}"
            )
        elif infix and not infix.startswith("abi3"):
            continue
        elif (
            infix.startswith("abi3-") or infix.startswith("abi3t")
        ) and case.floor < _NEW_NAMES:
            yield Row(path, "", "ABI302", base, "error", infix)
        if path not in modules.setdefault((folder, name), []):
            modules[folder, name].append(path)
        hooks = {f"PyInit_{name}"} | (
            {f"PyModExport_{name}"} if case.floor >= _NEW_NAMES else set()
        )
        claims = bool(infix) or match["end"] == "pyd"
        if not hooks & image.hooks and (claims or image.hooks):
            why = f"hooks {sorted(image.hooks)[:3]}, CPython used: {is_module}"
            severity = "error" if case.from_python(image) else "info"
            yield Row(path, slice_, "ABI303", base, severity, why)
    for paths in modules.values():
        if len(paths) > 1:
            yield Row(
                paths[0], "", "ABI304", paths[0].rpartition("/")[2], "error", str(paths)
            )


def _tags(case: _Case) -> Iterator[Row]:
    named = "-".join(case.wheel.filename[: -len(".whl")].split("-")[-3:])
    wanted = parse_tag(named)
    recorded = {tag for line in case.wheel.recorded_tags for tag in parse_tag(line)}
    if wanted != recorded:
        same_abi = {(tag.interpreter, tag.abi) for tag in wanted} == {
            (tag.interpreter, tag.abi) for tag in recorded
        }
        severity = "warning" if same_abi else "error"
        yield Row(
            "", "", "ABI601", named, severity, f"WHEEL: {case.wheel.recorded_tags}"
        )
    if "abi3" not in named.split("-")[1].split("."):
        yield Row("", "", "ABI601", "abi3t", "warning", "abi3t alone")


def _requires_python(case: _Case) -> Iterator[Row]:
    text = case.wheel.requires_python
    try:
        specifiers = SpecifierSet(text)
    except InvalidSpecifier:
        return
    # Wheels for the stable ABI are for Python 3, and 3.99 stands for any late release.
    admitted = [
        minor
        for minor in range(40)
        if any(f"3.{minor}.{patch}" in specifiers for patch in (0, 2, 99))
    ]
    if not text or not admitted or (3, admitted[0]) == case.floor:
        return
    lower = (3, admitted[0]) < case.floor
    severity = "info" if lower else "warning"
    yield Row("", "", "ABI602", text, severity, f"admits 3.{admitted[0]} first")


def _needless(case: _Case) -> Iterator[Row]:
    if not case.wheel.foreign and not any(
        case.from_python(image) for _, image, _ in case.images()
    ):
        named = "-".join(case.wheel.filename[: -len(".whl")].split("-")[-3:])
        yield Row("", "", "ABI603", named, "warning", "no image takes a Py name")


def _processors(case: _Case) -> Iterator[Row]:
    platforms = case.wheel.filename[: -len(".whl")].split("-")[-1].split(".")
    wanted: set[str] = set()
    for platform in platforms:
        if platform == "any":
            return
        last = next((key for key in _PROCESSORS if platform.endswith(key)), "")
        machine = re.sub(r"^(macosx_\d+_\d+|\w+linux(_\d+_\d+|\d+))_", "", platform)
        wanted |= _PROCESSORS[last] if last else {machine}
    for path, images in case.wheel.images.items():
        machines = {image.machine for image in images}
        if not machines & wanted or (
            images[0].format == "Mach-O" and wanted - machines
        ):
            taken = any(image.taken or image.hooks for image in images)
            severity = "error" if taken else "warning"
            why = f"{sorted(machines)} where the tag says {sorted(wanted)}"
            yield Row(path, "", "ABI604", path.rpartition("/")[2], severity, why)


def _lacking_dlls(case: _Case, name: str) -> list[str]:
    specifiers = SpecifierSet(case.wheel.requires_python)
    has = case.known.dll.get(name, [])
    return [
        release
        for release in case.known.dll_releases
        if release not in has
        and tuple(map(int, release.split(".")[:2])) >= case.floor
        and release in specifiers
    ]


def _condition_holds(condition: str, format_: str) -> bool:
    if condition == "MS_WINDOWS":
        return format_ == "PE"
    if condition == "HAVE_FORK":
        return format_ != "PE"
    return condition not in {"Py_REF_DEBUG", "USE_STACKCHECK"}


def _python_library(name: str) -> re.Match[str] | None:
    base = name.replace("\\", "/").rpartition("/")[2]
    return (
        _PYTHON_DLL.fullmatch(base)
        or _PYTHON_SO.fullmatch(base)
        or _FRAMEWORK.match(name)
    )


def _text(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
