"""Write a static type as slots, a specification and a function that creates it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.port_fix.immutable_types import with_flag
from abi3build.port_fix.initializers import NotUnderstoodError, is_null, without_casts
from abi3build.port_fix.rewritten_entries import conditional_value, rewritten_entries
from abi3build.port_fix.slot_names import (
    OFFSET_MEMBERS,
    SPEC_FIELDS,
    TABLE_FIELDS,
    UNUSED_FIELDS,
    is_slot,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi3build.port_fix.code_style import CodeStyle
    from abi3build.port_fix.initializers import Entry
    from abi3build.port_fix.static_types import FunctionTable, StaticType

__all__ = ["HeapTypeText", "TypeNames", "slot_line", "write_heap_type"]

_SIMPLE_VALUE = re.compile(r'(?:&?\s*\w+(?:\s*\[[^]]*\])?|\w+\s*\([^()]*\)|"[^"]*")')
_ALWAYS = "instances hold a reference to their type"
_MUTABLE = "the type is mutable: attributes can be set on it"
_NO_VECTORCALL = (
    "tp_vectorcall has no slot before 3.14: calls of the type use tp_new and tp_init"
)
_UNDOTTED = re.compile(r'"[^".]+"')
_LEFT_OUT = frozenset({"tp_print", "tp_vectorcall", "tp_base", "tp_dict"})


@dataclass(frozen=True)
class TypeNames:
    """Contain the names that stand for a type after the rewrite."""

    type: str

    @property
    def pointer(self) -> str:
        """Return the name of the variable that holds the type."""
        return f"{self.type}_ptr"

    @property
    def slots(self) -> str:
        """Return the name of the array of slots."""
        return f"{self.type}_slots"

    @property
    def spec(self) -> str:
        """Return the name of the specification."""
        return f"{self.type}_spec"

    @property
    def members(self) -> str:
        """Return the name of an array for members that stand for offsets."""
        return f"{self.type}_offsets"

    @property
    def create(self) -> str:
        """Return the name of the function that creates the type once."""
        return f"{self.type}_create"

    @property
    def place(self) -> str:
        """Return the name of the function that finds the pointer in a state."""
        return f"{self.type}_place"

    @property
    def no_new(self) -> str:
        """Return the name of the function that refuses to make instances."""
        return f"{self.type}_no_new"

    @property
    def all(self) -> tuple[str, ...]:
        """Return every name but the type's own."""
        return (
            self.pointer,
            self.slots,
            self.spec,
            self.members,
            self.create,
            self.place,
            self.no_new,
        )


@dataclass(frozen=True)
class HeapTypeText:
    """Contain what replaces a static type."""

    text: str
    base: str
    """The expression of the base; empty for ``object``."""

    offsets: tuple[tuple[str, str], ...]
    """Members that have to join the type's own: name and offset."""

    remarks: tuple[str, ...]


def slot_line(field: str, value: str) -> str:
    """Return the entry of an array of slots, with its comma."""
    bare = without_casts(value)
    if not _SIMPLE_VALUE.fullmatch(bare):
        bare = f"({value.strip()})"
    return f"{{Py_{field}, (void *){bare}}},"


def write_heap_type(  # noqa: PLR0913, PLR0917 - what decides about one text
    source: bytes,
    static: StaticType,
    tables: Mapping[str, tuple[FunctionTable, bytes]],
    style: CodeStyle,
    module: str,
    immutable: str = "",
) -> HeapTypeText:
    """Return the text for a type; ``tables`` are those it can refer to, with sources.

    ``module`` is the module for a name without a dot, ``immutable`` a flag for the
    type.  Raise ``NotUnderstoodError`` if a field has no counterpart.
    """
    return _Writer(source, static, tables, style, module, immutable).write()


