/* Calls whose outcome changed between versions: compiled once for 3.6, run on many. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>

#define ONE_ARGUMENT(name) static PyObject *name(PyObject *module, PyObject *argument)

/* 3.9 exports the function, and only headers of 3.10 declare it under a limit. */
#define FIND(function) __typeof__(&function) found = \
    (__typeof__(&function))dlsym(RTLD_DEFAULT, #function)
PyObject *PyType_FromModuleAndSpec(PyObject *, PyType_Spec *, PyObject *);

ONE_ARGUMENT(get_slot)
{
    void *slot = PyType_GetSlot((PyTypeObject *)argument, Py_tp_dealloc);
    return PyErr_Occurred() ? NULL : PyBool_FromLong(slot != NULL);
}

static char nothing[] = "";
static PyType_Slot documented[] = {{Py_tp_doc, nothing}, {0, NULL}};
static PyType_Slot undocumented[] = {{Py_tp_doc, NULL}, {0, NULL}};
static PyType_Spec with_doc = {"changed.Made", 0, 0, Py_TPFLAGS_DEFAULT, documented};
static PyType_Spec without_doc = {"changed.Made", 0, 0, Py_TPFLAGS_DEFAULT, undocumented};

ONE_ARGUMENT(type_from_module)
{
    FIND(PyType_FromModuleAndSpec);
    return found(module, &with_doc, argument);
}

ONE_ARGUMENT(type_from_bases) { return PyType_FromSpecWithBases(&with_doc, argument); }

ONE_ARGUMENT(type_without_doc) { return PyType_FromSpec(&without_doc); }

ONE_ARGUMENT(as_long)
{
    long number = PyLong_AsLong(argument);
    return PyErr_Occurred() ? NULL : PyLong_FromLong(number);
}

ONE_ARGUMENT(as_unsigned_long_long_mask)
{
    unsigned long long number = PyLong_AsUnsignedLongLongMask(argument);
    return PyErr_Occurred() ? NULL : PyLong_FromUnsignedLongLong(number);
}

ONE_ARGUMENT(as_double)
{
    double number = PyFloat_AsDouble(argument);
    return PyErr_Occurred() ? NULL : PyFloat_FromDouble(number);
}

ONE_ARGUMENT(real_as_double)
{
    double number = PyComplex_RealAsDouble(argument);
    return PyErr_Occurred() ? NULL : PyFloat_FromDouble(number);
}

ONE_ARGUMENT(index_of) { return PyNumber_Index(argument); }

ONE_ARGUMENT(number_long) { return PyNumber_Long(argument); }

/* Give the type that PyErr_GetExcInfo has after a wrong one was stored. */
ONE_ARGUMENT(stored_type)
{
    PyObject *type, *value, *traceback, *old_type, *old_value, *old_traceback;
    PyErr_GetExcInfo(&old_type, &old_value, &old_traceback);
    Py_INCREF(PyExc_KeyError);
    Py_INCREF(argument);
    PyErr_SetExcInfo(PyExc_KeyError, argument, NULL);
    PyErr_GetExcInfo(&type, &value, &traceback);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    PyErr_SetExcInfo(old_type, old_value, old_traceback);
    return type;
}

/* Give what PyErr_Fetch has as the value of an exception that was just set. */
ONE_ARGUMENT(fetched_value)
{
    PyObject *type, *value, *traceback;
    PyErr_SetObject(PyExc_ValueError, argument);
    PyErr_Fetch(&type, &value, &traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
}

ONE_ARGUMENT(print_error)
{
    PyErr_SetString(PyExc_ValueError, "printed");
    PyErr_PrintEx(1);
    Py_RETURN_NONE;
}

ONE_ARGUMENT(unfilled_text)
{
    PyObject *text = PyUnicode_FromStringAndSize(NULL, 3);
    Py_XDECREF(text);
    return text ? PyBool_FromLong(1) : NULL;
}

ONE_ARGUMENT(unknown_format) { return PyUnicode_FromFormat("<%k>"); }

ONE_ARGUMENT(hexadecimal) { return PyUnicode_FromFormat("<%X>", 255); }

ONE_ARGUMENT(type_format) { return PyUnicode_FromFormat("<%T>", argument); }

ONE_ARGUMENT(decode_path)
{
    PyObject *path = NULL;
    return PyUnicode_FSDecoder(argument, &path) ? path : NULL;
}

ONE_ARGUMENT(mapping_items) { return PyMapping_Items(argument); }

ONE_ARGUMENT(execute_code)
{
    return PyImport_ExecCodeModule("changed_made", argument);
}

ONE_ARGUMENT(parse_integer)
{
    int number;
    return PyArg_ParseTuple(argument, "i", &number) ? PyLong_FromLong(number) : NULL;
}

ONE_ARGUMENT(parse_wide)
{
    wchar_t *text;
    return PyArg_ParseTuple(argument, "u", &text) ? PyUnicode_FromWideChar(text, -1)
                                                  : NULL;
}

ONE_ARGUMENT(parse_group)
{
    int first, second;
    return PyArg_ParseTuple(argument, "(CC)", &first, &second) ? PyLong_FromLong(first)
                                                               : NULL;
}

ONE_ARGUMENT(delete_attribute)
{
    PyErr_SetString(PyExc_ValueError, "set before");
    int status = PyObject_SetAttrString(argument, "thing", NULL);
    PyErr_Clear();
    return PyLong_FromLong(status);
}

#define METHOD(name) {#name, name, METH_O, NULL}
static PyMethodDef methods[] = {
    METHOD(get_slot), METHOD(type_from_module), METHOD(type_from_bases),
    METHOD(type_without_doc), METHOD(as_long), METHOD(as_unsigned_long_long_mask),
    METHOD(as_double), METHOD(real_as_double), METHOD(index_of), METHOD(number_long),
    METHOD(stored_type), METHOD(fetched_value), METHOD(print_error),
    METHOD(unfilled_text), METHOD(unknown_format), METHOD(hexadecimal),
    METHOD(type_format), METHOD(decode_path), METHOD(mapping_items),
    METHOD(execute_code), METHOD(parse_integer), METHOD(parse_wide),
    METHOD(parse_group), METHOD(delete_attribute), {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "changed", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_changed(void) { return PyModuleDef_Init(&definition); }
