"""The calls of the cases about objects, callables and dates."""

import collections
import datetime as dt
import sys
import weakref

from argument_values import (
    DATES,
    MOMENT,
    PLAIN,
    SPEC,
    TIME,
    Indexed,
    Odd,
    Thing,
    Year,
    answer,
    each,
    frame,
    free,
    known_dict,
    pairs,
)


class Hiding(type):
    """Shows another dictionary than that of its classes."""

    __dict__ = property(lambda _: {})


class Hidden(metaclass=Hiding):
    """Has a dictionary that an attribute does not show."""

    known = 1


OBJECTS = [
    ("references", lambda: ([1],)),
    ("own_structures", tuple),
    ("unique", tuple),
    ("code_flags", tuple),
    ("call", lambda: (answer, [1], [2], "word")),
    ("call_private", lambda: (answer, [1], [2])),
    ("call_method", lambda: (Thing(), "method", [1]), lambda: (Thing(), "missing", 1)),
    (
        "optional_attribute",
        *pairs([Thing(), Thing, 3], ["known", "mine", "missing", 5]),
    ),
    ("optional_attribute", lambda: (Odd(), "broken")),
    (
        "optional_item",
        *pairs([known_dict(), collections.ChainMap({"known": 3})], ["known", 9]),
    ),
    ("optional_item", lambda: (Odd(), 1), lambda: (3, 1)),
    ("length_hint", *pairs([[1, 2], iter((1, 2)), Indexed(), 5, Odd()], [0, 7])),
    ("print", *pairs(["na\xefve", [1, "b"], "\ud800", Thing()], [0, 1])),
    (
        "traits",
        *each([*PLAIN, bytearray(), memoryview(b""), Odd(), type, object(), {}, int]),
    ),
    ("generic_hash", *each([object(), []])),
    (
        "next_item",
        lambda: (iter([1]),),
        lambda: (iter(()),),
        lambda: (map(int, ["no"]),),
    ),
    ("weak_object", lambda: (weakref.ref(Thing),), lambda: (weakref.ref(Thing()),)),
    ("weak_object", lambda: (3,)),
    ("constants", tuple),
    ("weak_reference", lambda: (Thing,)),
    ("identifiers", lambda: (Thing(), "known")),
    (
        "type_names",
        *each([int, Thing, collections.OrderedDict, Thing().method.__class__]),
    ),
    ("type_dictionary", *each([Thing, int, type, collections.OrderedDict, Hidden])),
    (
        "type_lookup",
        *pairs([Thing, int, bool, type], ["known", "__init__", "real", "mro"]),
    ),
    ("module_by_definition", lambda: (SPEC,)),
    ("module_additions", lambda: ([1],)),
    ("module_misuse", lambda: (sys,), lambda: (3,)),
    ("imports", lambda: ("collections", "Counter"), lambda: ("collections", "missing")),
    ("import_add", tuple),
    ("c_function", lambda: (len,), lambda: ([].append,)),
    ("viewed", *each([memoryview(b"abcd"), memoryview(bytearray(b"abcd"))[1:]])),
    ("view", lambda: (memoryview(bytearray(b"abcd")),)),
    ("view", lambda: (memoryview(b"abcdef")[::2],), lambda: (memoryview(b""),)),
    ("view", lambda: (memoryview(b"abcdefgh").cast("I", (1, 2)),)),
    ("nested", *each([3, 100000])),
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
    ("function", *each([free, answer, frame])),
    ("function", lambda: (3,)),
    ("function_macros", *each([free, free(1), answer])),
    (
        "function_set",
        lambda: (free(1), (7,), {"second": 8}),
        lambda: (free(1), None, None),
    ),
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
    ("delta_fields", lambda: (dt.timedelta(-3, 70, 5),)),
    ("new_dates", lambda: (2024, 2, 29), lambda: (2023, 2, 29)),
    ("zones", lambda: (dt.timedelta(hours=1), "one")),
    ("zones", lambda: (dt.timedelta(days=2), "one")),
    ("timestamps", *each([0, 86400.5, "no", 1e30])),
    ("date_table", tuple),
    ("casts", lambda: (3,)),
]
