"""The table of builders in ``docs/free-threading.md`` says what the code decides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from abi3build.errors import BuilderError
from abi3build.settings.model import FreeThreaded, Settings
from abi3build.targets.target import Builder, decide_target
from abi3build.versions import PythonVersion

PAGE = Path(__file__).parents[2] / "docs" / "free-threading.md"
ROW = re.compile(
    r"\| (?P<builder>3\.\d+)(?P<kind>t?) \| (?P<floor>3\.\d+)"
    r" \| (?P<auto>.+) \| (?P<abi3t>.+) \|"
)
ROWS = [
    match.groupdict()
    for match in map(ROW.fullmatch, PAGE.read_text(encoding="utf-8").splitlines())
    if match is not None
]


def decided(settings: Settings, builder: Builder) -> str:
    try:
        target = decide_target(settings, builder)
    except BuilderError:
        return "refused"
    if target.is_stable:
        return f"`{target.label}`, `x{target.suffix}`"
    return f"`{target.floor.tag}-{target.floor.tag}t`"


def test_every_row_of_the_table_is_read() -> None:
    text = PAGE.read_text(encoding="utf-8")
    builders = re.findall(r"^\| 3\.\d+t? \|", text, re.MULTILINE)
    assert 0 < len(builders) == len(ROWS)


@pytest.mark.parametrize("choice", ["auto", "abi3t"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["builder"] + row["kind"])
def test_what_each_builder_makes(row: dict[str, str], choice: str) -> None:
    builder = Builder(
        implementation="cpython",
        version=PythonVersion.parse(row["builder"]),
        free_threaded=row["kind"] == "t",
        debug=False,
        windows=False,
        extension_suffix=".cpython-x86_64-linux-gnu.so",
    )
    floor = PythonVersion.parse(row["floor"])
    settings = Settings(floor, free_threaded=FreeThreaded(choice))
    assert decided(settings, builder) == row[choice]
