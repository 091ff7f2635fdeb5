"""The calls of the cases about containers, strings and numbers."""

import functools

from argument_values import (
    BIG,
    CODES,
    INTEGERS,
    PLAIN,
    TEXTS,
    Indexed,
    Odd,
    Text,
    each,
    known_dict,
    pairs,
)

CONTAINERS = [
    ("tuple", lambda: (("a", "b", [3]),)),
    ("tuple_set_again", tuple),
    ("tuple_resize", *pairs([0, 1, 2, 4], [False, True])),
    ("tuple_from_array", lambda: ([1], "two")),
    ("list", lambda: (["a", [2]],)),
    ("list_swap", tuple),
    (
        "list_extend",
        lambda: ([1], (2,)),
        lambda: ([1, 2], [3, 4]),
        lambda: ([1], 3),
    ),
    ("list_item_ref", lambda: ([[1], 2], 0), lambda: ([1], 5), lambda: ((1,), 0)),
    ("sequence_item", lambda: ([1, 2], 1), lambda: ("ab", 5), lambda: ((1, 2), 0)),
    ("sequence_fast", *each([(1, "b"), [], range(3), 5])),
    ("struct_sequence", tuple),
    ("set_update", lambda: ({1}, [1, 2])),
    ("slice_index", *pairs([None, 3, -BIG, Indexed(), "no", Odd()], [4, BIG])),
    ("slice_index", lambda: (1, None), lambda: (1, "no")),
    ("bytes", *each([b"", b"a\0b", b"\xff" * 40])),
    ("bytearray", lambda: (bytearray(b"some\0bytes"),)),
    ("bytes_resize", *each([0, 3, 6, 20, -1])),
    ("bytes_join", lambda: (b", ", [b"a", bytearray(b"b")]), lambda: (b"", [1])),
    ("dict_size", *each([{}, {1: 2}])),
    (
        "dict_set_default",
        lambda: ({}, "key", [1]),
        lambda: ({"key": [2]}, "key", [1]),
        lambda: ({}, [], 1),
        lambda: ([], 1, 1),
    ),
    (
        "dict_set_default_ref",
        lambda: ({}, "key", [1]),
        lambda: ({"key": [2]}, "key", [1]),
        lambda: ({}, [], 1),
        lambda: ([], 1, 1),
    ),
    (
        "dict_get",
        lambda: ({1: [2]}, 1),
        lambda: ({}, 1),
        lambda: ({}, []),
        lambda: (3, 1),
    ),
    ("dict_string", lambda: (known_dict(), b"known"), lambda: ({}, b"other")),
    ("dict_string", lambda: (known_dict(), b"\xff")),
    ("dict_string_pop", lambda: (known_dict(), b"\xff"), lambda: ({}, b"")),
    ("dict_pop", lambda: (known_dict(), 2), lambda: ({}, (1, 2)), lambda: ({}, [])),
    ("dict_pop", lambda: ({1: 2}, [])),
    ("dict_pop_or", lambda: (known_dict(), 2, 3), lambda: ({}, 2, [3])),
    ("dict_known_hash", *each(["key", 5, ("a",)])),
    ("dict_next", lambda: (known_dict(),)),
    ("ordered_dict", *each(["key", 5])),
]
STRINGS = [
    ("utf8", *each(TEXTS[:-2]), *each([Text("sub")])),
    ("utf8_of_anything", *each([*PLAIN, "\ud800"])),
    (
        "text_properties",
        *each([*TEXTS, Text("sub"), Text("\xff"), "a" * 300, "\xff" * 300]),
    ),
    ("kind_constants", tuple),
    ("wide_type", tuple),
    (
        "from_kind",
        lambda: (1, b"latin \xff", 7),
        lambda: (
            2,
            "\u20ac \ud83d\ude00 \udc80".encode("utf-16-le", "surrogatepass"),
            5,
        ),
        lambda: (4, "ab\U0001f600\ud800".encode("utf-32-le", "surrogatepass"), 4),
        lambda: (4, b"", 0),
        lambda: (2, b"", 0),
        lambda: (1, b"abc", -1),
        lambda: (3, b"abc", 3),
    ),
    ("compare", *pairs(["plain", "na\xefve", ""], ["plain", "", "na\xefve", "\u20ac"])),
    (
        "equal_to_utf8",
        *pairs(TEXTS, [b"", b"plain", b"\x00nul", "\u20ac".encode(), b"\xed"]),
    ),
    (
        "writer",
        *[lambda end=end: ("na\xefve", "\u20ac\u20ac\u20ac", end) for end in range(5)],
    ),
    ("writer", lambda: (Odd(), 3, 2)),
    ("writer_refusals", lambda: (-1, 1, b""), lambda: (1, 0x110000, b"")),
    ("writer_refusals", lambda: (1, 1, b"\xff"), lambda: (1, 1, b"fine")),
    ("encode_private", *each(["plain", "na\xefve", "\u20ac"])),
    ("text_private", lambda: ("a\xff", "b", "-"), lambda: ("\U0001f600", "b", None)),
    ("text_private", lambda: ("\u20ac", 3, "-")),
    ("character", *each(CODES)),
    ("character_changed", *each(CODES)),
    ("character_functions", *each(CODES)),
    ("surrogates", *each([0x10000, 0x1F600, 0x10FFFF])),
    ("ascii_classes", *each([*range(0, 128, 3), 9, 32, 200, 255, -1, 0x141])),
]
NUMBERS = [
    ("as_int", *each([*INTEGERS, True, Indexed(), 1.5, "3", Odd()])),
    ("sign", *each(INTEGERS)),
    ("sign_checked", *each([*INTEGERS, 1.5])),
    ("is_positive", *each([5, "x", None])),
    ("bits", *each(INTEGERS)),
    (
        "from_bytes",
        *[
            functools.partial(lambda *all_: all_, data, little, signed)
            for data in (b"", b"\x01", b"\xff\x00\x80", b"\x80" * 12)
            for little in (0, 1)
            for signed in (0, 1)
        ],
    ),
    (
        "as_bytes",
        *[
            functools.partial(lambda *all_: all_, number, size, little, signed)
            for number in (0, 1, -1, 255, -129, BIG, -BIG)
            for size in (1, 9, 16)
            for little in (0, 1)
            for signed in (0, 1)
        ],
    ),
    ("from_text", lambda: ("12", 10), lambda: (" -ff ", 16), lambda: ("x", 10)),
    ("from_text", lambda: ("\u0663", 0), lambda: ("1", 1)),
    ("divisor", lambda: (12, -18), lambda: (BIG, 0)),
    ("integer_private", *each([0, -5, 2**40, BIG])),
    ("fixed_from", tuple),
    ("fixed_as", *pairs([*INTEGERS, Indexed(), 1.5, Odd()], [0, 1, 2, 3])),
    ("as_double", *each([1.5, -0.0, float("inf")])),
    (
        "float_packed",
        *[
            functools.partial(lambda *all_: all_, number, size, little)
            for number in (0.0, -1.5, 65504.0, 1e6, 1e39, -1e300, 3.1e-8, float("inf"))
            for size in (2, 4, 8)
            for little in (0, 1)
        ],
    ),
    (
        "complex_number",
        *each([1 + 2j, 3, 2.5, True, Indexed(), complex("inf-3j"), 1e300j]),
    ),
    ("complex_number", *each(["1j", None, 1.7e308 + 1.7e308j])),
    (
        "hashes",
        lambda: (b"some bytes", 2.5),
        lambda: (b"", float("inf")),
        lambda: (b"\0", 0.0),
    ),
    ("hash_constants", tuple),
]
