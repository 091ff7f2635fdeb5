"""Hold the data for the tests of brotlicffi, whose sdist lacks it."""

import random

import pytest

_SAMPLES = {
    "nothing": (b"", "3b"),
    "line": (
        b"A file of one line, which is short.\n",
        "1b2300f88d946ec6a26a0590a03755e6061b70e09085014e74dfd0904539295db093ef04fb8d00",
    ),
    "repeated": (
        b"ten bytes " * 1000,
        "1b0f27f88dd459cd1d9c3548195d9e14739b8b034301803d00329c03",
    ),
}
"""Bytes with the stream that brotli 1.2.1 makes of them."""


@pytest.fixture(params=sorted(_SAMPLES))
def simple_compressed_file(request, tmp_path):
    """Return the names of a file and of one with its stream."""
    plain, stream = _SAMPLES[request.param]
    names = tmp_path / "sample", tmp_path / "sample.compressed"
    names[0].write_bytes(plain)
    names[1].write_bytes(bytes.fromhex(stream))
    return tuple(map(str, names))


@pytest.fixture(scope="session")
def one_compressed_file(tmp_path_factory):
    """Return the name of a file that is longer than a chunk of the tests."""
    words = random.Random(1).choices(["abi", "header", "limit", "\n"], k=3_000)  # noqa: S311 - any words do
    file = tmp_path_factory.mktemp("text") / "text"
    file.write_text(" ".join(words))
    return str(file)
