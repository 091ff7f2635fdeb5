"""Check what Python can do with cymem, whose own tests only make two objects."""

import gc
import weakref

import pytest
from cymem import cymem


class Owned:
    """Be something that a weak reference can watch."""


def test_a_pool_owns_references():
    owned = Owned()
    watched = weakref.ref(owned)
    pool = cymem.Pool()
    pool.own_pyref(owned)
    del owned
    assert watched() is not None
    assert pool.refs == [watched()]
    del pool
    gc.collect()
    assert watched() is None


def test_a_cycle_through_a_pool_is_collected():
    class Pool(cymem.Pool):
        pass

    pool = Pool()
    watched = weakref.ref(pool)
    pool.own_pyref([pool])
    del pool
    gc.collect()
    assert watched() is None


def test_fields_of_a_pool():
    pool = cymem.Pool()
    assert (pool.size, pool.addresses, pool.refs) == (0, {}, [])
    assert type(pool.pymalloc) is cymem.PyMalloc
    assert type(pool.pyfree) is cymem.PyFree
    with pytest.raises(AttributeError):
        pool.size = 1
    with pytest.raises(TypeError):
        cymem.Pool("no allocator")


def test_addresses():
    addresses = [cymem.Address(number, 8) for number in (1, 10, 1000)]
    assert len({each.addr for each in addresses}) == len(addresses)
    assert all(each.addr for each in addresses)
    with pytest.raises(TypeError):
        cymem.Address(1)
    with pytest.raises(OverflowError):
        cymem.Address(-1, 1)


def test_what_other_modules_of_cython_need():
    assert sorted(cymem.__pyx_capi__) == ["WrapFree", "WrapMalloc"]
    assert type(cymem.Pool.__pyx_vtable__).__name__ == "PyCapsule"
