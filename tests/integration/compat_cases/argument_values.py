"""Objects of each kind that the calls of the cases take as arguments."""

import datetime as dt
import functools
import sys
import types

BIG = 1 << 70
TEXTS = [
    "",
    "plain",
    "na\xefve",
    "\u20ac",
    "\U0001f600!",
    "\x00nul",
    "\udc80 alone",
    "\xff",
]
CODES = [0, 9, 10, 31, 32, 48, 65, 95, 97, 127, 133, 160, 178, 189, 223, 255, 453, 688]
CODES += [1632, 2406, 8232, 8544, 9312, 0x1F88, 0xD800, 0xDBFF, 0xDC00, 0xFF21, 0x1D7CE]
CODES += [0x10FFFF, 304, 0x1E9E, 0xFB01, 0x3A3, 0x4E00, 0x3007]
INTEGERS = [0, 1, -1, 255, -128, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**32 - 1]
INTEGERS += [
    2**32,
    2**63 - 1,
    2**63,
    -(2**63),
    -(2**63) - 1,
    2**64 - 1,
    2**64,
    BIG,
    -BIG,
]


class Thing:
    """Has attributes, a method, and class members that a lookup finds."""

    known = "attribute"

    def __init__(self):
        self.mine = [1]

    def method(self, *arguments, **keywords):
        return ("method", arguments, keywords)

    def __repr__(self):
        return "a thing"


class Odd:
    """Fails in each way in which an object can."""

    @property
    def broken(self):
        raise ZeroDivisionError

    def __getitem__(self, key):
        raise ZeroDivisionError(key)

    def __length_hint__(self):
        raise ZeroDivisionError

    def __index__(self):
        raise ZeroDivisionError

    def __repr__(self):
        return "odd"

    __hash__ = None


class Indexed:
    def __index__(self):
        return 12

    def __float__(self):
        return 1.5

    def __complex__(self):
        return 2 - 3j

    def __length_hint__(self):
        return 3

    def __repr__(self):
        return "indexed"


class Year(dt.datetime):
    """A subclass that says something else of itself."""

    @property
    def year(self):
        return 1


class Text(str):
    __slots__ = ()


def answer(*arguments, **keywords):
    return (arguments, sorted(keywords.items()))


def free(one: int, *, two=3):
    captured = one

    def inner(first=4, *, second: str = "five"):
        return (captured, first, second)

    return inner


def generator():
    yield 1


async def coroutine():
    pass


async def asynchronous():
    yield 1


def frame(local=("the", "local")):
    return sys._getframe()


ZONE = dt.timezone(dt.timedelta(hours=2), "two")
MOMENT = dt.datetime(2024, 2, 29, 12, 34, 56, 789, ZONE, fold=1)
TIME = dt.time(1, 2, 3, 4, fold=1)
DATES = [
    MOMENT,
    MOMENT.date(),
    TIME,
    MOMENT.timetz(),
    dt.timedelta(-3, 70, 5),
    ZONE,
]
SPEC = types.SimpleNamespace(name="own")


def each(values):
    return [functools.partial(lambda value: (value,), value) for value in values]


def pairs(lefts, rights):
    return [
        functools.partial(lambda left, right: (left, right), left, right)
        for left in lefts
        for right in rights
    ]


def known_dict():
    return {"known": [1], 2: "two"}


PLAIN = [None, 3, "text", b"bytes", (1, 2), [1], {1: 2}, Thing, len, 1.5]
