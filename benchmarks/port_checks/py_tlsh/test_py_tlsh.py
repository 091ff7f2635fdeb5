"""Check the functions of py-tlsh, whose sdist has no tests."""

import gc
import random
import sys

import pytest
import tlsh


def data(seed, size=4096):
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret


def test_functions():
    one, two = tlsh.hash(data(1)), tlsh.hash(data(1)[:-100] + data(2, 100))
    assert one.startswith("T1")
    assert tlsh.diff(one, one) == 0
    assert 0 < tlsh.diff(one, two) < tlsh.diff(one, tlsh.hash(data(3)))
    assert tlsh.diffxlen(one, two) <= tlsh.diff(one, two)
    assert tlsh.hash(b"short") == "TNULL"
    with pytest.raises(TypeError):
        tlsh.hash("text")


def test_objects():
    made = tlsh.Tlsh()
    with pytest.raises(ValueError, match="final"):
        made.hexdigest()
    for start in range(0, 4096, 512):
        made.update(data(1)[start : start + 512])
    made.final()
    assert made.hexdigest() == tlsh.hash(data(1))
    assert made.diff(made) == 0
    assert made.diff(tlsh.hash(data(3))) == tlsh.diff(
        made.hexdigest(), tlsh.hash(data(3))
    )
    assert isinstance(made.lvalue, int)
    with pytest.raises(ValueError, match="final"):
        made.update(b"more")
    copy = tlsh.Tlsh()
    copy.fromTlshStr(made.hexdigest())
    assert copy.diff(made) == 0


def test_types_keep_their_references():
    before = sys.getrefcount(tlsh.Tlsh)
    for _ in range(1000):
        tlsh.Tlsh()
    gc.collect()
    assert abs(sys.getrefcount(tlsh.Tlsh) - before) < 10
