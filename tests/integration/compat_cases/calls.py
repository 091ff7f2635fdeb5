"""Call every case of the module and print, as JSON, what each call gave.

The tested Pythons run this file: python calls.py FOLDER-OF-THE-MODULE [thorough].  Each
call is made with fresh arguments.  Of a result the type and its representation are kept, of an
exception the type, the text, its cause and its context; if it is thorough, of both what
the call left behind: references to the arguments, and memory when it is made many times.
"""

import collections
import datetime
import functools
import gc
import json
import re
import sys
import types
import weakref

sys.path.insert(0, sys.argv[1])
import compat_cases  # noqa: E402

THOROUGH = "thorough" in sys.argv
TIMES = 30
FEW = 20
COUNTED = {list, dict, set, bytearray, types.FunctionType, ValueError}
BIG = 1 << 70
TEXTS = ["", "plain", "na\xefve", "\u20ac", "\U0001f600!", "\x00nul", "\udc80 alone", "\xff"]
CODES = [0, 9, 10, 31, 32, 48, 65, 95, 97, 127, 133, 160, 178, 189, 223, 255, 453, 688]
CODES += [1632, 2406, 8232, 8544, 9312, 0x1F88, 0xD800, 0xDBFF, 0xDC00, 0xFF21, 0x1D7CE]
CODES += [0x10FFFF, 304, 0x1E9E, 0xFB01, 0x3A3, 0x4E00, 0x3007]
INTEGERS = [0, 1, -1, 255, -128, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**32 - 1]
INTEGERS += [2**32, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, BIG, -BIG]


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
        raise ZeroDivisionError("broken")

    def __getitem__(self, key):
        raise ZeroDivisionError(key)

    def __length_hint__(self):
        raise ZeroDivisionError("hint")

    def __index__(self):
        raise ZeroDivisionError("index")

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


class Year(datetime.datetime):
    """A subclass that says something else of itself."""

    @property
    def year(self):
        return 1


class Text(str):
    pass


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


def closed(coroutine_):
    return coroutine_


ZONE = datetime.timezone(datetime.timedelta(hours=2), "two")
MOMENT = datetime.datetime(2024, 2, 29, 12, 34, 56, 789, ZONE, fold=1)
TIME = datetime.time(1, 2, 3, 4, fold=1)
DATES = [MOMENT, MOMENT.date(), TIME, MOMENT.timetz(), datetime.timedelta(-3, 70, 5), ZONE]
SPEC = types.SimpleNamespace(name="own")


