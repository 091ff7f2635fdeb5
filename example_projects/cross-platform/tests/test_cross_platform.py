"""Tests for the system that a wheel is for: run them there."""

from __future__ import annotations

import struct
import sys

import cross_platform
import pytest


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", 0xCBF29CE484222325),
        (b"a", 0xAF63DC4C8601EC8C),
        (b"foobar", 0x85944171F73967E8),
    ],
)
def test_published_values(data: bytes, value: int) -> None:
    """http://www.isthe.com/chongo/tech/comp/fnv/"""
    assert cross_platform.fnv1a(data) == value


def test_the_wheel_is_for_this_system() -> None:
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, sys.platform)
    bits = struct.calcsize("P") * 8
    assert cross_platform.compiled_for() == f"{system} {bits} {sys.byteorder}"


def test_the_headers_say_what_the_compiler_says() -> None:
    said = cross_platform.SIZEOF_LONG, cross_platform.SIZEOF_VOID_P
    assert said == (struct.calcsize("l"), struct.calcsize("P"))
    found = cross_platform.long_size, cross_platform.ssize_size
    assert found == (struct.calcsize("l"), struct.calcsize("n"))
