"""Check the classes of quickjs, whose sdist has no tests."""

import gc
import json
import sys

import pytest
import quickjs


def test_values():
    context = quickjs.Context()
    assert context.eval("40 + 2") == 42
    assert context.eval("0.5") == 0.5
    assert context.eval("'a' + '\\u20ac'") == "a\u20ac"
    assert context.eval("null") is None
    assert context.eval("2n ** 70n") == 2**70
    assert json.loads(context.eval("({a: [1, 2]})").json()) == {"a": [1, 2]}
    context.set("x", 12)
    assert context.get("x") == 12


def test_functions_and_callables():
    context = quickjs.Context()
    context.add_callable("twice", lambda value: 2 * value)
    assert context.eval("twice(21)") == 42
    add = context.eval("(function (a, b) { return a + b; })")
    assert add(1, 2) == 3
    with pytest.raises(TypeError, match=r"Unsupported type .*: (?:\w+\.)?dict\."):
        add({}, 1)
    with pytest.raises(quickjs.JSException, match="ReferenceError"):
        context.eval("missing")
    with pytest.raises(ValueError, match="different contexts"):
        quickjs.Context().set("add", add)


def test_limits():
    context = quickjs.Context()
    context.set_memory_limit(200_000)
    with pytest.raises(quickjs.JSException, match=r"null|memory"):
        context.eval("(() => { const a = []; while (true) a.push('x'.repeat(99)); })()")
    assert context.memory()["memory_used_size"] > 0


def test_function():
    assert quickjs.Function("f", "function f(x) { return {x: x}; }")([1]) == {"x": [1]}


def test_types_keep_their_references():
    kinds = [quickjs.Context, quickjs.Object]
    gc.collect()
    before = [sys.getrefcount(each) for each in kinds]
    for _ in range(50):
        context = quickjs.Context()
        made = [context.eval("({})") for _ in range(20)]
        context.add_callable("f", lambda: None)
    del context, made
    gc.collect()
    after = [sys.getrefcount(each) for each in kinds]
    assert max(map(abs, (one - two for one, two in zip(after, before)))) < 10
