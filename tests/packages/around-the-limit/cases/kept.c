/* Keeps the limit: nothing to find. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define FIRST(items) PyTuple_GetItem(items, 0)
#include "module.h"
