"""Check the functions of editdistance, whose sdist has no tests."""

import random

import editdistance
import pytest


def distance(one, other):
    """Return the Levenshtein distance, by the textbook."""
    row = list(range(len(other) + 1))
    for index, left in enumerate(one, 1):
        before, row[0] = row[0], index
        for column, right in enumerate(other, 1):
            changed = before + (left != right)
            before = row[column]
            row[column] = min(before + 1, row[column - 1] + 1, changed)
    return row[-1]


@pytest.mark.parametrize("seed", range(20))
def test_the_distance_of_texts(seed):
    draw = random.Random(seed)  # noqa: S311 - the texts are no secret
    one, other = (
        "".join(draw.choices("abä日", k=draw.randrange(0, 150))) for _ in range(2)
    )
    assert editdistance.eval(one, other) == distance(one, other)
    assert editdistance.distance(one, other) == distance(one, other)


def test_any_hashable_items():
    one, other = [1, ("a",), None, "x"], ["x", ("a",), None]
    assert editdistance.eval(one, other) == distance(one, other)
    assert editdistance.eval(tuple(one), other) == distance(one, other)


@pytest.mark.parametrize("limit", range(6))
def test_within_a_limit(limit):
    assert editdistance.eval_criterion("kitten", "sitting", limit) is (limit >= 3)


def test_what_cannot_be_compared():
    with pytest.raises(TypeError):
        editdistance.eval([[]], ["a"])
    with pytest.raises(TypeError):
        editdistance.eval(1, "a")
