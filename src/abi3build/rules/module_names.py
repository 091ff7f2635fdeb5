"""Rules ABI301 to ABI304: whether every promised Python finds and starts a module."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from abi3build.binaries.image import BinaryFormat
from abi3build.rules.finding import Finding, Severity, image_finding
from abi3build.rules.floors import FIRST_MODULE_EXPORT
from abi3build.versions import PythonVersion
from abi3build.wheels.wheel import NameKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.wheels.wheel import ModuleFile

__all__ = [
    "name_not_loadable_at_floor",
    "no_init_function",
    "only_python",
    "twin_modules",
    "version_specific_name",
]


_FIRST_PLATFORM_SUFFIX = PythonVersion(3, 15)
_INIT_PREFIXES = ("PyInit", "PyModExport")

_WINDOWS, _WINDOWS_SUFFIX = "Windows", ".pyd"
_SYSTEMS = {
    BinaryFormat.ELF: "Linux",
    BinaryFormat.MACH_O: "macOS",
    BinaryFormat.PE: _WINDOWS,
}
_GIL_ONLY = (NameKind.ABI3, NameKind.ABI3_PLATFORM)
_SINCE_3_15 = (NameKind.ABI3_PLATFORM, NameKind.ABI3T)


def version_specific_name(audited: AuditedFiles) -> Iterator[Finding]:
    """Find modules that only one Python looks for (ABI301)."""
    for module, file in audited.modules:
        # Files like torchao's _C_mxfp8.cpython-310-x86_64-linux-gnu.so have the name of
        # a module, but other code opens them, under whatever name.
        if module.kind is NameKind.VERSION_SPECIFIC and _is_for_python(audited, file):
            # A twin that has the name already is reported by ABI304.
            name = f"{module.name}{_stable_suffix(module, audited)}"
            taken = any(other.path.endswith(name) for other, _ in audited.modules)
            hint = "" if taken else _way_to_stable_name(name, module, file, audited)
            message = "only the Python named in it imports the file"
            yield _finding("ABI301", module, message, hint)


def _way_to_stable_name(
    name: str, module: ModuleFile, file: BinaryFile, audited: AuditedFiles
) -> str:
    """Say what to do: in most cases, renaming the file would only hide the fault.

    Nearly all such files were compiled for the Python in their name, and crash on
    others; if every note in a file shows the limit, only its name is wrong.
    """
    notes = [note for image in file.images for note in image.unit_notes]
    if notes and all(note.floor <= audited.promise.floor for note in notes):
        return f"rename it to {name}"
    version = only_python(module)
    likely = f"it was most likely compiled for {_said(version)} only"
    if version is None or audited.wheel is None:
        return f"{likely}: build it with Py_LIMITED_API, as {name}"
    return (
        f"{likely}: build it with Py_LIMITED_API, or tag the wheel"
        f" {version.tag}-{version.tag}"
    )


def only_python(module: ModuleFile) -> PythonVersion | None:
    """Return the CPython in a file's name, such as ``core.cpython-313-darwin.so``."""
    match = re.match(r"(?:cpython-|cp)(3)(\d+)(?![a-z\d])", module.infix)
    return PythonVersion(int(match[1]), int(match[2])) if match else None


def _said(version: PythonVersion | None) -> str:
    return f"Python {version}" if version else "that Python"


def name_not_loadable_at_floor(audited: AuditedFiles) -> Iterator[Finding]:
    """Find modules whose stable-ABI name is unknown to the floor (ABI302)."""
    promise = audited.promise
    for module, file in audited.modules:
        message, hint = "", ""
        if promise.free_threaded and module.kind in _GIL_ONLY:
            message = f"free-threaded Pythons do not look for .{module.infix}.so"
            hint = f"rename it to {module.name}.abi3t.so, which 3.15 and later import"
        elif promise.floor < _FIRST_PLATFORM_SUFFIX and module.kind in _SINCE_3_15:
            message = f"Pythons before 3.15 do not look for .{module.infix}.so"
            hint = f"rename it to {module.name}.abi3.so, which 3.15 imports too"
            if promise.free_threaded:
                hint = 'set min-python = "3.15", the first version with abi3t'
        else:
            message, hint = _other_system(module, file)
        if message:
            yield _finding("ABI302", module, message, hint)


