"""Words are sieved as if each was looked at by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from abi3build.binaries.bytes_window import open_window
from abi3build.binaries.memory import MappedPart, aligned, words_beginning, words_with

WORD = st.lists(st.integers(0, 1), min_size=4, max_size=4).map(bytes)
FEW_VALUES = st.frozensets(st.integers(0, 3))


@given(
    data=st.lists(st.integers(0, 3), max_size=200).map(bytes),
    start=st.integers(0, 20),
    size=st.sampled_from([4, 8]),
    allowed=st.dictionaries(st.integers(0, 3), FEW_VALUES, min_size=1),
)
def test_words_are_those_with_allowed_bytes(
    data: bytes, start: int, size: int, allowed: dict[int, frozenset[int]]
) -> None:
    body = open_window(data, "<").rest("words", min(start, len(data)))
    words = [
        data[place : place + size]
        for place in range(body.start, len(data) - size + 1, size)
    ]

    assert list(words_with(body, size, allowed)) == [
        number
        for number, word in enumerate(words)
        if all(word[place] in values for place, values in allowed.items())
    ]


@given(
    data=st.lists(st.integers(0, 1), max_size=200).map(bytes),
    start=st.integers(0, 20),
    wanted=st.lists(WORD, min_size=1, max_size=3).map(b"".join).filter(any),
)
def test_words_that_begin_so_are_found_each(
    data: bytes, start: int, wanted: bytes
) -> None:
    body = open_window(data, "<").rest("words", min(start, len(data)))
    places = range(body.start, len(data) - 3, 4)
    assert list(words_beginning(body, 4, wanted)) == [
        number for number, place in enumerate(places) if data.startswith(wanted, place)
    ]


@given(
    address=st.integers(0, 40),
    start=st.integers(0, 20),
    size=st.sampled_from([4, 8]),
)
def test_words_begin_where_memory_is_aligned(
    address: int, start: int, size: int
) -> None:
    body = open_window(bytes(40), "<").rest("words", start)
    part = MappedPart(address, start, body.size)
    words = aligned(part, body, size)
    left_out = words.start - body.start
    assert 0 <= left_out < size
    assert (address + left_out) % size == 0
    assert left_out + words.size == body.size


def test_a_part_without_an_aligned_word_has_none() -> None:
    body = open_window(b"abc", "<")
    assert aligned(MappedPart(1, 0, 3), body, 8).size == 0
