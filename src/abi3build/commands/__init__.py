"""The subcommands: each adds its arguments and turns them into an outcome."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["COMMANDS", "load_command"]

COMMANDS = {
    "audit": "check wheels and extension files against the stable ABI they promise",
    "floor": "find the lowest floor that the files allow, and what stands in its way",
    "symbol": "say since when a C API name is stable, and what to use instead",
    "explain": "print what a rule catches, why it matters and what to do",
    "show": "show the effective settings and what this interpreter would build",
    "check": "check the settings of projects, for a hook before the commit",
    "try": "install, import and test wheels on every Python found",
    "port": "say what stands between a source tree and the stable ABI",
    "import-library": "write the import library of python3.dll, limited to a floor",
}
"""By its name, what each command does.

None is loaded for the help that lists them.
"""


def load_command(name: str) -> ModuleType:
    """Load a command's module, which has ``add_arguments`` and ``run``."""
    from importlib import import_module

    module = name.replace("-", "_")
    # A keyword cannot be a module's name.
    return import_module(f"{__name__}.{'try_' if module == 'try' else module}")
