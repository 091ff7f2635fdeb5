/* Tuples, lists, sets, dictionaries and bytes. */

CASE(tuple)
{
    PyObject *tuple = ONE(), *made = PyTuple_New(2);
    PyTupleObject *cast = (PyTupleObject *)tuple;
    Py_ssize_t size = PyTuple_GET_SIZE(cast);
    PyObject *last = PyTuple_GET_ITEM(tuple, size - 1);
    Py_INCREF(last);
    PyTuple_SET_ITEM(made, 0, last);
    PyTuple_SET_ITEM(made, 1, PyLong_FromSsize_t(size));
    return made;
}

/* Nothing is released by the macro: what was there stays alive. */
CASE(tuple_set_again)
{
    PyObject *made = PyTuple_New(1), *first = PyList_New(0), *second = PyList_New(1);
    Py_ssize_t count;
    PyTuple_SET_ITEM(made, 0, first);
    PyTuple_SET_ITEM(made, 0, second);
    PyList_SET_ITEM(second, 0, PyLong_FromLong(7));
    count = Py_REFCNT(first);
    Py_DECREF(first);
    return Py_BuildValue("(Nn)", made, count);
}

CASE(tuple_resize)
{
    PyObject *made = PyTuple_New(2);
    Py_ssize_t size = PyLong_AsSsize_t(ARGUMENT(0));
    int shared = PyObject_IsTrue(ARGUMENT(1)), result;
    PyTuple_SET_ITEM(made, 0, PyUnicode_FromString("first"));
    PyTuple_SET_ITEM(made, 1, PyUnicode_FromString("second"));
    if (shared)
        Py_INCREF(made);
    PyObject *other = shared ? made : NULL;
    result = _PyTuple_Resize(&made, size);
    Py_XDECREF(other);
    if (result < 0)
        return made == NULL ? NULL : PyUnicode_FromString("not NULL");
    for (; size > 2; size--)
        PyTuple_SET_ITEM(made, size - 1, PyLong_FromLong(0));
    return made;
}

CASE(tuple_from_array)
{
#if PY_VERSION_HEX >= 0x030F0000
    PyObject *items[2] = {ARGUMENT(0), ARGUMENT(1)};
    return PyTuple_FromArray(items, 2);
#else
    NOT_HERE;
#endif
}

CASE(list)
{
    PyObject *list = ONE(), *made = PyList_New(2);
    PyListObject *cast = (PyListObject *)list;
    PyObject *first = PyList_GET_ITEM(cast, 0);
    Py_INCREF(first);
    PyList_SET_ITEM(made, 0, first);
    PyList_SET_ITEM(made, 1, PyLong_FromSsize_t(PyList_GET_SIZE(cast)));
    return made;
}

/* As old code swaps: the list's reference to the old item becomes the caller's. */
CASE(list_swap)
{
    PyObject *made = PyList_New(1), *old;
    Py_ssize_t count;
    PyList_SET_ITEM(made, 0, PyList_New(0));
    old = PyList_GET_ITEM(made, 0);
    PyList_SET_ITEM(made, 0, PyUnicode_FromString("new"));
    count = Py_REFCNT(old);
    Py_DECREF(old);
    return Py_BuildValue("(Nn)", made, count);
}

CASE(list_extend)
{
#if PY_VERSION_HEX >= 0x030D0000
    if (PyList_Extend(ARGUMENT(0), ARGUMENT(1)) < 0)
        return NULL;
    if (PyList_GET_SIZE(ARGUMENT(0)) > 3 && PyList_Clear(ARGUMENT(0)) < 0)
        return NULL;
    return Py_BuildValue("");
#else
    return _PyList_Extend((PyListObject *)ARGUMENT(0), ARGUMENT(1));
#endif
}

CASE(list_item_ref)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyList_GetItemRef(ARGUMENT(0), PyLong_AsSsize_t(ARGUMENT(1)));
#else
    NOT_HERE;
#endif
}

CASE(sequence_item)
{
    return PySequence_ITEM(ARGUMENT(0), PyLong_AsSsize_t(ARGUMENT(1)));
}

CASE(sequence_fast)
{
    PyObject *fast = PySequence_Fast(ONE(), "no sequence"), *item;
    Py_ssize_t size;
    if (fast == NULL)
        return NULL;
    size = PySequence_Fast_GET_SIZE(fast);
    item = size > 0 ? PySequence_Fast_GET_ITEM(fast, size - 1) : Py_None;
    item = Py_BuildValue("(nO)", size, item);
    Py_DECREF(fast);
    return item;
}

