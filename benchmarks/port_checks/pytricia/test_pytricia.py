"""Check the classes of pytricia, whose sdist has no tests."""

import gc
import socket
import sys

import pytest
from pytricia import PyTricia


def filled():
    tree = PyTricia()
    tree["10.0.0.0/8"] = "a"
    tree["10.1.0.0/16"] = "b"
    tree.insert("10.1.1.0/24", "c")
    return tree


def test_mapping():
    tree = filled()
    assert (len(tree), list(tree), tree.keys()) == (3, tree.keys(), list(tree))
    assert sorted(tree) == ["10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24"]
    assert (tree["10.1.2.3"], tree.get("11.0.0.0"), tree.get("11.0.0.0", 1)) == (
        "b",
        None,
        1,
    )
    assert "10.1.2.3" in tree
    assert not tree.has_key("10.1.2.0/24")
    with pytest.raises(KeyError):
        tree["11.0.0.0"]
    del tree["10.1.0.0/16"]
    assert tree["10.1.2.3"] == "a"
    assert tree.parent("10.1.1.0/24") == "10.0.0.0/8"
    assert tree.children("10.0.0.0/8") == ["10.1.1.0/24"]
    assert tree.get_key("10.1.1.1") == "10.1.1.0/24"


def test_errors():
    with pytest.raises(ValueError, match=r"\w"):
        PyTricia()["nothing"] = 1
    with pytest.raises(ValueError, match=r"\w"):
        PyTricia(1000)


def test_version_6():
    tree = PyTricia(128, socket.AF_INET6)
    tree["2001:db8::/32"] = 1
    assert tree["2001:db8::1"] == 1


def test_a_derived_class():
    class Derived(PyTricia):
        pass

    tree = Derived()
    tree.more = 1
    tree["10.0.0.0/8"] = tree.more
    assert list(tree) == ["10.0.0.0/8"]


def test_types_keep_their_references():
    tree = filled()
    kinds = [PyTricia, type(iter(tree))]
    gc.collect()
    before = [sys.getrefcount(each) for each in kinds]
    for _ in range(1000):
        list(filled())
    gc.collect()
    after = [sys.getrefcount(each) for each in kinds]
    assert max(map(abs, (one - two for one, two in zip(after, before)))) < 10
