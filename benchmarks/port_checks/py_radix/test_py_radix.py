"""Check the C classes of py-radix, whose sdist has no tests."""

import gc
import pickle
import sys

import pytest
import radix
from radix import _radix


def filled():
    tree = radix.Radix()
    for prefix in ("10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "2001:db8::/32"):
        tree.add(prefix).data["prefix"] = prefix
    return tree


def test_searches():
    tree = filled()
    assert tree.search_best("10.0.3.4").prefix == "10.0.0.0/16"
    assert tree.search_worst("10.0.3.4").prefix == "10.0.0.0/8"
    assert tree.search_exact("10.1.0.0/16").data == {"prefix": "10.1.0.0/16"}
    assert tree.search_exact("10.2.0.0/16") is None
    assert sorted(each.prefix for each in tree.search_covered("10.0.0.0/8")) == [
        "10.0.0.0/16",
        "10.0.0.0/8",
        "10.1.0.0/16",
    ]
    assert [each.prefix for each in tree.search_covering("10.0.1.0/24")] == [
        "10.0.0.0/16",
        "10.0.0.0/8",
    ]
    assert tree.prefixes() == [each.prefix for each in tree]


def test_nodes():
    tree = filled()
    node = tree.search_exact("10.0.0.0/16")
    assert (node.network, node.prefixlen, node.packed) == (
        "10.0.0.0",
        16,
        b"\n\x00\x00\x00",
    )
    assert node.parent.prefix == "10.0.0.0/8"
    with pytest.raises(AttributeError, match="readonly"):
        node.prefix = "1.0.0.0/8"
    with pytest.raises(TypeError, match=r"cannot create '.*RadixNode' instances"):
        type(node)()
    tree.delete("10.0.0.0/16")
    assert tree.search_best("10.0.3.4").prefix == "10.0.0.0/8"
    with pytest.raises(KeyError):
        tree.delete("10.0.0.0/16")


def test_changes_while_it_is_read():
    tree = filled()
    nodes = iter(tree)
    next(nodes)
    tree.add("11.0.0.0/8")
    with pytest.raises(RuntimeWarning):
        next(nodes)


def test_pickle():
    copy = pickle.loads(pickle.dumps(filled()))  # noqa: S301 - made here
    assert copy.prefixes() == filled().prefixes()


def test_types_keep_their_references():
    inner = _radix.Radix()
    kinds = [type(inner), type(inner.add("10.0.0.0/8"))]
    gc.collect()
    before = [sys.getrefcount(each) for each in kinds]
    for _ in range(1000):
        other = filled()
        list(other)
        other.search_covered("10.0.0.0/8")
    del other
    gc.collect()
    after = [sys.getrefcount(each) for each in kinds]
    assert max(map(abs, (one - two for one, two in zip(after, before)))) < 10
