"""Read the result of a test run: how many tests ended how, and which did not pass."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["TestsOutcome", "read_outcome"]

_SUM_OF_PYTEST = re.compile(
    r"^=* ?(?P<sum>\d+ [a-z]+(?:, \d+ [a-z]+)*) in [\d.]+s(?: \([\d:]+\))? ?=*$",
    re.MULTILINE,
)
_COUNTED = re.compile(
    r"(?P<count>\d+) (?P<kind>passed|failed|errors?|skipped|xfailed|xpassed)\b"
)
_RAN = re.compile(r"^Ran (?P<count>\d+) tests? in [\d.]+s$", re.MULTILINE)
_ENDED = re.compile(r"^(?:OK|FAILED)(?: \((?P<rest>[^()]*)\))?$", re.MULTILINE)
_NOT_PASSED = re.compile(
    # Parameters may have blanks in them.
    r"^(?:FAILED|ERROR) (?P<pytest>\S+(?:\[.*?\])?)(?: - .*)?$"
    r"|^(?:FAIL|ERROR): (?P<unittest>\S+ \(\S+\)|\S+).*$",
    re.MULTILINE,
)

_ADDRESS = re.compile("0x[0-9a-f]+")


@dataclass(frozen=True)
class TestsOutcome:
    """Describe the result of one run."""

    # pytest collects classes by this beginning of a name.
    __test__ = False

    status: int | None
    """The exit status; None if its time was over."""

    counts: tuple[tuple[str, int], ...]
    """How many tests ended how, by kind; empty if the output says nothing of it."""

    not_passed: frozenset[str]
    """The names of the tests that failed, as far as they are named."""

    last: str = ""
    """The last line of the output."""

    @property
    def proves_something(self) -> bool:
        """Tell whether a test passed, or a command without a count ended well."""
        if self.counts:
            return dict(self.counts).get("passed", 0) > 0
        return self.status == 0

    @property
    def words(self) -> str:
        """Return the counts, or else how the command ended."""
        if self.counts:
            return ", ".join(f"{count} {kind}" for kind, count in self.counts)
        if self.status is None:
            return "took too long"
        return f"exit status {self.status}"

    def is_same(self, other: TestsOutcome) -> bool:
        """Tell whether another run had the same result, whatever its last line is."""
        return (self.status, self.counts, self.not_passed) == (
            other.status,
            other.counts,
            other.not_passed,
        )


def read_outcome(status: int | None, output: str) -> TestsOutcome:
    """Read the output of pytest or unittest; of other commands only the status."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # The address of an object in a name is another one in each process.
    names = {
        _ADDRESS.sub("0x", match["pytest"] or match["unittest"])
        for match in _NOT_PASSED.finditer(output)
    }
    return TestsOutcome(
        status,
        tuple(_counts(output)),
        frozenset(names),
        lines[-1] if lines else "no output",
    )


def _counts(output: str) -> list[tuple[str, int]]:
    sums = _SUM_OF_PYTEST.findall(output)
    if sums:
        found = _COUNTED.finditer(sums[-1])
        return sorted(
            (
                "errors" if match["kind"] == "error" else match["kind"],
                int(match["count"]),
            )
            for match in found
        )
    ran = _RAN.findall(output)
    ended = list(_ENDED.finditer(output))
    if not ran or not ended:
        return []
    rest = re.findall(r"([a-z ]+)=(\d+)", ended[-1]["rest"] or "")
    others = {name.strip(): int(count) for name, count in rest}
    passed = int(ran[-1]) - sum(others.values())
    return sorted({**others, "passed": passed}.items())
