/* Tuples, lists, sequences, bytes and sets. */

ABI3BUILD_BEGIN

/* The macro does not release what was there before, the function does. */
ABI3BUILD_OWN void abi3build_PyTuple_SET_ITEM(PyObject *tuple, Py_ssize_t index,
                                              PyObject *value)
{
    PyObject *before = PyTuple_GetItem(tuple, index);
    Py_XINCREF(before);
    if (PyTuple_SetItem(tuple, index, value) < 0)
        Py_XDECREF(before);
}

ABI3BUILD_OWN void abi3build_PyList_SET_ITEM(PyObject *list, Py_ssize_t index,
                                             PyObject *value)
{
    PyObject *before = PyList_GetItem(list, index);
    Py_XINCREF(before);
    if (PyList_SetItem(list, index, value) < 0)
        Py_XDECREF(before);
}

ABI3BUILD_HELPER PyObject *abi3build_fast_item(PyObject *sequence, Py_ssize_t index)
{
    return PyList_Check(sequence) ? PyList_GetItem(sequence, index)
                                  : PyTuple_GetItem(sequence, index);
}

ABI3BUILD_HELPER Py_ssize_t abi3build_fast_size(PyObject *sequence)
{
    return PyList_Check(sequence) ? PyList_Size(sequence) : PyTuple_Size(sequence);
}

ABI3BUILD_OWN PyObject *abi3build_PyTuple_FromArray(PyObject *const *array,
                                                    Py_ssize_t size)
{
    PyObject *tuple = PyTuple_New(size);
    Py_ssize_t index;
    for (index = 0; tuple != NULL && index < size; index++) {
        Py_INCREF(array[index]);
        PyTuple_SetItem(tuple, index, array[index]);
    }
    return tuple;
}

ABI3BUILD_HELPER int abi3build_refuse_resize(PyObject **place)
{
    PyObject *object = *place;
    *place = NULL;
    Py_XDECREF(object);
    abi3build_bad_call();
    return -1;
}

ABI3BUILD_HELPER int abi3build_resize_tuple(PyObject **place, Py_ssize_t size)
{
    PyObject *tuple = *place, *resized;
    Py_ssize_t before, index;
    if (tuple == NULL || !PyTuple_CheckExact(tuple))
        return abi3build_refuse_resize(place);
    before = PyTuple_Size(tuple);
    if (before != 0 && Py_REFCNT(tuple) != 1)
        return abi3build_refuse_resize(place);
    if (before == size)
        return 0;
    resized = PyTuple_New(size);
    for (index = 0; resized != NULL && index < size && index < before; index++) {
        PyObject *item = PyTuple_GetItem(tuple, index);
        Py_XINCREF(item);
        PyTuple_SetItem(resized, index, item);
    }
    Py_DECREF(tuple);
    *place = resized;
    return resized != NULL ? 0 : -1;
}

ABI3BUILD_OWN int abi3build__PyTuple_Resize(PyObject **place, Py_ssize_t size)
{
    return abi3build_resize_tuple(place, size);
}

ABI3BUILD_OWN PyObject *abi3build__PyList_Extend(PyObject *list, PyObject *iterable)
{
    return PyObject_CallMethod((PyObject *)&PyList_Type, "extend", "OO", list, iterable);
}

ABI3BUILD_OWN int abi3build_PyList_Extend(PyObject *list, PyObject *iterable)
{
    if (!PyList_Check(list)) {
        abi3build_bad_call();
        return -1;
    }
    return abi3build_done(abi3build__PyList_Extend(list, iterable));
}

ABI3BUILD_OWN int abi3build_PyList_Clear(PyObject *list)
{
    return PyList_SetSlice(list, 0, ABI3BUILD_SSIZE_MAX, NULL);
}

ABI3BUILD_OWN PyObject *abi3build_PyList_GetItemRef(PyObject *list, Py_ssize_t index)
{
    PyObject *item;
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "expected a list");
        return NULL;
    }
    item = PyList_GetItem(list, index);
    Py_XINCREF(item);
    return item;
}

/* A converter of PyArg_ParseTuple: None leaves the index as it is. */
ABI3BUILD_HELPER int abi3build_slice_index(PyObject *value, Py_ssize_t *index)
{
    Py_ssize_t found;
    if (value == NULL || value == Py_None)
        return 1;
    if (!PyIndex_Check(value)) {
        PyErr_SetString(PyExc_TypeError,
                        PY_VERSION_HEX < 0x030F0000
                            ? "slice indices must be integers or None or have an "
                              "__index__ method"
                            : "slice indices must be integers or have an __index__ method");
        return 0;
    }
    found = PyNumber_AsSsize_t(value, NULL);
    if (found == -1 && PyErr_Occurred())
        return 0;
    *index = found;
    return 1;
}

ABI3BUILD_HELPER int abi3build_slice_index_not_none(PyObject *value, Py_ssize_t *index)
{
    if (value == NULL || PyIndex_Check(value))
        return abi3build_slice_index(value, index);
    PyErr_SetString(PyExc_TypeError,
                    "slice indices must be integers or have an __index__ method");
    return 0;
}

ABI3BUILD_HELPER int abi3build_resize_bytes(PyObject **place, Py_ssize_t size)
{
    PyObject *bytes = *place, *resized;
    Py_ssize_t before;
    if (!PyBytes_Check(bytes) || size < 0)
        return abi3build_refuse_resize(place);
    before = PyBytes_Size(bytes);
    if (before == size)
        return 0;
    if (before != 0 && Py_REFCNT(bytes) != 1)
        return abi3build_refuse_resize(place);
    resized = PyBytes_FromStringAndSize(NULL, size);
    if (resized != NULL)
        memcpy(PyBytes_AsString(resized), PyBytes_AsString(bytes),
               (size_t)(before < size ? before : size));
    Py_DECREF(bytes);
    *place = resized;
    return resized != NULL ? 0 : -1;
}

ABI3BUILD_OWN int abi3build__PyBytes_Resize(PyObject **place, Py_ssize_t size)
{
    return abi3build_resize_bytes(place, size);
}

ABI3BUILD_OWN PyObject *abi3build__PyBytes_Join(PyObject *separator, PyObject *iterable)
{
    return PyObject_CallMethod((PyObject *)&PyBytes_Type, "join", "OO", separator,
                               iterable);
}

ABI3BUILD_OWN PyObject *abi3build_PyBytes_Join(PyObject *separator, PyObject *iterable)
{
    if (separator == NULL) {
        abi3build_bad_call();
        return NULL;
    }
    return abi3build__PyBytes_Join(separator, iterable);
}

ABI3BUILD_OWN int abi3build__PySet_Update(PyObject *set, PyObject *iterable)
{
    if (!PySet_Check(set)) {
        abi3build_bad_call();
        return -1;
    }
    return abi3build_done(PyObject_CallMethod((PyObject *)&PySet_Type, "update", "OO",
                                              set, iterable));
}

ABI3BUILD_END
