# cython: language_level=3
"""Loops in Cython."""


def primes(int count):
    """Give the first prime numbers."""
    cdef int candidate = 2
    cdef int prime
    found = []
    while len(found) < count:
        for prime in found:
            if candidate % prime == 0:
                break
        else:
            found.append(candidate)
        candidate += 1
    return found


cdef class Counter:
    """Count events."""

    cdef readonly long count

    def add(self, long events=1):
        """Count some more events."""
        if events < 0:
            raise ValueError("events cannot be taken back")
        self.count += events
