"""Time the patterns of price_patterns.c in blocks of A B B A: a child of price.py.

It is run by the measured Python, which has neither abi3build nor anything else.
"""

import importlib.machinery
import importlib.util
import json
import sys


class Thing:
    """Stand for any object of Python code with an attribute and a method."""

    value = 1

    def method(self, argument: object) -> object:
        """Return the argument."""
        return argument


OBJECTS = {
    "tuple_items": tuple(range(64)),
    "list_items": list(range(64)),
    "attribute": Thing(),
    "method_call": Thing(),
    "function_call": (lambda argument: argument),
    "buffer_reading": bytearray(range(256)) * 16,
    "bytes_building": None,
    "integers": 7,
    "dict_iteration": {number: number for number in range(64)},
    "text_reading": "abcdefgh" * 32,
    "references": tuple(object() for _ in range(64)),
    "object_creation": None,
}
SECONDS = 0.0007
"""How long a run takes: other work seldom comes between the four of one block."""


def load(path: str) -> object:
    """Import an extension by its file."""
    name = path.rpartition("/")[2].partition(".")[0]
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    spec = importlib.util.spec_from_loader(name, loader, origin=path)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def main(native_path: str, blocks: int, *paths: str) -> None:
    """Print by file and function the times of blocks, both sums of each."""
    native = load(native_path)
    modules = {path: load(path) for path in paths}
    rounds = {}
    for name, given in OBJECTS.items():
        count, taken = 1, 0.0
        while taken < SECONDS:
            count *= 2
            taken = getattr(native, name)(count, given)
        rounds[name] = count
    found = {path: {} for path in paths}
    for _ in range(blocks):
        # Each pattern's blocks are spread over the whole run, not over one moment.
        for name, given in OBJECTS.items():
            for path, module in modules.items():
                for function in (name, f"{name}_fast"):
                    first, second = getattr(module, function), getattr(native, name)
                    count = rounds[name]
                    a, b = first(count, given), second(count, given)
                    b += second(count, given)
                    a += first(count, given)
                    found[path].setdefault(function, []).append((a, b))
    print(json.dumps(found))


main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
