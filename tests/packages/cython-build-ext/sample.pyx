def answer():
    """Give the answer, computed in C."""
    cdef int half = 21
    return 2 * half
