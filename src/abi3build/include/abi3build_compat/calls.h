/* References, calls, attributes and other things that every object has. */

/* The headers of 3.15 no longer show it; the stable ABI keeps it. */
#if ABI3BUILD_BELOW(0x030D0000) && PY_VERSION_HEX >= 0x030F0000
#  if defined(__cplusplus)
extern "C" {
#  endif
PyAPI_FUNC(PyObject *) PyWeakref_GetObject(PyObject *);
#  if defined(__cplusplus)
}
#  endif
#endif

ABI3BUILD_BEGIN

ABI3BUILD_OWN PyObject *abi3build_Py_NewRef(PyObject *object)
{
    Py_INCREF(object);
    return object;
}

ABI3BUILD_OWN PyObject *abi3build_Py_XNewRef(PyObject *object)
{
    Py_XINCREF(object);
    return object;
}

#define ABI3BUILD_SETREF(place, value, release)            \
    do {                                                   \
        PyObject *abi3build_before = (PyObject *)(place);  \
        (place) = (value);                                 \
        release(abi3build_before);                         \
    } while (0)

ABI3BUILD_OWN PyObject *abi3build_PyObject_CallNoArgs(PyObject *callable)
{
    return PyObject_CallObject(callable, NULL);
}

ABI3BUILD_OWN PyObject *abi3build_PyObject_CallOneArg(PyObject *callable,
                                                      PyObject *argument)
{
    return PyObject_CallFunctionObjArgs(callable, argument, NULL);
}

ABI3BUILD_OWN PyObject *abi3build_PyObject_CallMethodNoArgs(PyObject *object,
                                                            PyObject *name)
{
    return PyObject_CallMethodObjArgs(object, name, NULL);
}

ABI3BUILD_OWN PyObject *abi3build_PyObject_CallMethodOneArg(PyObject *object,
                                                            PyObject *name,
                                                            PyObject *argument)
{
    return PyObject_CallMethodObjArgs(object, name, argument, NULL);
}

#define ABI3BUILD_ARGUMENTS_OFFSET ((size_t)1 << (8 * sizeof(size_t) - 1))
#define ABI3BUILD_NARGS(nargsf) ((Py_ssize_t)((nargsf) & ~ABI3BUILD_ARGUMENTS_OFFSET))

ABI3BUILD_HELPER PyObject *abi3build_tuple_of(PyObject *const *items, Py_ssize_t size)
{
    PyObject *tuple = PyTuple_New(size);
    Py_ssize_t index;
    for (index = 0; tuple != NULL && index < size; index++) {
        Py_INCREF(items[index]);
        PyTuple_SetItem(tuple, index, items[index]);
    }
    return tuple;
}

ABI3BUILD_HELPER PyObject *abi3build_call_with_dict(PyObject *callable,
                                                    PyObject *const *arguments,
                                                    size_t nargsf, PyObject *keywords)
{
    PyObject *positional = abi3build_tuple_of(arguments, ABI3BUILD_NARGS(nargsf)), *result;
    if (positional == NULL)
        return NULL;
    result = PyObject_Call(callable, positional, keywords);
    Py_DECREF(positional);
    return result;
}

ABI3BUILD_HELPER PyObject *abi3build_vectorcall(PyObject *callable,
                                                PyObject *const *arguments,
                                                size_t nargsf, PyObject *names)
{
    Py_ssize_t positional = ABI3BUILD_NARGS(nargsf), index;
    Py_ssize_t size = names != NULL ? PyTuple_Size(names) : 0;
    PyObject *keywords = NULL, *result = NULL;
    if (size > 0 && (keywords = PyDict_New()) == NULL)
        return NULL;
    for (index = 0; index < size; index++) {
        PyObject *name = PyTuple_GetItem(names, index);
        if (PyDict_SetItem(keywords, name, arguments[positional + index]) < 0)
            break;
    }
    if (index == size)
        result = abi3build_call_with_dict(callable, arguments, nargsf, keywords);
    Py_XDECREF(keywords);
    return result;
}

