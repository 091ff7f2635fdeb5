import cython_example
import pytest


def test_finds_primes():
    assert cython_example.primes(5) == [2, 3, 5, 7, 11]


def test_counts_events():
    counter = cython_example.Counter()
    counter.add()
    counter.add(2)
    assert counter.count == 3


def test_raises_like_python():
    with pytest.raises(ValueError, match="cannot be taken back"):
        cython_example.Counter().add(-1)
