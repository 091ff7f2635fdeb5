# PyDict_GET_SIZE in a comment
cdef extern from *:
    """
    /* PyDict_GET_SIZE */
    #define CHARS(text) PyBytes_AS_STRING(text)
    """
from cpython.list cimport PyList_GET_SIZE
