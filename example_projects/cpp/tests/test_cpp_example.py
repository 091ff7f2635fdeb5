import pytest
from cpp_example import RingBuffer


def test_keeps_the_last_numbers():
    ring = RingBuffer(2)
    assert [ring.push(value) for value in (1.0, 2.0, 3.0)] == [None, None, 1.0]
    assert (len(ring), ring.pop(), ring.pop()) == (2, 2.0, 3.0)


def test_turns_out_of_range_into_index_error():
    with pytest.raises(IndexError, match="pop from an empty ring buffer"):
        RingBuffer(1).pop()


@pytest.mark.parametrize("capacity", [0, -1])
def test_turns_invalid_argument_into_value_error(capacity):
    with pytest.raises(ValueError, match="needs room for one number"):
        RingBuffer(capacity)


def test_turns_bad_alloc_into_memory_error():
    with pytest.raises(MemoryError):
        RingBuffer(2**59)