CASE(struct_sequence)
{
    static PyStructSequence_Field fields[] = {{"one", NULL}, {"two", NULL}, {NULL, NULL}};
    static PyStructSequence_Desc description = {"compat_cases.pair", NULL, fields, 2};
    PyTypeObject *type = PyStructSequence_NewType(&description);
    PyObject *pair = PyStructSequence_New(type), *one;
    PyStructSequence_SET_ITEM(pair, 0, PyLong_FromLong(1));
    PyStructSequence_SET_ITEM(pair, 1, PyLong_FromLong(2));
    one = PyStructSequence_GET_ITEM(pair, 0);
    one = Py_BuildValue("(OO)", one, pair);
    Py_DECREF(pair);
    Py_DECREF(type);
    if (one == NULL)
        return NULL;
    pair = PyObject_Repr(one);
    Py_DECREF(one);
    return pair;
}

CASE(set_update)
{
    PySetObject *cast = (PySetObject *)ARGUMENT(0);
#if PY_VERSION_HEX < 0x030D0000
    if (_PySet_Update(ARGUMENT(0), ARGUMENT(1)) < 0)
        return NULL;
#endif
    return PyLong_FromSsize_t(PySet_GET_SIZE(cast));
}

CASE(slice_index)
{
    Py_ssize_t start = -5, stop = -6;
    PySliceObject *unused = NULL;
    (void)unused;
    if (!PyArg_ParseTuple(args, "O&|O&", _PyEval_SliceIndex, &start,
                          _PyEval_SliceIndexNotNone, &stop))
        return NULL;
    return Py_BuildValue("(nn)", start, stop);
}

CASE(bytes)
{
    PyBytesObject *cast = (PyBytesObject *)ONE();
    return Py_BuildValue("(ny#)", PyBytes_GET_SIZE(cast), PyBytes_AS_STRING(cast),
                         PyBytes_GET_SIZE(ONE()));
}

CASE(bytearray)
{
    PyByteArrayObject *cast = (PyByteArrayObject *)ONE();
    PyByteArray_AS_STRING(ONE())[0] = '!';
    return Py_BuildValue("(ny#)", PyByteArray_GET_SIZE(cast), PyByteArray_AS_STRING(cast),
                         PyByteArray_GET_SIZE(ONE()));
}

CASE(bytes_resize)
{
    PyObject *made = PyBytes_FromStringAndSize("abcdef", 6);
    Py_ssize_t size = PyLong_AsSsize_t(ONE()), index;
    if (_PyBytes_Resize(&made, size) < 0)
        return made == NULL ? NULL : PyUnicode_FromString("not NULL");
    for (index = 6; index < size; index++)
        PyBytes_AS_STRING(made)[index] = '.';
    return made;
}

CASE(bytes_join)
{
    PyObject *joined = _PyBytes_Join(ARGUMENT(0), ARGUMENT(1));
#if PY_VERSION_HEX >= 0x030E0000
    Py_XDECREF(joined);
    joined = PyBytes_Join(ARGUMENT(0), ARGUMENT(1));
#endif
    return joined;
}

CASE(dict_size)
{
    PyDictObject *cast = (PyDictObject *)ONE();
    return PyLong_FromSsize_t(PyDict_GET_SIZE(cast));
}

CASE(dict_set_default)
{
    return kept(PyDict_SetDefault(ARGUMENT(0), ARGUMENT(1), ARGUMENT(2)));
}

CASE(dict_set_default_ref)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *found = NULL;
    int result = PyDict_SetDefaultRef(ARGUMENT(0), ARGUMENT(1), ARGUMENT(2), &found);
    if (result < 0)
        return NULL;
    if (PyDict_SetDefaultRef(ARGUMENT(0), ARGUMENT(1), ARGUMENT(2), NULL) != 1)
        return PyUnicode_FromString("is not there now");
    return Py_BuildValue("(iN)", result, found);
#else
    NOT_HERE;
#endif
}

CASE(dict_get)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *found = NULL;
    int result = PyDict_GetItemRef(ARGUMENT(0), ARGUMENT(1), &found);
    if (result < 0)
        return NULL;
    return Py_BuildValue("(iN)", result, or_word(found, "NULL"));