def _other_system(module: ModuleFile, file: BinaryFile) -> tuple[str, str]:
    """Return what to say of a module whose suffix is another system's, and to do."""
    if module.kind is NameKind.VERSION_SPECIFIC:
        return "", ""
    is_pyd = module.path.endswith(_WINDOWS_SUFFIX)
    for image in file.images:
        is_module = any(name.startswith(_INIT_PREFIXES) for name in image.exports)
        system = _SYSTEMS.get(image.format)
        if is_module and system and is_pyd != (system == _WINDOWS):
            suffix = f".{module.infix}.so".replace("..", ".")
            found = _WINDOWS_SUFFIX if is_pyd else suffix
            right = ".abi3.so" if is_pyd else _WINDOWS_SUFFIX
            message = f"Pythons on {system} do not look for {found}"
            return message, f"rename it to {module.name}{right}"
    return "", ""


def no_init_function(audited: AuditedFiles) -> Iterator[Finding]:
    """Find modules without the function that Python calls to start them (ABI303)."""
    for module, file in audited.modules:
        wanted = _init_functions(module.name)
        for image in file.images:
            present = [
                name for name in image.exports if name.startswith(_INIT_PREFIXES)
            ]
            if not image.is_shared_library or wanted[0] in present:
                continue
            if wanted[1] in present:
                if audited.promise.floor >= FIRST_MODULE_EXPORT:
                    continue
                yield _module_export_only(file, image, *wanted)
            elif present or module.claims_to_be_module:
                yield _no_init(audited, file, image, wanted[0], present)


def twin_modules(audited: AuditedFiles) -> Iterator[Finding]:
    """Find modules that exist twice, under two names (ABI304)."""
    twins: dict[tuple[str, str], list[ModuleFile]] = defaultdict(list)
    for module, _ in audited.modules:
        twins[module.folder, module.name].append(module)
    for files in twins.values():
        if len(files) < 2:  # noqa: PLR2004 - a pair is what the rule is about
            continue
        specific = [file for file in files if file.kind is NameKind.VERSION_SPECIFIC]
        first = (specific or files)[0]
        others = ", ".join(
            file.path.rpartition("/")[2] for file in files if file != first
        )
        yield _finding(
            "ABI304",
            first,
            (
                f"the same module is also in {others}; Python imports the one whose"
                " suffix it tries first"
            ),
            "delete the folder build/ and the stale file, then build again",
        )


def _is_for_python(audited: AuditedFiles, file: BinaryFile) -> bool:
    return any(
        audited.uses_cpython(image)
        or any(name.startswith(_INIT_PREFIXES) for name in image.exports)
        for image in file.images
    )


def _no_init(
    audited: AuditedFiles,
    file: BinaryFile,
    image: Image,
    wanted: str,
    present: list[str],
) -> Finding:
    if present:
        message = f"exports {present[0]} instead of {wanted}"
        hint = f"rename the function to {wanted}, or the file after {present[0]}"
        name = _base(file.path).partition(".")[0]
        if not name.isidentifier():
            hint = (
                f"neither C nor an import statement can write {name}: name the module"
                f" {present[0].partition('_')[2]}, as the function does"
            )
    else:
        message = f"does not export {wanted}"
        hint = f"define {wanted}, and export it (PyMODINIT_FUNC does)"
    if not audited.uses_cpython(image):
        # cffi and ctypes open such files themselves, pycryptodome's for one.
        return image_finding(
            "ABI303",
            file,
            image,
            what=_base(file.path),
            message=(
                f"{message}; does not use CPython, so it may not be meant as a module"
            ),
            severity=Severity.INFO,
        )
    return image_finding(
        "ABI303", file, image, what=_base(file.path), message=message, hint=hint
    )


def _module_export_only(
    file: BinaryFile, image: Image, init: str, export: str
) -> Finding:
    first = FIRST_MODULE_EXPORT
    return image_finding(
        "ABI303",
        file,
        image,
        what=_base(file.path),
        message=f"exports only {export}, which Pythons before {first} do not call",
        hint=f'export {init} too, or set min-python = "{first}"',
    )


def _init_functions(name: str) -> tuple[str, str]:
    # Non-ASCII names: PEP 489, "Export Hook Name"; PyModExport: PEP 793.
    if name.isascii():
        return f"PyInit_{name}", f"PyModExport_{name}"
    encoded = name.encode("punycode").decode("ascii").replace("-", "_")
    return f"PyInitU_{encoded}", f"PyModExportU_{encoded}"


def _stable_suffix(module: ModuleFile, audited: AuditedFiles) -> str:
    if module.path.endswith(".pyd"):
        return ".pyd"
    return ".abi3t.so" if audited.promise.free_threaded else ".abi3.so"


def _finding(code: str, module: ModuleFile, message: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, module.path, _base(module.path), message, hint)


def _base(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
