/* Read by the preprocessor alone: which names are there? */
#include <Python.h>
#include <structmember.h>
#include <datetime.h>
