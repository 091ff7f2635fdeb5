"""What an audit needs of ``typing`` while it runs, without loading it.

That takes as long as reading a small wheel, and ``typing.NamedTuple`` compiles the
annotation of each field, which nobody asks for here.  Type checkers see the names of
``typing``.
"""

from __future__ import annotations

from collections import namedtuple

__all__ = ["TYPE_CHECKING", "NamedTuple", "Protocol"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, Protocol
else:
    _ANNOTATIONS = "__annotations__"

    class _NamedTupleMaker(type):
        """Make ``collections.namedtuple`` of a class statement with ``NamedTuple``."""

        def __new__(
            cls, name: str, bases: tuple[type, ...], body: dict[str, object]
        ) -> type:
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body.pop(_ANNOTATIONS, {})
            made = namedtuple(  # noqa: PYI024 - typing's is what it stands for
                name,
                fields,
                defaults=[body.pop(field) for field in fields if field in body],
                module=body["__module__"],
            )
            for key, value in body.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_NamedTupleMaker):
        """Stand for ``typing.NamedTuple`` as the base of a class statement."""

    class Protocol:
        """Stand for ``typing.Protocol``: here a mere base."""
