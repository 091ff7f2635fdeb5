"""``abi3build completion``: a script with which a shell completes this command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from abi3build.commands import Outcome

__all__ = ["add_arguments", "run"]

_SHELLS = ("bash", "zsh", "fish", "powershell", "tcsh")
_EXAMPLES = """\
examples:
  abi3build completion bash > ~/.local/share/bash-completion/completions/abi3build
  abi3build completion zsh > ~/.zfunc/_abi3build
  abi3build completion fish > ~/.config/fish/completions/abi3build.fish
  abi3build completion powershell >> $PROFILE
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "shell", choices=_SHELLS, help="the shell to write the script for"
    )


def run(options: argparse.Namespace) -> Outcome:
    """Return the script for a shell; raise ``UsageError`` without shtab."""
    from abi3build.commands import COMMANDS, Outcome, build_parser
    from abi3build.errors import UsageError

    try:
        import shtab
    except ImportError:
        message = (
            f"completion for {options.shell} needs shtab, which is not installed:"
            ' pip install "abi3build[completion]"'
        )
        raise UsageError(message) from None
    script = shtab.complete(build_parser(tuple(COMMANDS)), shell=options.shell)
    return Outcome(script if script.endswith("\n") else f"{script}\n")