ABI3BUILD_OWN PyObject *abi3build_PyObject_Vectorcall(PyObject *callable,
                                                      PyObject *const *arguments,
                                                      size_t nargsf, PyObject *names)
{
    return abi3build_vectorcall(callable, arguments, nargsf, names);
}

ABI3BUILD_OWN PyObject *abi3build_PyObject_VectorcallDict(PyObject *callable,
                                                          PyObject *const *arguments,
                                                          size_t nargsf,
                                                          PyObject *keywords)
{
    return abi3build_call_with_dict(callable, arguments, nargsf, keywords);
}

ABI3BUILD_HELPER PyObject *abi3build_vectorcall_method(PyObject *name,
                                                       PyObject *const *arguments,
                                                       size_t nargsf, PyObject *names)
{
    PyObject *method = PyObject_GetAttr(arguments[0], name), *result;
    if (method == NULL)
        return NULL;
    result = abi3build_vectorcall(method, arguments + 1,
                                  (size_t)(ABI3BUILD_NARGS(nargsf) - 1), names);
    Py_DECREF(method);
    return result;
}

ABI3BUILD_OWN PyObject *abi3build_PyObject_VectorcallMethod(PyObject *name,
                                                            PyObject *const *arguments,
                                                            size_t nargsf,
                                                            PyObject *names)
{
    return abi3build_vectorcall_method(name, arguments, nargsf, names);
}

ABI3BUILD_OWN PyObject *abi3build__PyObject_FastCall(PyObject *callable,
                                                     PyObject *const *arguments,
                                                     Py_ssize_t size)
{
    return abi3build_call_with_dict(callable, arguments, (size_t)size, NULL);
}

/* 1 with a new reference, 0 and NULL where there is none, -1 with an exception. */
ABI3BUILD_HELPER int abi3build_optional(PyObject *found, PyObject *missing,
                                        PyObject **result)
{
    *result = found;
    if (found != NULL)
        return 1;
    if (!PyErr_ExceptionMatches(missing))
        return -1;
    PyErr_Clear();
    return 0;
}

ABI3BUILD_OWN int abi3build_PyObject_GetOptionalAttr(PyObject *object, PyObject *name,
                                                     PyObject **result)
{
    return abi3build_optional(PyObject_GetAttr(object, name), PyExc_AttributeError,
                              result);
}

ABI3BUILD_OWN int abi3build_PyObject_GetOptionalAttrString(PyObject *object,
                                                           const char *name,
                                                           PyObject **result)
{
    return abi3build_optional(PyObject_GetAttrString(object, name), PyExc_AttributeError,
                              result);
}

ABI3BUILD_HELPER int abi3build_has(PyObject *found, PyObject *missing)
{
    PyObject *result;
    int has = abi3build_optional(found, missing, &result);
    Py_XDECREF(result);
    return has;
}

ABI3BUILD_OWN int abi3build_PyObject_HasAttrWithError(PyObject *object, PyObject *name)
{
    return abi3build_has(PyObject_GetAttr(object, name), PyExc_AttributeError);
}

ABI3BUILD_OWN int abi3build_PyObject_HasAttrStringWithError(PyObject *object,
                                                            const char *name)
{
    return abi3build_has(PyObject_GetAttrString(object, name), PyExc_AttributeError);
}

ABI3BUILD_HELPER Py_ssize_t abi3build_length_hint(PyObject *object, Py_ssize_t otherwise)
{
    PyObject *function = abi3build_from_module("operator", "length_hint"), *hint = NULL;
    Py_ssize_t length = -1;
    if (function != NULL)
        hint = PyObject_CallFunction(function, "On", object, otherwise);
    if (hint != NULL)
        length = PyLong_AsSsize_t(hint);
    Py_XDECREF(hint);
    Py_XDECREF(function);
    return length;
}

ABI3BUILD_OWN Py_ssize_t abi3build_PyObject_LengthHint(PyObject *object,
                                                       Py_ssize_t otherwise)
{
    return abi3build_length_hint(object, otherwise);
}

