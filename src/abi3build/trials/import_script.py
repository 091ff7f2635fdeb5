"""Import modules one by one and write down how each ended.  A script, run by path.

Arguments: the file for the results, the file for the last Python frames of a crash or
of an import that takes too long, the seconds that each import may take, and the
modules.  It is run by every Python that a wheel admits, so it keeps to what 3.6 knows.
"""

import faulthandler
import importlib
import json
import sys
import sysconfig
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO, Any


def main(
    results: "IO[str]", frames: "IO[str]", seconds: float, modules: "Sequence[str]"
) -> None:
    """Write one line of JSON before and one after each import."""
    faulthandler.enable(frames)
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    say(results, {"folders": sorted(folders)})
    for module in modules:
        say(results, {"begins": module})
        faulthandler.dump_traceback_later(seconds, exit=True, file=frames)
        error = import_one(module)
        faulthandler.cancel_dump_traceback_later()
        say(results, {"ends": module, "fault": error and describe(error)})


def import_one(module: str) -> "BaseException | None":
    """Return what the import raised, whatever it is."""
    try:
        importlib.import_module(module)
    except BaseException as error:  # noqa: BLE001 - SystemExit too
        return error
    return None


def say(results: "IO[str]", fact: "dict[str, Any]") -> None:
    """Write a fact so that it is there even if the process ends at once."""
    results.write(json.dumps(fact) + "\n")
    results.flush()


def describe(error: BaseException) -> "dict[str, Any]":
    """Return an exception as Python prints it, and its innermost frame.

    Frames of importlib and of this script do not count.
    """
    words = "".join(traceback.format_exception_only(type(error), error)).strip()
    frames = [
        [frame.filename, frame.lineno, frame.name]
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename not in {__file__, importlib.__file__}
        and not frame.filename.startswith("<frozen importlib")
    ]
    return {"error": words, "frame": frames[-1] if frames else None}


if __name__ == "__main__":
    # Before 3.9 the grammar has no parentheses around several of these.
    with open(sys.argv[1], "w", encoding="utf-8") as out:  # noqa: PTH123, SIM117 - for 3.6
        with open(sys.argv[2], "w", encoding="utf-8") as last:  # noqa: PTH123 - few imports
            main(out, last, float(sys.argv[3]), sys.argv[4:])
