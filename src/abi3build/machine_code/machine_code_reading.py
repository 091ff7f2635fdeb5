"""Search the machine code of a file for reads that the Limited API does not allow."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from abi3build.binaries.image import BinaryFormat
from abi3build.binaries.magic_number import image_format
from abi3build.errors import MalformedError
from abi3build.machine_code.api_callers import MOST_CODE, find_api_callers
from abi3build.machine_code.api_calls import CAPSULES
from abi3build.machine_code.borrowed_singletons import ALL_SINGLETONS
from abi3build.machine_code.calling_conventions import convention_of
from abi3build.machine_code.free_threaded_layouts import has_free_threaded_layouts
from abi3build.machine_code.function_walk import walk_function
from abi3build.machine_code.image_code import BudgetSpentError, ImageCode
from abi3build.machine_code.known_types import knows_all_types
from abi3build.machine_code.object_functions import object_functions
from abi3build.machine_code.starting_points import (
    find_starting_points,
    static_type_points,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from abi3build.binaries.image_layout import ImageLayout, ReadImage
    from abi3build.machine_code.seen_in_functions import FunctionWalk
    from abi3build.machine_code.starting_points import StartingPoint

__all__ = ["BorrowedReturn", "HiddenRead", "MachineCode", "read_machine_code"]


_MOST_INSTRUCTIONS = 1_500_000
_MOST_WAYS = 4
"""How many kinds of arguments a function is walked with."""

_MOST_PARTS = 64
"""How many functions are looked at to know what one function does."""


class HiddenRead(NamedTuple):
    """Say that a function reads a field that the Limited API hides."""

    function: str
    """What a table or a symbol calls it, and its address."""

    structure: str
    field: str
    """Empty if the whole structure is meant."""

    layout: str
    """How the place differs between the versions of Python."""

    address: int
    """Of the instruction."""


class BorrowedReturn(NamedTuple):
    """Say that a function returns None or a similar object without a new reference."""

    singleton: str
    function: str
    """What a table calls it, and its address."""

    address: int
    """Of the instruction that returns."""


class MachineCode(NamedTuple):
    """Describe what was found in the machine code of one image."""

    architecture: str
    functions: int = 0
    """How many functions were looked at."""

    known_functions: int = 0
    """How many there were to look at: those of tables, those that call CPython, and
    those that were found on the way."""

    cut_functions: int = 0
    """How many of those looked at have parts that could not be followed."""

    with_objects: int = 0
    """How many of them were seen to work on objects of Python."""

    reads: tuple[HiddenRead, ...] = ()
    """One for each function and field, sorted."""

    borrowed: tuple[BorrowedReturn, ...] = ()
    """The first for each function and object, sorted."""

    unread: str = ""
    """Why nothing, or not everything, was looked at; empty if all was."""


def read_machine_code(data: bytes, path: str = "") -> tuple[MachineCode, ...]:
    """Return what was found in each image of one file, in the order of its images.

    Errors in a file do not raise; they are the reason why it was not searched.  The
    file's path may say that it is for free-threaded Pythons.
    """
    try:
        return tuple(_read_image(image, path) for image in _images(data))
    except MalformedError as fault:
        return (MachineCode("unknown", unread=str(fault)),)


def _images(data: bytes) -> Sequence[ReadImage]:
    file_format = image_format(data)
    if file_format is BinaryFormat.ELF:
        from abi3build.binaries.elf.elf_reader import read_elf

        return (read_elf(data),)
    if file_format is BinaryFormat.PE:
        from abi3build.binaries.pe.pe_reader import read_pe

        return (read_pe(data),)
    if file_format is BinaryFormat.MACH_O:
        from abi3build.binaries.macho.macho_reader import read_macho

        return read_macho(data)
    from abi3build.binaries.web_assembly import read_web_assembly

    return (read_web_assembly(data),)


_FREE_THREADED = "it is for a free-threaded Python, whose objects have other layouts"


def _read_image(read: ReadImage, path: str) -> MachineCode:
    machine = read.image.machine
    convention = convention_of(machine, read.image.format)
    layout = read.layout
    if convention is None or layout is None or layout.code_places is None:
        reason = f"it is for {machine}, and only x86_64 and 64-bit ARM are known"
        return MachineCode(machine, unread=reason)
    if has_free_threaded_layouts(read.image, path):
        return MachineCode(machine, unread=_FREE_THREADED)
    try:
        places = layout.code_places()
        memory = layout.memory.with_own_allowance()
        code = ImageCode(memory, places, convention, _MOST_INSTRUCTIONS)
        code.knows_all_types = knows_all_types(read.image)
        search = _Search(code, layout, read)
        return search.result(machine)
    except MalformedError as fault:
        return MachineCode(machine, unread=str(fault))


class _Search:
    def __init__(self, code: ImageCode, layout: ImageLayout, read: ReadImage) -> None:
        self.code = code
        self.memory = code.memory
        self.pointers = layout.pointers()
        self.imports = read.image.imports
        self.names: dict[int, str] = {}
        self.ways: dict[int, set[tuple[tuple[int, str], ...]]] = {}
        self.waiting: deque[tuple[int, tuple[tuple[int, str], ...]]] = deque()
        self.with_objects: set[int] = set()
        self.walked: set[int] = set()
        self.cut: set[int] = set()
        self.reads: set[HiddenRead] = set()
        self.static_types: set[int] = set()
        self.returning: set[int] = set()
        self.borrowed: dict[tuple[str, int], list[int]] = {}

    def result(self, machine: str) -> MachineCode:
        """Walk all functions within the budget; return what was seen in them."""
        reasons = []
        try:
            self._walk_all()
        except BudgetSpentError:
            reasons.append(f"no more than {_MOST_INSTRUCTIONS:,} instructions are read")
        if any(each.is_code and each.size > MOST_CODE for each in self.memory.parts):
            megabytes = MOST_CODE >> 20
            reasons.append(f"only the first {megabytes} MB of its code are searched")
        return MachineCode(
            machine,
            len(self.walked),
            len(self.walked | set(self.ways) | set(self._callers)),
            len(self.cut),
            len(self.with_objects),
            _once_each(self.reads),
            self._borrowed_returns(),
            "; ".join(reasons),
        )

    @cached_property
    def _callers(self) -> tuple[int, ...]:
        return self._callers_of(object_functions())

    def _callers_of(self, symbols: Container[str]) -> tuple[int, ...]:
        code = self.code
        return find_api_callers(self.memory, code.places, code.convention, symbols)

    def _walk_all(self) -> None:
        points = find_starting_points(
            self.memory, self.pointers, self.code.places, self.imports
        )
        if CAPSULES in self.code.slots.values():
            # Others read the variables that these write.
            for start in self._callers_of((CAPSULES,)):
                self._add(start, ())
            self._walk_waiting()
        self._add_points(points)
        self._walk_waiting()
        for start in self._callers:
            if start not in self.ways:
                self._add(start, ())
                self._walk_waiting()

    def _add_points(self, points: Iterable[StartingPoint]) -> None:
        for point in points:
            self.names.setdefault(point.address, point.name)
            if point.returns_object:
                self.returning.add(point.address)
            self._add(point.address, point.arguments)

    def _add(self, start: int, arguments: tuple[tuple[int, str], ...]) -> None:
        ways = self.ways.setdefault(start, set())
        if arguments not in ways and len(ways) < _MOST_WAYS:
            ways.add(arguments)
            self.waiting.append((start, arguments))

    def _walk_waiting(self) -> None:
        while self.waiting:
            start, arguments = self.waiting.popleft()
            counts = start in self.returning
            walk = walk_function(self.code, start, arguments, counts=counts)
            if walk is None:
                continue
            if walk.reads or walk.borrowed:
                # What only seems to follow a call that never returns is no sure read.
                strict = walk_function(
                    self.code, start, arguments, strict=True, counts=counts
                )
                walk = strict or walk
            self._note(start, walk)

    def _note(self, start: int, walk: FunctionWalk) -> None:
        self.walked.add(start)
        if walk.has_objects:
            self.with_objects.add(start)
        if walk.is_cut:
            self.cut.add(start)
        for call in walk.calls:
            if call.arguments:
                self._add(call.target, call.arguments)
        if walk.borrowed:
            self._note_borrowed(start, walk)
        self.reads.update(
            HiddenRead(
                self._name(start),
                each.field.structure,
                each.field.field,
                each.field.layout,
                each.address,
            )
            for each in walk.reads
        )
        for address in walk.static_types:
            if address not in self.static_types and not self.memory.is_code(address):
                self.static_types.add(address)
                self.reads.add(
                    HiddenRead(
                        self._name(start),
                        "static PyTypeObject",
                        "",
                        "its size and fields differ between versions",
                        address,
                    )
                )
                self._add_points(
                    static_type_points(self.memory, self.pointers, address)
                )

    def _note_borrowed(self, start: int, walk: FunctionWalk) -> None:
        """Note what is returned, unless a part of the function counts such objects."""
        counted = self._counted_in(walk)
        for singleton, address in walk.borrowed:
            if singleton not in counted:
                self.borrowed.setdefault((singleton, start), []).append(address)

    def _counted_in(self, walk: FunctionWalk) -> frozenset[str]:
        """Return what the functions that one calls, and those that these call, count.

        If there are many, they are taken to count all.
        """
        counted: frozenset[str] = frozenset()
        waiting = [call.target for call in walk.calls]
        seen: set[int] = set()
        while waiting:
            target = waiting.pop()
            if target in seen:
                continue
            seen.add(target)
            part = walk_function(self.code, target, (), counts=True)
            if part is None or len(seen) > _MOST_PARTS:
                return ALL_SINGLETONS
            counted |= part.counted
            waiting += [call.target for call in part.calls]
        return counted

    def _borrowed_returns(self) -> tuple[BorrowedReturn, ...]:
        return tuple(
            BorrowedReturn(singleton, self._name(start), min(addresses))
            for (singleton, start), addresses in sorted(self.borrowed.items())
        )

    def _name(self, start: int) -> str:
        name = self.names.get(start) or self.code.places.names.get(start, "")
        return f"{name} ({start:#x})" if name else f"{start:#x}"


def _once_each(reads: Iterable[HiddenRead]) -> tuple[HiddenRead, ...]:
    """Keep the first of the reads of one field in one function."""
    first: dict[tuple[str, str, str], HiddenRead] = {}
    for each in sorted(reads, key=lambda read: read.address):
        first.setdefault((each.function, each.structure, each.field), each)
    return tuple(sorted(first.values()))