#else
    NOT_HERE;
#endif
}

CASE(dict_string)
{
    PyObject *dict = ARGUMENT(0), *found = NULL;
    const char *key = PyBytes_AsString(ARGUMENT(1));
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *popped = NULL;
    int pops, has, result = PyDict_GetItemStringRef(dict, key, &found);
    if (result < 0)
        return NULL;
    has = PyDict_ContainsString(dict, key);
    pops = PyDict_PopString(dict, key, &popped);
    return Py_BuildValue("(iNiiN)", result, or_word(found, "NULL"), has, pops,
                         or_word(popped, "NULL"));
#else
    found = _PyDict_GetItemStringWithError(dict, key);
    return kept(found);
#endif
}

CASE(dict_string_pop)
{
#if PY_VERSION_HEX >= 0x030D0000
    return status(PyDict_PopString(ARGUMENT(0), PyBytes_AsString(ARGUMENT(1)), NULL));
#else
    NOT_HERE;
#endif
}

CASE(dict_pop)
{
    PyObject *dict = ARGUMENT(0), *key = ARGUMENT(1);
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *found = NULL;
    int result = PyDict_Pop(dict, key, &found);
    if (result < 0)
        return NULL;
    return Py_BuildValue("(iN)", result, or_word(found, "NULL"));
#else
    return _PyDict_Pop(dict, key, NULL);
#endif
}

CASE(dict_pop_or)
{
    return _PyDict_Pop(ARGUMENT(0), ARGUMENT(1), ARGUMENT(2));
}

CASE(dict_known_hash)
{
    PyObject *dict = _PyDict_NewPresized(20), *key = ARGUMENT(0), *found;
    Py_hash_t hash = PyObject_Hash(key);
    PyDict_SetItem(dict, key, Py_True);
    found = _PyDict_GetItem_KnownHash(dict, key, hash);
    found = PyBool_FromLong(found == Py_True);
#if PY_VERSION_HEX < 0x030D0000
    if (_PyDict_SetItem_KnownHash(dict, key, Py_False, hash) < 0)
        return NULL;
#  if PY_VERSION_HEX >= 0x030A0000
    if (_PyDict_Contains_KnownHash(dict, key, hash) != 1)
        return NULL;
#  endif
#  if PY_VERSION_HEX >= 0x030B0000
    if (_PyDict_GetItemWithError(dict, key) != Py_False && PyUnicode_Check(key))
        return NULL;
#  endif
    if (_PyDict_DelItem_KnownHash(dict, key, hash) < 0)
        return NULL;
#endif
    return Py_BuildValue("(NN)", found, dict);
}

CASE(dict_next)
{
#if PY_VERSION_HEX < 0x030D0000
    PyObject *made = PyList_New(0), *key, *value, *pair;
    Py_ssize_t position = 0;
    Py_hash_t hash;
    while (_PyDict_Next(ONE(), &position, &key, &value, &hash)) {
        pair = Py_BuildValue("(OOi)", key, value, hash == PyObject_Hash(key));
        PyList_Append(made, pair);
        Py_DECREF(pair);
    }
    return made;
#else
    NOT_HERE;
#endif
}

CASE(ordered_dict)
{
    PyObject *made = PyODict_New(), *key = ARGUMENT(0), *plain = PyDict_New(), *result;
    PyODictObject *cast = (PyODictObject *)made;
    (void)cast;
    if (made == NULL || PyODict_SetItem(made, key, Py_True) < 0
        || PyODict_SetItem(made, Py_None, key) < 0 || PyODict_DelItem(made, key) < 0
        || PyODict_SetItem(made, key, Py_False) < 0)
        return NULL;
    result = Py_BuildValue(
        "(Oiiinnisss)", made, PyODict_Check(made), PyODict_CheckExact(made),
        PyODict_Check(plain), PyODict_SIZE(made), PyODict_Size(made),
        PyODict_Contains(made, key),
        PyODict_GetItem(made, key) == Py_False ? "same" : "other",
        PyODict_GetItemWithError(made, key) == Py_False ? "same" : "other",
        PyODict_GetItemString(made, "missing") == NULL ? "none" : "some");
    if (Py_TYPE(made) != &PyODict_Type)
        return PyUnicode_FromString("another type");
    Py_DECREF(made);
    Py_DECREF(plain);
    return result;
}
