"""WebAssembly, read by the engine in Node.js."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wheel_judge.evidence import Evidence, run_tool

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_web_assembly"]

_QUESTION = """
const module = new WebAssembly.Module(require("fs").readFileSync(process.argv[1]));
const names = (rows) => rows.map((row) => row.name);
console.log(JSON.stringify({
  taken: names(WebAssembly.Module.imports(module)),
  given: names(WebAssembly.Module.exports(module)),
  loadable: WebAssembly.Module.customSections(module, "dylink.0").length > 0,
}));
"""


def read_web_assembly(path: Path) -> list[Evidence]:
    """Return the one image of a WebAssembly file."""
    answer = json.loads(run_tool("node", "-e", _QUESTION, str(path)))
    evidence = Evidence("WebAssembly", "wasm32")
    evidence.loadable = answer["loadable"]
    for name in answer["taken"]:
        evidence.take(name)
    for name in answer["given"]:
        evidence.give(name)
    return [evidence]
