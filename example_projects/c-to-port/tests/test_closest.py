import closest
import pytest

WORDS = ["stable", "table", "cable", "größer"]


def test_finds_the_nearest_first():
    index = closest.Index(WORDS)
    assert index.find("tabel", 2) == [(2, "table"), (3, "cable")]
    assert index.find("größte", 1) == [(2, "größer")]
    assert (len(index), index.searches) == (4, 2)


def test_takes_words_only():
    with pytest.raises(TypeError, match="word 1 is no str"):
        closest.Index(["one", 2])
