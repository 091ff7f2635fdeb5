/* Dictionaries, ordered ones too, mappings and names as identifiers. */

ABI3BUILD_BEGIN

ABI3BUILD_HELPER int abi3build_must_be_dict(PyObject *dict)
{
    if (dict != NULL && PyDict_Check(dict))
        return 0;
    abi3build_bad_call();
    return -1;
}

/* 1 and a new reference, 0 and NULL where the key is missing, -1 with an exception. */
ABI3BUILD_HELPER int abi3build_dict_get(PyObject *dict, PyObject *key, PyObject **result)
{
    *result = PyDict_GetItemWithError(dict, key);
    Py_XINCREF(*result);
    return *result != NULL ? 1 : PyErr_Occurred() ? -1 : 0;
}

ABI3BUILD_OWN int abi3build_PyDict_GetItemRef(PyObject *dict, PyObject *key,
                                              PyObject **result)
{
    return abi3build_dict_get(dict, key, result);
}

ABI3BUILD_HELPER int abi3build_dict_get_string(PyObject *dict, const char *key,
                                               PyObject **result)
{
    PyObject *text = PyUnicode_FromString(key);
    int status = -1;
    *result = NULL;
    if (text != NULL)
        status = abi3build_dict_get(dict, text, result);
    Py_XDECREF(text);
    return status;
}

ABI3BUILD_OWN int abi3build_PyDict_GetItemStringRef(PyObject *dict, const char *key,
                                                    PyObject **result)
{
    return abi3build_dict_get_string(dict, key, result);
}

ABI3BUILD_HELPER int abi3build_dict_contains_string(PyObject *dict, const char *key)
{
    PyObject *text = PyUnicode_FromString(key);
    int status = text != NULL ? PyDict_Contains(dict, text) : -1;
    Py_XDECREF(text);
    return status;
}

ABI3BUILD_OWN int abi3build_PyDict_ContainsString(PyObject *dict, const char *key)
{
    return abi3build_dict_contains_string(dict, key);
}

/* Borrowed, as PyDict_GetItemWithError's. */
ABI3BUILD_HELPER PyObject *abi3build_dict_borrow_string(PyObject *dict, const char *key)
{
    PyObject *found;
    abi3build_dict_get_string(dict, key, &found);
    Py_XDECREF(found);
    return found;
}

ABI3BUILD_HELPER PyObject *abi3build_set_default(PyObject *dict, PyObject *key,
                                                 PyObject *value)
{
    PyObject *found;
    if (abi3build_must_be_dict(dict) < 0)
        return NULL;
    found = PyDict_GetItemWithError(dict, key);
    if (found != NULL || PyErr_Occurred())
        return found;
    return PyDict_SetItem(dict, key, value) < 0 ? NULL : value;
}

ABI3BUILD_OWN PyObject *abi3build_PyDict_SetDefault(PyObject *dict, PyObject *key,
                                                    PyObject *value)
{
    return abi3build_set_default(dict, key, value);
}

ABI3BUILD_HELPER int abi3build_set_default_ref(PyObject *dict, PyObject *key,
                                               PyObject *value, PyObject **result)
{
    PyObject *found = NULL;
    int status = abi3build_must_be_dict(dict);
    if (status == 0)
        status = abi3build_dict_get(dict, key, &found);
    if (status == 0 && PyDict_SetItem(dict, key, value) < 0)
        status = -1;
    if (status == 0) {
        Py_INCREF(value);
        found = value;
    }
    if (result != NULL)
        *result = found;
    else
        Py_XDECREF(found);
    return status;
}

ABI3BUILD_OWN int abi3build_PyDict_SetDefaultRef(PyObject *dict, PyObject *key,
                                                 PyObject *value, PyObject **result)
{
    return abi3build_set_default_ref(dict, key, value, result);
}

ABI3BUILD_HELPER int abi3build_dict_pop(PyObject *dict, PyObject *key, PyObject **result)
{
    PyObject *found = NULL;
    int status = abi3build_must_be_dict(dict);
    if (status == 0 && PyDict_Size(dict) > 0) /* an empty one does not hash the key */
        status = abi3build_dict_get(dict, key, &found);
    if (status == 1 && PyDict_DelItem(dict, key) < 0) {
        Py_CLEAR(found);
        status = -1;
    }
    if (result != NULL)
        *result = found;
    else
        Py_XDECREF(found);
    return status;
}

ABI3BUILD_OWN int abi3build_PyDict_Pop(PyObject *dict, PyObject *key, PyObject **result)
{
    return abi3build_dict_pop(dict, key, result);
}

ABI3BUILD_OWN int abi3build_PyDict_PopString(PyObject *dict, const char *key,
                                             PyObject **result)
{
    PyObject *text = PyUnicode_FromString(key);
    int status;
    if (text == NULL) {
        if (result != NULL)
            *result = NULL;
        return -1;
    }
    status = abi3build_dict_pop(dict, text, result);
    Py_DECREF(text);
    return status;
}

/* In a tuple, or a key that is a tuple would become the exception's arguments. */
ABI3BUILD_HELPER void abi3build_set_key_error(PyObject *key)
{
    PyObject *arguments = PyTuple_Pack(1, key);
    if (arguments != NULL)
        PyErr_SetObject(PyExc_KeyError, arguments);
    Py_XDECREF(arguments);
}

