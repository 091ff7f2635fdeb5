import c_package
import pytest


def test_adds_up_a_list():
    assert c_package.total([0.5, 1.5, 3.0]) == 5.0


def test_says_which_item_is_no_float():
    with pytest.raises(TypeError, match="item 1 of the list is no float"):
        c_package.total([0.5, "1.5"])


def test_keeps_mean_and_variance():
    running = c_package.Running()
    for value in (1e9 + 1, 1e9 + 3):
        running.push(value)
    assert (running.mean, running.variance) == (1e9 + 2, 1.0)


def test_counts_letters_not_bytes():
    assert c_package.word_lengths("größer als") == (4.5, 2.25)
