"""From evidence to a verdict: which findings the rules' own pages call for.

This is a second, separate reading of the rules, written against the text of their
pages and not against abi3build's code, so that the two can disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wheel_judge.case import Case
from wheel_judge.symbol_rules import SYMBOL_RULES
from wheel_judge.wheel_rules import WHEEL_RULES

if TYPE_CHECKING:
    from wheel_judge.case import Row
    from wheel_judge.known import Known
    from wheel_judge.wheel_evidence import WheelEvidence

__all__ = ["Verdict", "judge"]

_FIRST = (3, 2)


@dataclass
class Verdict:
    """Hold what a wheel's findings ought to be."""

    floor: tuple[int, int]
    lowest_floor: tuple[int, int] | None
    """The lowest floor that the symbols allow; None without any image."""

    rows: list[Row]

    @property
    def keeps_promise(self) -> bool:
        """Tell whether no finding is an error."""
        return all(row.severity != "error" for row in self.rows)


def judge(wheel: WheelEvidence, known: Known) -> Verdict:
    """Return the findings that the evidence calls for, sorted."""
    case = Case(wheel, known)
    rows = {row for rule in (*SYMBOL_RULES, *WHEEL_RULES) for row in rule(case)}
    floors = [
        max((known.added.get(name, _FIRST) for name in names), default=_FIRST)
        for _, image, _ in case.images()
        for names in [case.from_python(image)]
    ]
    return Verdict(case.floor, max(floors, default=None), sorted(rows))