ABI3BUILD_HELPER int abi3build_print(PyObject *object, FILE *file, int flags)
{
    PyObject *text, *bytes = NULL;
    int status = -1;
    if (PyErr_CheckSignals() < 0)
        return -1;
    text = flags & Py_PRINT_RAW ? PyObject_Str(object) : PyObject_Repr(object);
    if (text != NULL)
        bytes = PyUnicode_AsEncodedString(
            text, "utf-8", PY_VERSION_HEX < 0x030C0000 ? "backslashreplace" : NULL);
    if (bytes != NULL) {
        clearerr(file);
        fwrite(PyBytes_AsString(bytes), 1, (size_t)PyBytes_Size(bytes), file);
        status = ferror(file) ? -1 : 0;
        if (status < 0) {
            PyErr_SetFromErrno(PyExc_OSError);
            clearerr(file);
        }
    }
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    return status;
}

ABI3BUILD_OWN int abi3build_PyObject_Print(PyObject *object, FILE *file, int flags)
{
    return object == NULL ? (fputs("<nil>", file), 0)
                          : abi3build_print(object, file, flags);
}

/* Only the type of types says it object by object: a static type is not collected. */
ABI3BUILD_HELPER int abi3build_is_gc(PyObject *object)
{
    if (!(PyType_GetFlags(Py_TYPE(object)) & Py_TPFLAGS_HAVE_GC))
        return 0;
    return !PyType_Check(object)
           || (PyType_GetFlags((PyTypeObject *)object) & Py_TPFLAGS_HEAPTYPE) != 0;
}

/* A view is refused with TypeError exactly where a type has no buffers. */
ABI3BUILD_HELPER int abi3build_has_buffer(PyObject *object)
{
    abi3build_raised raised = abi3build_set_aside();
    PyObject *view = PyMemoryView_FromObject(object);
    int has = view != NULL || !PyErr_ExceptionMatches(PyExc_TypeError);
    Py_XDECREF(view);
    abi3build_put_back(raised);
    return has;
}

ABI3BUILD_OWN int abi3build_PyObject_CheckBuffer(PyObject *object)
{
    return abi3build_has_buffer(object);
}

/* 1 with a new reference, 0 where the object is gone, -1 with an exception. */
#if ABI3BUILD_BELOW(0x030D0000)
ABI3BUILD_HELPER int abi3build_weak_get(PyObject *reference, PyObject **object)
{
    *object = NULL;
    if (reference == NULL || !PyWeakref_Check(reference)) {
        PyErr_SetString(PyExc_TypeError, "expected a weakref");
        return -1;
    }
    *object = PyWeakref_GetObject(reference);
    if (*object == NULL || *object == Py_None) {
        *object = NULL;
        return 0;
    }
    Py_INCREF(*object);
    return 1;
}

ABI3BUILD_OWN int abi3build_PyWeakref_GetRef(PyObject *reference, PyObject **object)
{
    return abi3build_weak_get(reference, object);
}
#endif

/* Held for good, as the full API's: all of them are alive as long as Python is. */
ABI3BUILD_HELPER PyObject *abi3build_constant(unsigned int number)
{
    PyObject *constants[] = {Py_None, Py_False, Py_True, Py_Ellipsis, Py_NotImplemented};
    if (number < 5) {
        Py_INCREF(constants[number]);
        return constants[number];
    }
    switch (number) {
    case 5: return PyLong_FromLong(0);
    case 6: return PyLong_FromLong(1);
    case 7: return PyUnicode_FromString("");
    case 8: return PyBytes_FromStringAndSize(NULL, 0);
    case 9: return PyTuple_New(0);
    default: abi3build_bad_call(); return NULL;
    }
}

ABI3BUILD_HELPER PyObject *abi3build_constant_borrowed(unsigned int number)
{
    PyObject *constant = abi3build_constant(number);
    Py_XDECREF(constant); /* Python itself holds each of them */
    return constant;
}

ABI3BUILD_OWN int abi3build_PyIter_NextItem(PyObject *iterator, PyObject **item)
{
    if (!PyIter_Check(iterator)) {
        abi3build_wrong_type("expected an iterator, got '%U'", iterator);
        *item = NULL;
        return -1;
    }
    *item = PyIter_Next(iterator);
    return *item != NULL ? 1 : PyErr_Occurred() ? -1 : 0;
}

ABI3BUILD_END
