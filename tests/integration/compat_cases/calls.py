"""Call every case of the module and print, as JSON, what each call gave.

The tested Pythons run this file: python calls.py FOLDER-OF-THE-MODULE [thorough].
Each call is made with fresh arguments.  Of a result the type and its representation are
kept, of an exception the type, the text, its cause and its context; if it is thorough,
of both what the call left behind: references to the arguments, and memory when it is
made many times.
"""

import gc
import json
import re
import sys
import types
import warnings

from argument_values import asynchronous, coroutine, generator
from calls_of_data import CONTAINERS, NUMBERS, STRINGS
from calls_of_objects import CALLABLES, DATES_TABLE, OBJECTS

sys.path.insert(0, sys.argv[1])
import compat_cases

THOROUGH = "thorough" in sys.argv
TIMES = 30
FEW = 20
COUNTED = {list, dict, set, bytearray, types.FunctionType, ValueError}
TABLE = [*CONTAINERS, *STRINGS, *NUMBERS, *OBJECTS, *CALLABLES, *DATES_TABLE]
LISTENED = []
sys.addaudithook(
    lambda event, arguments: (
        LISTENED.append((event, repr(arguments)))
        if event.startswith("compat.")
        else None
    )
)


def calls():
    """Yield the name of a case and a function that makes fresh arguments."""
    for case, *rows in TABLE:
        for row in rows:
            yield case, row


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
    text = re.sub(r"^\S+:\d+: (?=bad argument)", "", str(error))
    text = re.sub(r"^cannot use .* \((unhashable type.*)\)$", r"\1", text)
    others = (error.__cause__, error.__context__)
    behind = [None if each is None else described(each) for each in others]
    return [type(error).__name__, text, *behind]


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
    json.dump(results, sys.stdout)


main()