def calls():
    """Yield the name of a case and a function that makes fresh arguments."""
    for case, *rows in TABLE:
        for row in rows:
            yield case, row


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
    ("dict_get", lambda: ({1: [2]}, 1), lambda: ({}, 1), lambda: ({}, []), lambda: (3, 1)),
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
    ("text_properties", *each([*TEXTS, Text("sub"), Text("\xff"), "a" * 300, "\xff" * 300])),
    ("kind_constants", tuple),
    ("wide_type", tuple),
    (
        "from_kind",
        lambda: (1, b"latin \xff", 7),
        lambda: (2, "\u20ac \ud83d\ude00 \udc80".encode("utf-16-le", "surrogatepass"), 5),
        lambda: (4, "ab\U0001f600\ud800".encode("utf-32-le", "surrogatepass"), 4),
        lambda: (4, b"", 0),
        lambda: (2, b"", 0),
        lambda: (1, b"abc", -1),
        lambda: (3, b"abc", 3),
    ),
    ("compare", *pairs(["plain", "na\xefve", ""], ["plain", "", "na\xefve", "\u20ac"])),
    ("equal_to_utf8", *pairs(TEXTS, [b"", b"plain", b"\x00nul", "\u20ac".encode(), b"\xed"])),
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
    ("complex_number", *each([1 + 2j, 3, 2.5, True, Indexed(), complex("inf-3j"), 1e300j])),
    ("complex_number", *each(["1j", None, 1.7e308 + 1.7e308j])),
    ("hashes", lambda: (b"some bytes", 2.5), lambda: (b"", float("inf")), lambda: (b"\0", 0.0)),
    ("hash_constants", tuple),
]
OBJECTS = [
    ("references", lambda: ([1],)),
    ("call", lambda: (answer, [1], [2], "word")),
    ("call_private", lambda: (answer, [1], [2])),
    ("call_method", lambda: (Thing(), "method", [1]), lambda: (Thing(), "missing", 1)),
    ("optional_attribute", *pairs([Thing(), Thing, 3], ["known", "mine", "missing", 5])),
    ("optional_attribute", lambda: (Odd(), "broken")),
    ("optional_item", *pairs([known_dict(), collections.ChainMap({"known": 3})], ["known", 9])),
    ("optional_item", lambda: (Odd(), 1), lambda: (3, 1)),
    ("length_hint", *pairs([[1, 2], iter((1, 2)), Indexed(), 5, Odd()], [0, 7])),
    ("print", *pairs(["na\xefve", [1, "b"], "\ud800", Thing()], [0, 1])),
    ("traits", *each([*PLAIN, bytearray(), memoryview(b""), Odd(), type, object(), {}, int])),
    ("generic_hash", *each([object(), []])),
    ("next_item", lambda: (iter([1]),), lambda: (iter(()),), lambda: (map(int, ["no"]),)),
    ("weak_reference", lambda: (Thing,)),
    ("identifiers", lambda: (Thing(), "known")),
    ("type_names", *each([int, Thing, collections.OrderedDict, Thing().method.__class__])),
    ("type_lookup", *pairs([Thing, int, bool, type], ["known", "__init__", "real", "mro"])),
    ("module_by_definition", lambda: (SPEC,)),
    ("module_additions", lambda: ([1],)),
    ("module_misuse", lambda: (sys,), lambda: (3,)),
    ("imports", lambda: ("collections", "Counter"), lambda: ("collections", "missing")),
    ("import_add", tuple),
    ("c_function", lambda: (len,), lambda: ([].append,)),
    ("raised", *each(["text", ("a", 1), ValueError("made")])),
    ("raised_again", lambda: (ValueError("made"),)),
    ("handled", lambda: (ValueError("made"),)),
    ("display", lambda: (ValueError("shown"),)),
    ("chained", *each([True, False])),
    ("from_cause", tuple),
    ("key_error", *each([1, (1, 2), "key"])),
    ("warnings", lambda: ("explicit", "file.py")),
    ("raw_memory", tuple),
    ("copied_text", tuple),
    ("run", *each([b"6 * 7", b"len('abc')", b"1 //", b"1 / 0", b"sorted(globals())"])),
    ("run_simple", *each([b"made_by_run = 3", b"raise ValueError('shown')", b"1 //"])),
    ("interpreter", tuple),
    ("audit", lambda: ([1],), lambda: (3,)),
    ("clocks", tuple),
    ("critical_section", lambda: ([1],)),
    ("standard_headers", tuple),
    ("slot_constants", tuple),
]
CALLABLES = [
    ("method", lambda: (answer, [1])),
    ("method_misuse", *each([answer, 3])),
    ("function", *each([free, answer, calls])),
    ("function", lambda: (3,)),
    ("function_macros", *each([free, free(1), answer])),
    ("function_set", lambda: (free(1), (7,), {"second": 8}), lambda: (free(1), None, None)),
    ("function_set", lambda: (free(1), 3, None), lambda: (3, None, None)),
    ("wrapped_methods", lambda: (answer,)),
    ("cell", lambda: ([1],)),
    ("cell_misuse", lambda: (3,), lambda: (free(1).__closure__[0],)),
    ("code", *each([free.__code__, free(1).__code__])),
    ("frame", lambda: (frame(),)),
    ("frame_variable", *pairs([frame()], ["local", "missing", 3])),
    ("context", lambda: (3,)),
    ("context_variable", lambda: ([1], [2])),
    ("context_misuse", lambda: (3,)),
]
DATES_TABLE = [
    ("date_checks", *each([*DATES, 3, Year(1999, 1, 1)])),
    ("date_fields", *each([MOMENT, MOMENT.date(), Year(1999, 1, 2)])),
    ("datetime_fields", *each([MOMENT, Year(1999, 1, 2, 3, 4, 5)])),
    ("time_fields", *each([TIME, MOMENT.timetz()])),
    ("delta_fields", lambda: (datetime.timedelta(-3, 70, 5),)),
    ("new_dates", lambda: (2024, 2, 29), lambda: (2023, 2, 29)),
    ("zones", lambda: (datetime.timedelta(hours=1), "one")),
    ("zones", lambda: (datetime.timedelta(days=2), "one")),
    ("timestamps", *each([0, 86400.5, "no", 1e30])),
    ("date_table", tuple),
    ("casts", lambda: (3,)),
]
TABLE = [*CONTAINERS, *STRINGS, *NUMBERS, *OBJECTS, *CALLABLES, *DATES_TABLE]
LISTENED = []
sys.addaudithook(
    lambda event, arguments: (
        LISTENED.append((event, repr(arguments))) if event.startswith("compat.") else None
    )
)


