"""Record, as a plugin of pytest, how each test ended and which modules of C it loaded.

``port_tests.py`` copies this file beside the tests of a project, whose Python may be
older than those that abi3build runs on.
"""

import json
import os
import re
import sys

_ADDRESS = re.compile("0x[0-9a-f]+")
_SCRATCH = os.environ["TMPDIR"]
"""The folder of this run, which names of tests may have in them."""

_IGNORED = ("", "warnings", "deselected")


def pytest_terminal_summary(terminalreporter):  # noqa: ANN001, ANN201 - for any pytest
    """Write what pytest counts, by test, into the file that the environment names."""
    outcomes = sorted(
        [_named(getattr(report, "nodeid", "")), category]
        for category, reports in terminalreporter.stats.items()
        if category not in _IGNORED
        for report in reports
    )
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    with open(os.environ["RECORD"], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump({"outcomes": outcomes, "files": sorted(filter(None, files))}, file)


def _named(identifier):  # noqa: ANN001, ANN202
    """Return the name of a test without what differs from run to run."""
    return _ADDRESS.sub("0x", identifier.replace(_SCRATCH, "{scratch}"))
