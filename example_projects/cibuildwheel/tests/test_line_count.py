import line_count
import pytest


@pytest.mark.parametrize(
    ("data", "lines"), [(b"", 0), (b"one", 0), (b"one\ntwo\nthree", 2), (b"\n\n\n", 3)]
)
def test_counts_the_ends_of_lines(data, lines):
    assert line_count.count(data) == lines


def test_takes_nothing_but_bytes():
    with pytest.raises(TypeError, match="expected bytes, str found"):
        line_count.count("text")