def shown(value):
    """Represent a value without what differs from run to run."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, tuple):
        return [shown(each) for each in value]
    text = repr(value)
    if " at 0x" in text:
        return type(value).__name__
    return text


def described(error):
    """Tell an exception with those behind it."""
    text = re.sub(r"^[\w/.]+:\d+: (?=bad argument)", "", str(error))
    text = re.sub(r"^cannot use .* \((unhashable type.*)\)$", r"\1", text)
    row = [type(error).__name__, text]
    for other in (error.__cause__, error.__context__):
        row.append(None if other is None else described(other))
    return row


def outcome(function, arguments):
    """Make one call; give what came of it."""
    try:
        result = function(*arguments)
    except BaseException as error:  # noqa: BLE001 - whatever comes is compared
        return ["error", *described(error)]
    return ["value", type(result).__name__, shown(result)]


def left_behind(function, make):
    """Tell what a call leaves behind: memory, and references to what only it has."""
    arguments = make()
    before = [sys.getrefcount(each) for each in arguments]
    outcome(function, arguments)
    kept = [
        sys.getrefcount(each) - count
        for each, count in zip(arguments, before)
        if type(each) in COUNTED and count < FEW
    ]
    leaks = grown(function, make, TIMES) and grown(function, make, 10 * TIMES)
    return [bool(leaks), kept]


def grown(function, make, times):
    """Tell whether each of many calls adds about a block of memory to what there is.

    The first calls fill what Python keeps for later.
    """
    for _ in range(times):
        outcome(function, make())
    del LISTENED[:]
    blocks = sys.getallocatedblocks()
    for _ in range(times):
        outcome(function, make())
    del LISTENED[:]
    if sys.getallocatedblocks() - blocks > times * 3 // 4:
        gc.collect()
    return sys.getallocatedblocks() - blocks > times * 3 // 4


def special():
    """Make the calls whose arguments need care, or that look at all characters."""
    started, asked, listed = generator(), coroutine(), asynchronous()
    yield "generators", outcome(compat_cases.generators, (started, asked, listed))
    asked.close()
    for start, end in [(0, 0x2200), (0x1D400, 0x1D800)] if THOROUGH else []:
        yield "all_characters", outcome(compat_cases.all_characters, (start, end))


def main():
    results = {}
    import warnings

    warnings.simplefilter("always")
    warnings.showwarning = lambda message, category, *rest: LISTENED.append(
        ("warning", category.__name__, str(message), repr(rest[1]))
    )
    # What hangs on a value's first use is made before anything is counted.
    for case, make in calls():
        row = outcome(getattr(compat_cases, case), make())
        del LISTENED[:]
        again = outcome(getattr(compat_cases, case), make())
        row = {"result": again if row[0] == "value" else row, "heard": LISTENED[:]}
        if THOROUGH:
            row["left"] = left_behind(getattr(compat_cases, case), make)
        results.setdefault(case, []).append(row)
    for case, row in special():
        results.setdefault(case, []).append({"result": row})
    weak = Thing()
    assert weakref.ref(weak)() is weak
    json.dump(results, sys.stdout)


main()
