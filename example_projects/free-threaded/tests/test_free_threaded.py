import sys
import sysconfig
import threading

import free_threaded
import pytest


def test_adds_up():
    counter = free_threaded.Counter()
    counter.add(2**62)
    counter.add(-1)
    assert counter.total() == 2**62 - 1


@pytest.mark.parametrize(("full", "more"), [(2**63 - 1, 1), (-(2**63), -1)])
def test_refuses_a_total_of_more_than_64_bits(full, more):
    counter = free_threaded.Counter()
    counter.add(full)
    with pytest.raises(OverflowError, match="does not fit into 64 bits"):
        counter.add(more)
    assert counter.total() == full


@pytest.mark.parametrize("arguments", [(), (1, 2)])
def test_takes_one_number(arguments):
    with pytest.raises(TypeError, match="takes exactly one argument"):
        free_threaded.Counter().add(*arguments)


def test_derived_classes_keep_their_own_data_beside_it():
    class Named(free_threaded.Counter):
        __slots__ = ("name",)

    counter = Named()
    counter.name = "threads"
    counter.add(1)
    assert (counter.name, counter.total()) == ("threads", 1)


def test_no_addition_is_lost_between_threads():
    counter = free_threaded.Counter()

    def add_often():
        for _ in range(10_000):
            counter.add(1)

    threads = [threading.Thread(target=add_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.total() == 80_000


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="a Python with the GIL"
)
def test_the_import_does_not_switch_the_gil_on():
    assert not sys._is_gil_enabled()  # noqa: SLF001 - documented, name and all