class _Writer:
    """Write one type; the state is what the fields said so far."""

    def __init__(  # noqa: PLR0913, PLR0917 - as write_heap_type
        self,
        source: bytes,
        static: StaticType,
        tables: Mapping[str, tuple[FunctionTable, bytes]],
        style: CodeStyle,
        module: str,
        immutable: str,
    ) -> None:
        self.source = source
        self.static = static
        self.tables = tables
        self.style = style
        self.module = module
        self.immutable = immutable
        self.names = TypeNames(static.name)
        self.offsets: list[tuple[str, str]] = []
        self.slots: set[str] = set()
        self.remarks: list[str] = []
        self.set_later = {each.field: each.value for each in static.assignments}

    def write(self) -> HeapTypeText:
        """Return the whole text."""
        indent = self._indent()
        inner = rewritten_entries(self.source, self.static.initializer, self._entry)
        later = [
            line
            for field, value in self.set_later.items()
            if not is_null(value)
            for line in self._set_later(field, value)
        ]
        self.slots |= {field for field in self.set_later if is_slot(field)}
        offsets = self._offsets()
        base = self._base()
        extra = self._without_new(base)
        own_members = "" if "tp_members" in self.slots else self._own_members(offsets)
        if own_members:
            later.append(slot_line("tp_members", self.names.members))
        if extra:
            later.append(slot_line("tp_new", self.names.no_new))
        lines = inner.decode("utf-8", "surrogateescape").strip("\r\n").rstrip()
        parts = [
            *([own_members] if own_members else []),
            *([extra] if extra else []),
            f"static PyType_Slot {self.names.slots}[] = {{{self.style.newline}"
            + (lines + self.style.newline if lines.strip() else "")
            + "".join(f"{indent}{line}{self.style.newline}" for line in later)
            + f"{indent}{{0, NULL}}{self.style.newline}}};{self.style.newline}",
            self._spec(indent),
        ]
        mutable = () if self.immutable else (_MUTABLE,)
        remarks = (_ALWAYS, *mutable, *self.remarks)
        return HeapTypeText(
            self.style.newline.join(parts),
            base,
            tuple(offsets) if not own_members else (),
            remarks,
        )

    def _indent(self) -> str:
        for entry in self.static.initializer.entries:
            start = self.source.rfind(b"\n", 0, entry.start) + 1
            blank = self.source[start : entry.start]
            if blank and not blank.strip():
                return blank.decode()
        return self.style.indent

    def _entry(self, entry: Entry) -> str | None:
        field = entry.field
        if field == "tp_vectorcall" and not is_null(entry.value):
            self.remarks.append(_NO_VECTORCALL)
        if field in self.set_later:
            return None
        if field in TABLE_FIELDS and not is_null(entry.value):
            return self._table(entry)
        if (
            field in SPEC_FIELDS
            or field in OFFSET_MEMBERS
            or field in UNUSED_FIELDS
            or field in _LEFT_OUT
            or is_null(entry.value)
        ):
            return None
        if not is_slot(field):
            message = f"{field} = {entry.value} has no slot"
            raise NotUnderstoodError(message)
        if field == "tp_dealloc" and without_casts(entry.value) in {
            "PyObject_Del",
            "PyObject_Free",
            "PyObject_DEL",
            "PyObject_FREE",
        }:
            # What a type from a spec does anyway, and it lets go of the type.
            return None
        self.slots.add(field)
        return slot_line(field, entry.value)

    def _set_later(self, field: str, value: str) -> list[str]:
        """Return the entries for a field that a statement sets."""
        if field == "tp_vectorcall":
            self.remarks.append(_NO_VECTORCALL)
        if field in TABLE_FIELDS:
            return self._table_text(field, value).split("\n")
        return [slot_line(field, value)] if is_slot(field) else []

    def _table(self, entry: Entry) -> str:
        return self._table_text(entry.field, entry.value)

    def _table_text(self, field: str, value: str) -> str:
        """Return the entries of a table of functions, on as many lines."""
        name = without_casts(value).lstrip("&").strip()
        if name not in self.tables:
            message = f"{field} = {value} is not a table that could be read"
            raise NotUnderstoodError(message)
        table, source = self.tables[name]
        filled = {each.field: each.value for each in table.assignments}

        def rewrite(each: Entry) -> str | None:
            if is_null(each.value) or each.field in {*UNUSED_FIELDS, *filled}:
                return None
            self.slots.add(each.field)
            return slot_line(each.field, each.value)

        inner = rewritten_entries(source, table.initializer, rewrite)
        text = inner.decode("utf-8", "surrogateescape").strip()
        for each, function in filled.items():
            if not is_null(function) and each not in UNUSED_FIELDS:
                self.slots.add(each)
                line = slot_line(each, function)
                text += f"\n{self._indent()}{line}" if text else line
        if "#" in text.split("\n", 1)[0][:1] or re.search(r"(?m)^\s*#", text):
            # Directives need lines of their own, before and after.
            return f"\n{text}\n"
        return text or ""

    def _value(self, field: str, default: str) -> str:
        if field in self.set_later:
            return self.set_later[field]
        initializer = self.static.initializer
        return conditional_value(
            self.source, initializer, initializer.of(field), default
        )

    def _offsets(self) -> list[tuple[str, str]]:
        found = []
        for field, name in OFFSET_MEMBERS.items():
            value = self._value(field, "0")
            if is_null(value):
                continue
            if "#" in value:
                message = f"{field} differs by an #if"
                raise NotUnderstoodError(message)
            found.append((name, value))
        return found

    def _base(self) -> str:
        value = self._value("tp_base", "0")
        if "#" in value:
            message = "tp_base differs by an #if"
            raise NotUnderstoodError(message)
        if not is_null(self._value("tp_dict", "0")):
            message = "tp_dict is set before the type exists"
            raise NotUnderstoodError(message)
        bare = without_casts(value)
        return "" if is_null(value) or bare == "&PyBaseObject_Type" else value

    def _without_new(self, base: str) -> str:
        """Return a function for ``tp_new`` if instances could not be made so far.

        A type from a spec takes ``tp_new`` of ``object``; a static one does not.
        """
        if "tp_new" in self.slots or base:
            return ""
        self.remarks.append(
            "it has no tp_new, so calling it still raises TypeError; this needs a"
            " function, because a type from a spec inherits tp_new from object"
        )
        refusal = f"cannot create '{self._plain_name()}' instances"
        return self.style.function(
            "static PyObject *",
            f"{self.names.no_new}(PyTypeObject *type, PyObject *args, PyObject *kwds)",
            [
                "\t(void)type;",
                "\t(void)args;",
                "\t(void)kwds;",
                f'\tPyErr_SetString(PyExc_TypeError, "{refusal}");',
                "\treturn NULL;",
            ],
        )

    def _plain_name(self) -> str:
        found = re.fullmatch(r'"([^"\\]*)"', self._value("tp_name", '"?"').strip())
        return self._named(found[0])[1:-1] if found else self.static.name

    def _named(self, value: str) -> str:
        """Return the name with its module, which a type from a spec must have."""
        if self.module and _UNDOTTED.fullmatch(value.strip()):
            return f'"{self.module}.{value.strip()[1:-1]}"'
        return value

    def _own_members(self, offsets: list[tuple[str, str]]) -> str:
        if not offsets:
            return ""
        rows = [
            f'\t{{"{name}", T_PYSSIZET, {offset}, READONLY, NULL}},'
            for name, offset in offsets
        ]
        return self.style.lines(
            [
                f"static PyMemberDef {self.names.members}[] = {{",
                *self.style.indented(rows, 0),
                *self.style.indented(["\t{NULL, 0, 0, 0, NULL}"], 0),
                "};",
            ]
        )

    def _spec(self, indent: str) -> str:
        name = self._value("tp_name", "")
        if not name:
            message = "it has no tp_name"
            raise NotUnderstoodError(message)
        if self._named(name) != name:
            self.remarks.append(
                f"its name becomes {self._named(name)}: a type from a spec must name"
                " its module"
            )
        flags = self._value("tp_flags", "Py_TPFLAGS_DEFAULT")
        if self.immutable:
            flags = with_flag(flags, self.immutable, self.style.newline)
        values = {
            "name": self._named(name),
            "basicsize": self._value("tp_basicsize", "0"),
            "itemsize": self._value("tp_itemsize", "0"),
            "flags": flags,
            "slots": self.names.slots,
        }
        named = any(
            self.source[each.start : each.start + 1] == b"."
            for each in self.static.initializer.entries
        )
        lines = []
        for key, value in values.items():
            if named and key == "itemsize" and value == "0":
                continue
            lead = f".{key} = " if named else ""
            if value.startswith("#"):
                for line in value.split("\n"):
                    is_directive = line.startswith("#")
                    lines.append(line if is_directive else f"{indent}{lead}{line},")
            else:
                lines.append(f"{indent}{lead}{value},")
        return self.style.lines(
            [f"static PyType_Spec {self.names.spec} = {{", *lines, "};"]
        )
