"""Check the functions of cityhash, whose sdist has no tests."""

import cityhash
import cityhashcrc
import farmhash
import pytest

FUNCTIONS = [
    *(getattr(cityhash, name) for name in cityhash.__all__ if name.startswith("City")),
    *(getattr(farmhash, name) for name in farmhash.__all__ if name[0] == "F"),
    cityhashcrc.CityHashCrc128,
    cityhashcrc.CityHashCrc128WithSeed,
    cityhashcrc.CityHashCrc256Bytes,
]
LENGTHS = [0, 1, 3, 7, 8, 16, 17, 32, 33, 64, 65, 128, 129, 240, 256, 900, 5000]


def named(function):
    return f"{function.__module__}.{function.__name__}"


def test_documented_values():
    # https://github.com/escherba/python-cityhash/blob/master/README.md
    expected = 76434233956484675513733017140465933893
    assert farmhash.FarmHash64("abc") == 2640714258260161385
    assert farmhash.Fingerprint128("abc") == farmhash.FarmHash128("abc") == expected
    assert cityhash.CityHash64("abc") == 2640714258260161385


@pytest.mark.parametrize("function", FUNCTIONS, ids=named)
def test_all_kinds_of_input_give_one_value(function):
    for length in LENGTHS:
        text = ("0123456789abcdef\u00e9" * 400)[:length]
        data = text.encode()
        one = function(text)
        shared = bytearray(data)
        assert function(data) == function(shared) == function(memoryview(data)) == one
        shared += b"a buffer that is still held cannot grow"


@pytest.mark.parametrize("function", FUNCTIONS, ids=named)
def test_other_text_gives_another_value(function):
    values = {function(b"x" * length) for length in LENGTHS}
    assert len(values) == len(LENGTHS)


@pytest.mark.parametrize("function", FUNCTIONS, ids=named)
def test_what_is_no_text_is_refused(function):
    with pytest.raises(TypeError, match=r"(?i)data"):
        function([])
    with pytest.raises((BufferError, ValueError)):
        function(memoryview(b"abcdef")[::2])
    with pytest.raises(TypeError):
        function()


@pytest.mark.parametrize(
    "function", [each for each in FUNCTIONS if "Seed" in each.__name__], ids=named
)
def test_seeds_change_the_value(function):
    assert len({function(b"abc", seed) for seed in (0, 1, 2**31)}) == 3
    with pytest.raises(OverflowError):
        function(b"abc", -1)
    with pytest.raises(TypeError):
        function(b"abc", "1")
