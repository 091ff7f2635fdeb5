/* Steps out of the limit and uses nothing that it gains. */
#undef Py_LIMITED_API
#include <Python.h>
#define FIRST(items) PyTuple_GetItem(items, 0)
#include "module.h"
