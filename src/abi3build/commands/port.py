"""``abi3build port``: what keeps sources from the stable ABI, floor by floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi3build.commands.fix_sources import (
    add_fix_arguments,
    refuse_lone_options,
    run_fix,
)
from abi3build.commands.shared_arguments import add_output
from abi3build.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.porting.floor_plan import PortPlan
    from abi3build.versions import PythonVersion

__all__ = ["FORMATS_OF_PLAN", "add_arguments", "floor_of", "run"]

FORMATS_OF_PLAN = {
    "text": "port_plan_text:render_plan_text",
    "json": "port_plan_documents:render_plan_json",
    "markdown": "port_plan_text:render_plan_markdown",
    "html": "port_plan_documents:render_plan_html",
    "sarif": "port_plan_documents:render_plan_sarif",
    "github": "port_plan_documents:render_plan_github",
}
"""By name, the default first, a module of ``reports`` and its function."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="*",
        help=(
            "a project's folder, whose setup is run to find what it compiles, or C, C++"
            " and Cython sources (default: the current folder)"
        ),
    )
    parser.add_argument(
        "--floor",
        "--min-python",
        dest="min_python",
        metavar="VERSION",
        help=(
            "the floor to port to (default: the project's min-python or"
            " requires-python, else the oldest Python that is still supported)"
        ),
    )
    parser.add_argument(
        "--to",
        choices=("abi3", "abi3t"),
        default="abi3",
        help="the stable ABI to port to; abi3t requires Python 3.15",
    )
    parser.add_argument(
        "--headers",
        metavar="VERSION",
        help="the version of the headers that builds will use, such as 3.15: names that"
        " they drop under the floor have to change, and names that they deprecate are"
        " listed (default: the oldest Python that is still supported)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help=(
            "compile each source with and without the limit, using the headers of this"
            " Python, and show where the plan and the compiler differ"
        ),
    )
    add_fix_arguments(parser)
    parser.add_argument("--format", choices=tuple(FORMATS_OF_PLAN), default="text")
    add_output(parser)


def run(options: argparse.Namespace) -> Outcome:
    """Read the sources; the status is 1 if something has to change."""
    from pathlib import Path

    from abi3build.commands import Outcome
    from abi3build.porting.floor_plan import plan_port
    from abi3build.porting.project_sources import read_project_sources
    from abi3build.porting.syntax import require_grammars

    refuse_lone_options(options)
    require_grammars()
    paths = [Path(each) for each in options.sources or ["."]]
    to_abi3t = options.to == "abi3t"
    floor, why = floor_of(paths, options.min_python, to_abi3t=to_abi3t)
    headers = _headers_of(options.headers, floor)
    if options.fix:
        return run_fix(options, paths, floor)
    sources = read_project_sources(paths)
    plan = plan_port(sources, floor, why, headers=headers, to_abi3t=to_abi3t)
    notes: tuple[str, ...] = ()
    if options.check:
        from abi3build.porting.compiler_check import differences

        notes = differences(sources, floor)
    return Outcome(_render(options.format, plan), int(bool(plan.constructs)), notes)


def floor_of(
    paths: list[Path], given: str | None, *, to_abi3t: bool = False
) -> tuple[PythonVersion, str]:
    """Return the floor and, if it was not given, the reason for it."""
    from abi3build.porting.c_interface import OLDEST_SUPPORTED
    from abi3build.project_init.oldest_python import oldest_python_of_setup
    from abi3build.settings.assumed_floor import read_requires_python
    from abi3build.settings.messages import KeyPlace
    from abi3build.settings.pyproject import load_pyproject
    from abi3build.settings.requires_python import first_python_3
    from abi3build.settings.values import read_floor
    from abi3build.versions import FIRST_ABI3T, FIRST_STABLE_ABI

    if given is not None:
        floor = read_floor(KeyPlace("--floor", textual=True), given)
        return max(floor, FIRST_ABI3T) if to_abi3t else floor, ""
    if to_abi3t:
        return FIRST_ABI3T, "the first with abi3t"
    file = paths[0] / "pyproject.toml"
    project = load_pyproject(file) if len(paths) == 1 and file.is_file() else {}
    tool = project.get("tool")
    table = tool.get("abi3build") if isinstance(tool, dict) else None
    if isinstance(table, dict) and "min-python" in table:
        place = KeyPlace("tool.abi3build.min-python")
        return read_floor(place, table["min-python"]), "min-python of pyproject.toml"
    requires = read_requires_python(project)
    # ">=3" and ">=2.7" begin before the stable ABI, and so bound no floor.
    lowest = first_python_3(requires.specifier or "")
    if lowest is not None and lowest >= FIRST_STABLE_ABI:
        return lowest, f"requires-python {requires.specifier}"
    stated = oldest_python_of_setup(paths[0]) if len(paths) == 1 else None
    if stated is not None and stated.version >= FIRST_STABLE_ABI:
        return stated
    return OLDEST_SUPPORTED, "the oldest Python that is still supported"


def _headers_of(given: str | None, floor: PythonVersion) -> PythonVersion:
    """Return the headers of the plan; raise ``UsageError`` for impossible ones."""
    from abi3build.porting.c_interface import OLDEST_SUPPORTED
    from abi3build.settings.messages import KeyPlace
    from abi3build.settings.values import read_floor

    if given is None:
        return OLDEST_SUPPORTED
    headers = read_floor(KeyPlace("--headers", textual=True), given)
    if headers < floor:
        message = (
            f"--headers {headers}: they cannot build for the floor {floor}: name"
            f" headers of {floor} or later, or a lower floor"
        )
        raise UsageError(message)
    return headers


def _render(name: str, plan: PortPlan) -> str:
    from importlib import import_module

    module, function = FORMATS_OF_PLAN[name].split(":")
    found = getattr(import_module(f"abi3build.reports.{module}"), function)
    return str(found(plan))
