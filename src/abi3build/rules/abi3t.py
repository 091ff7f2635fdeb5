"""What the rules ABI101 and ABI601 require of wheels for free-threaded Pythons.

Their stable ABI, abi3t, is that of all builds from 3.15 on, and hides the layout of
every object: https://peps.python.org/pep-0803/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.inspection.table_search import is_made_from_slots
from abi3build.rules.finding import Finding, Severity, image_finding
from abi3build.versions import FIRST_ABI3T, PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi3build.binaries.cpython_contents import AbiInformation
    from abi3build.binaries.image import BinaryFile, Image
    from abi3build.rules.audited_files import AuditedFiles
    from abi3build.versions import Promise

__all__ = ["hidden_layouts", "mismatched_abi_information", "tag_before_abi3t"]

_TAKES_MODULE_DEFINITION = frozenset(
    ("PyModuleDef_Init", "PyModule_Create2", "PyModule_FromDefAndSpec2")
)
_COUNTS_REFERENCES_INLINE = "_Py_Dealloc"


def hidden_layouts(audited: AuditedFiles) -> Iterator[Finding]:
    """Find symbols that only code for the layouts of GIL-enabled Pythons uses (ABI101).

    They are in the stable ABI, but nothing compiled for abi3t needs them: it cannot
    define a ``PyModuleDef``, which begins with an object, nor read a reference count
    (``Include/moduleobject.h`` and ``Include/refcount.h`` of 3.15).
    """
    if not audited.promise.free_threaded:
        return
    for file, image in audited.images():
        from_slots = is_made_from_slots(image.exports)
        for symbol in audited.cpython_imports(image):
            if symbol.symbol == _COUNTS_REFERENCES_INLINE:
                message = "outside abi3t: comes from an inlined Py_DECREF"
            elif symbol.symbol in _TAKES_MODULE_DEFINITION and not from_slots:
                message = "outside abi3t: takes a PyModuleDef, whose layout is hidden"
            else:
                continue
            yield image_finding(
                "ABI101",
                file,
                image,
                what=symbol.symbol,
                message=message,
                hint=_compile_for(audited.promise) + _slots_instead(symbol.symbol),
            )


def tag_before_abi3t(audited: AuditedFiles) -> Iterator[Finding]:
    """Find tags that promise abi3t to Pythons that do not have it (ABI601).

    This is a warning: according to ``packaging``, free-threaded Pythons accept such a
    tag from 3.2 up, and it is possible to write a module that all of them load.  If one
    cannot be loaded, its name, its symbols or its ``PyABIInfo`` show it, and their own
    rules say so.
    """
    promise = audited.promise
    if audited.wheel is None or not promise.free_threaded:
        return
    floor = promise.floor
    if floor < FIRST_ABI3T:
        yield Finding(
            code="ABI601",
            severity=Severity.WARNING,
            file="",
            what=f"{floor.tag}-abi3t",
            message=(
                f"abi3t starts with Python {FIRST_ABI3T}, but installers also use this"
                " tag for free-threaded 3.13 and 3.14"
            ),
            hint=(
                f"tag the wheel {FIRST_ABI3T.tag}-abi3.abi3t, or build two kinds of"
                f" wheels: {floor.tag}-abi3, and a version-specific one with each"
                " free-threaded Python"
            ),
        )
    if not promise.gil_enabled:
        yield Finding(
            code="ABI601",
            severity=Severity.WARNING,
            file="",
            what="abi3t",
            message=(
                "GIL-enabled Pythons load abi3t too, but installers do not accept this"
                " tag alone"
            ),
            hint=f"tag the wheel {max(floor, FIRST_ABI3T).tag}-abi3.abi3t",
        )


def mismatched_abi_information(audited: AuditedFiles) -> Iterator[Finding]:
    """Find modules whose own information contradicts the wheel (ABI601).

    Python compares a module's ``PyABIInfo`` with itself at import (``PyABIInfo_Check``
    in ``Python/modsupport.c``), but only from 3.15 on.
    """
    for file, image in audited.images():
        if is_made_from_slots(image.exports) and not image.abi_information:
            yield _finding(
                file,
                image,
                "not found, but Python rejects modules made from slots without it",
                "add PyABIInfo_VAR(abi) to the source, and"
                " PySlot_STATIC_DATA(Py_mod_abi, &abi) as the first of its slots",
                Severity.WARNING,
            )
        for information in image.abi_information:
            fault = _fault(information, audited.promise)
            if fault:
                hint = _compile_for(audited.promise)
                yield _finding(file, image, fault, hint)


def _fault(information: AbiInformation, promise: Promise) -> str:
    if not information.is_stable:
        only = PythonVersion.from_hex(information.abi_version)
        # Without a version it says nothing, and Python accepts it.
        return f"is for Python {only} only" if information.abi_version else ""
    if promise.free_threaded and not information.is_for_free_threading:
        return "is for GIL-enabled Pythons only"
    if promise.gil_enabled and not information.is_for_gil:
        return "is for free-threaded Pythons only"
    if information.abi_version:
        lowest = PythonVersion.from_hex(information.abi_version)
        if lowest > max(promise.floor, FIRST_ABI3T):
            return (
                f"is for Python {lowest} and later, but the promise is for"
                f" {promise.floor}"
            )
    return ""


def _compile_for(promise: Promise) -> str:
    if promise.free_threaded:
        value = max(promise.floor, FIRST_ABI3T).hex
        return f"compile every source with Py_TARGET_ABI3T={value}"
    return f"compile every source with Py_LIMITED_API={promise.floor.hex}"


def _slots_instead(symbol: str) -> str:
    if symbol not in _TAKES_MODULE_DEFINITION:
        return ""
    return ", and make the module from slots (PyModExport_ instead of PyInit_)"


def _finding(
    file: BinaryFile,
    image: Image,
    message: str,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Finding:
    return image_finding(
        "ABI601",
        file,
        image,
        severity=severity,
        what="PyABIInfo",
        message=message,
        hint=hint,
    )
