"""Keep a change of sources only if the compiler agrees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi3build.port_fix.compiling import CompileFlavor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from abi3build.port_fix.compiling import (
        CompileDiagnostic,
        CompileOutcome,
        Compiler,
    )
    from abi3build.port_fix.recorded_build import RecordedUnit

__all__ = ["StepProof"]

_IN_STRING = (
    rb'"(?:[^"\\\n]|\\.)*\(\*[^"\n]*\b%(name)b_(?:ptr|place)\b(?:[^"\\\n]|\\.)*"'
)
"""What stands for a type ends in its name and one of these: ``heap_type_text.py``."""


@dataclass(frozen=True)
class StepProof:
    """Contain the units of a project and what they have to compile with."""

    compiler: Compiler
    units: tuple[RecordedUnit, ...]
    """Those that read ``Python.h``."""

    limited: tuple[CompileFlavor, ...]
    unlimited: Mapping[RecordedUnit, tuple[CompileFlavor, ...]]
    """With which a unit compiled before anything was changed."""

    def units_of(self, files: Iterable[Path]) -> tuple[RecordedUnit, ...]:
        """Return the units that read one of the files."""
        wanted = set(files)
        return tuple(
            unit
            for unit in self.units
            if wanted.intersection(self.compiler.read_files(unit))
        )

    def errors(self) -> dict[RecordedUnit, tuple[CompileDiagnostic, ...]]:
        """Return what is wrong under the limit now, with the first headers."""
        outcomes = self.compiler.outcomes(self.units, self.limited[:1])
        return {
            unit: tuple(each for each in outcome.diagnostics if each.is_error)
            for (unit, _), outcome in outcomes.items()
        }

    def errors_elsewhere(self) -> dict[CompileFlavor, list[CompileDiagnostic]]:
        """Return what is wrong under the limit with the other headers.

        Headers with which a unit does not compile without the limit are ignored.
        """
        found: dict[CompileFlavor, list[CompileDiagnostic]] = {}
        for flavor in self.limited[1:]:
            plain = CompileFlavor("without the limit", flavor.folders)
            ended = self.compiler.outcomes(self.units, [plain])
            units = [unit for unit in self.units if ended[unit, plain].ended_well]
            for outcome in self.compiler.outcomes(units, [flavor]).values():
                errors = [each for each in outcome.diagnostics if each.is_error]
                if errors:
                    found.setdefault(flavor, []).extend(errors)
        return found

    def state(
        self, units: Sequence[RecordedUnit]
    ) -> dict[tuple[RecordedUnit, CompileFlavor], CompileOutcome]:
        """Return what the compiler says now, for ``objection`` to compare."""
        found = dict(self.compiler.outcomes(units, self.limited))
        for unit in units:
            found.update(self.compiler.outcomes([unit], self.unlimited[unit]))
        return found

    def objection(
        self,
        before: Mapping[tuple[RecordedUnit, CompileFlavor], CompileOutcome],
        after: Mapping[tuple[RecordedUnit, CompileFlavor], CompileOutcome],
    ) -> str:
        """Return why a change is not kept; empty if it is.

        Without the limit each unit compiles as before; under it no unit has more
        errors, and together they have fewer.
        """
        for (unit, flavor), outcome in after.items():
            old = before[unit, flavor]
            if flavor.is_limited:
                if outcome.errors > old.errors:
                    return _said(unit, flavor, outcome, old)
            elif outcome.errors or outcome.suspicions > old.suspicions:
                return _said(unit, flavor, outcome, old)
        if _limited_errors(after) >= _limited_errors(before):
            return "the compiler has as many errors under the limit as before"
        return ""

    def spelled_out(self, units: Iterable[RecordedUnit], types: Sequence[str]) -> str:
        """Return the objection to new types, which are macros; empty if there is none.

        If a macro passes its argument to one that turns it into a string (#name), it
        passes the expansion: no compiler objects to that.
        """
        for unit in units:
            flavor = (*self.unlimited[unit], *self.limited)[0]
            text = self.compiler.preprocessed(unit, flavor)
            for name in types:
                expansion = _IN_STRING % {b"name": re.escape(name.encode())}
                found = re.search(expansion, text)
                if found:
                    literal = found[0].decode("utf-8", "replace")
                    return (
                        f"{name}: a macro in {unit.source.name} writes its name into a"
                        f" string, which would be {literal}: write the name there"
                    )
        return ""


def _limited_errors(
    state: Mapping[tuple[RecordedUnit, CompileFlavor], CompileOutcome],
) -> int:
    return sum(
        outcome.errors for (_, flavor), outcome in state.items() if flavor.is_limited
    )


def _said(
    unit: RecordedUnit,
    flavor: CompileFlavor,
    outcome: CompileOutcome,
    old: CompileOutcome,
) -> str:
    known = {each.text for each in old.diagnostics}
    new = [each for each in outcome.diagnostics if each.text not in known]
    errors = [each for each in new if each.is_error] or new
    if not errors:
        return f"{unit.source.name} does not compile {flavor.label}"
    first = errors[0]
    return (
        f"{unit.source.name} does not compile {flavor.label}: line {first.line}:"
        f" {first.text}"
    )