ABI3BUILD_HELPER PyObject *abi3build_dict_pop_or(PyObject *dict, PyObject *key,
                                                 PyObject *otherwise)
{
    PyObject *found;
    if (abi3build_dict_pop(dict, key, &found) != 0)
        return found;
    if (otherwise == NULL)
        abi3build_set_key_error(key);
    Py_XINCREF(otherwise);
    return otherwise;
}

ABI3BUILD_OWN PyObject *abi3build__PyDict_Pop(PyObject *dict, PyObject *key,
                                              PyObject *otherwise)
{
    return abi3build_dict_pop_or(dict, key, otherwise);
}

ABI3BUILD_OWN int abi3build__PyDict_Next(PyObject *dict, Py_ssize_t *position,
                                         PyObject **key, PyObject **value,
                                         Py_hash_t *hash)
{
    PyObject *found = NULL;
    if (!PyDict_Next(dict, position, &found, value))
        return 0;
    if (key != NULL)
        *key = found;
    if (hash != NULL)
        *hash = PyObject_Hash(found);
    return 1;
}

ABI3BUILD_OWN int abi3build_PyMapping_GetOptionalItem(PyObject *object, PyObject *key,
                                                      PyObject **result)
{
    return abi3build_optional(PyObject_GetItem(object, key), PyExc_KeyError, result);
}

ABI3BUILD_HELPER PyObject *abi3build_item_of_string(PyObject *object, const char *key)
{
    PyObject *text = PyUnicode_FromString(key), *item;
    if (text == NULL)
        return NULL;
    item = PyObject_GetItem(object, text);
    Py_DECREF(text);
    return item;
}

ABI3BUILD_OWN int abi3build_PyMapping_GetOptionalItemString(PyObject *object,
                                                            const char *key,
                                                            PyObject **result)
{
    return abi3build_optional(abi3build_item_of_string(object, key), PyExc_KeyError,
                              result);
}

ABI3BUILD_OWN int abi3build_PyMapping_HasKeyWithError(PyObject *object, PyObject *key)
{
    return abi3build_has(PyObject_GetItem(object, key), PyExc_KeyError);
}

ABI3BUILD_OWN int abi3build_PyMapping_HasKeyStringWithError(PyObject *object,
                                                            const char *key)
{
    return abi3build_has(abi3build_item_of_string(object, key), PyExc_KeyError);
}

/* OrderedDict: one static type for all interpreters, as the full API's. */
ABI3BUILD_HELPER PyTypeObject *abi3build_ordered_type(void)
{
    static PyObject *type = NULL;
    if (type == NULL)
        type = abi3build_from_module("collections", "OrderedDict");
    return (PyTypeObject *)type;
}

ABI3BUILD_OWN PyObject *abi3build_PyODict_New(void)
{
    PyObject *type = (PyObject *)abi3build_ordered_type();
    return type != NULL ? PyObject_CallObject(type, NULL) : NULL;
}

ABI3BUILD_OWN int abi3build_PyODict_SetItem(PyObject *dict, PyObject *key,
                                            PyObject *value)
{
    PyObject *type = (PyObject *)abi3build_ordered_type();
    return type == NULL ? -1 : abi3build_done(PyObject_CallMethod(
        type, "__setitem__", "OOO", dict, key, value));
}

ABI3BUILD_OWN int abi3build_PyODict_DelItem(PyObject *dict, PyObject *key)
{
    PyObject *type = (PyObject *)abi3build_ordered_type();
    return type == NULL ? -1 : abi3build_done(PyObject_CallMethod(
        type, "__delitem__", "OO", dict, key));
}

/* Identifiers: here they hold only their text. */
ABI3BUILD_OWN PyObject *abi3build__PyObject_GetAttrId(PyObject *object,
                                                      abi3build__Py_Identifier *name)
{
    return PyObject_GetAttrString(object, name->string);
}

ABI3BUILD_OWN int abi3build__PyObject_SetAttrId(PyObject *object,
                                                abi3build__Py_Identifier *name,
                                                PyObject *value)
{
    return PyObject_SetAttrString(object, name->string, value);
}

ABI3BUILD_OWN int abi3build__PyObject_LookupAttrId(PyObject *object,
                                                   abi3build__Py_Identifier *name,
                                                   PyObject **result)
{
    return abi3build_optional(PyObject_GetAttrString(object, name->string),
                              PyExc_AttributeError, result);
}

ABI3BUILD_OWN PyObject *abi3build__PyDict_GetItemIdWithError(
    PyObject *dict, abi3build__Py_Identifier *key)
{
    return abi3build_dict_borrow_string(dict, key->string);
}

ABI3BUILD_OWN int abi3build__PyDict_SetItemId(PyObject *dict,
                                              abi3build__Py_Identifier *key,
                                              PyObject *value)
{
    return PyDict_SetItemString(dict, key->string, value);
}

ABI3BUILD_OWN int abi3build__PyDict_DelItemId(PyObject *dict,
                                              abi3build__Py_Identifier *key)
{
    return PyDict_DelItemString(dict, key->string);
}

ABI3BUILD_OWN int abi3build__PyDict_ContainsId(PyObject *dict,
                                               abi3build__Py_Identifier *key)
{
    return abi3build_dict_contains_string(dict, key->string);
}

ABI3BUILD_OWN int abi3build__PyUnicode_EqualToASCIIId(PyObject *text,
                                                      abi3build__Py_Identifier *other)
{
    return PyUnicode_CompareWithASCIIString(text, other->string) == 0;
}

ABI3BUILD_END
