from dataclasses import dataclass

from abi3build.versions import PythonVersion


@dataclass(frozen=True)
class Replacement:
    name: str
    instead: str
    functions: tuple
    note: str
    documentation: str


T = {
    "PyList_GET_SIZE": Replacement(
        "PyList_GET_SIZE", "PyList_Size", ("PyList_Size",), "", ""
    ),
    "_PyUnicode_JoinArray": Replacement(
        "_PyUnicode_JoinArray", "PyUnicode_Join", ("PyUnicode_Join",), "", ""
    ),
}


def replacement(n):
    return T.get(n)


def since(r):
    return PythonVersion(3, 2)
