"""The compiler's second opinion about a plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from abi3build.cli import main

pytest.importorskip("tree_sitter", reason="the extra port needs Python 3.10")

AGREED = "int f(PyObject *x) { return (int)PyTuple_GET_SIZE(x); }"
# No plan can know what a header of the system defines.
TAKEN = (
    "int f(PyObject *x) { return 0; }\n#ifdef __APPLE_CC__X\nPyList_GET_SIZE\n#endif"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (AGREED, "the compiler agrees at floor 3.9 with headers of"),
        (
            TAKEN,
            (
                "piece.c:4: PyList_GET_SIZE: the plan lists it, but the compiler"
                " accepts it:"
            ),
        ),
        ("int f(void) { return 1 }", "does not compile without the limit either"),
    ],
)
def test_where_plan_and_compiler_differ(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("piece.c").write_text(f"#include <Python.h>\n{text}\n", encoding="utf-8")
    main(["port", "piece.c", "--floor", "3.9", "--check"])
    assert said in capsys.readouterr().err
