"""Interpreters and wheels as values, for tests that run neither."""

from __future__ import annotations

from pathlib import Path

from abi3build.targets.interpreters import Interpreter
from abi3build.targets.target import Builder
from abi3build.versions import PythonVersion
from abi3build.wheels.wheel import Wheel, parse_wheel_name

__all__ = ["interpreter", "wheel_named"]


def interpreter(label: str, patch: int = 1, bits: int = 64) -> Interpreter:
    """Make the interpreter of a label such as ``3.13t`` or ``pypy 3.11``."""
    name, _, version = label.rpartition(" ")
    minor = PythonVersion.parse(version.rstrip("td"))
    flags = version.lstrip("0123456789.")
    builder = Builder(
        name or "cpython",
        minor,
        "t" in flags,
        "d" in flags,
        windows=False,
        extension_suffix=".so",
    )
    return Interpreter(Path("/python", version), f"{minor}.{patch}", builder, bits)


def wheel_named(tags: str, requires_python: str = "") -> Wheel:
    """Make a wheel of these tags that nothing is in."""
    name = f"demo-1.0-{tags}.whl"
    return Wheel(name, *parse_wheel_name(name), requires_python=requires_python)
