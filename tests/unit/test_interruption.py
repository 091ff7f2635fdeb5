"""The first signal ends a piece of work, and the next ones do not disturb its end."""

from __future__ import annotations

import os
import signal

import pytest

from abi3build.interruption import terminated_as_interrupted

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals have other names")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", SIGNALS)
def test_a_second_signal_does_not_stop_the_cleaning(
    first: signal.Signals, second: signal.Signals
) -> None:
    """Blocks may lie in each other, as those of a build do."""
    before = list(map(signal.getsignal, SIGNALS))
    cleaned = []

    def work() -> None:
        try:
            with terminated_as_interrupted():
                try:
                    signal.raise_signal(first)
                    pytest.fail("was not interrupted")
                finally:
                    signal.raise_signal(second)
                    cleaned.append("inner")
        finally:
            signal.raise_signal(second)
            cleaned.append("outer")

    with pytest.raises(KeyboardInterrupt), terminated_as_interrupted():
        work()
    assert cleaned == ["inner", "outer"]
    assert list(map(signal.getsignal, SIGNALS)) == before


def test_a_signal_that_someone_else_handles_is_left_to_them() -> None:
    """A program that a shell starts in the background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with terminated_as_interrupted():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
