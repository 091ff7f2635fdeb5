/* The test writes the folder of Python's headers here: our Python.h is not read. */
#undef Py_LIMITED_API
#include "@HEADERS@/Python.h"
#define FIRST(items) PyTuple_GET_ITEM(items, 0)
#include "module.h"
