/* Exceptions: the one that is raised, the one that is handled, and warnings. */

ABI3BUILD_BEGIN

ABI3BUILD_HELPER PyObject *abi3build_take_raised(void)
{
    abi3build_raised raised = abi3build_set_aside();
    if (raised.type == NULL)
        return NULL;
    PyErr_NormalizeException(&raised.type, &raised.value, &raised.traceback);
    if (raised.traceback != NULL)
        PyException_SetTraceback(raised.value, raised.traceback);
    Py_XDECREF(raised.type);
    Py_XDECREF(raised.traceback);
    return raised.value;
}

ABI3BUILD_HELPER void abi3build_raise(PyObject *exception)
{
    PyObject *type = exception != NULL ? (PyObject *)Py_TYPE(exception) : NULL;
    Py_XINCREF(type);
    PyErr_Restore(type, exception,
                  exception != NULL ? PyException_GetTraceback(exception) : NULL);
}

ABI3BUILD_OWN PyObject *abi3build_PyErr_GetRaisedException(void)
{
    return abi3build_take_raised();
}

ABI3BUILD_OWN void abi3build_PyErr_SetRaisedException(PyObject *exception)
{
    abi3build_raise(exception);
}

ABI3BUILD_HELPER PyObject *abi3build_handled(void)
{
    PyObject *type, *value, *traceback;
    PyErr_GetExcInfo(&type, &value, &traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    if (value == Py_None)
        Py_CLEAR(value);
    return value;
}

ABI3BUILD_OWN PyObject *abi3build_PyErr_GetHandledException(void)
{
    return abi3build_handled();
}

ABI3BUILD_HELPER void abi3build_set_handled(PyObject *exception)
{
    PyObject *type = NULL, *traceback = NULL;
    if (exception != NULL && exception != Py_None) {
        type = (PyObject *)Py_TYPE(exception);
        Py_INCREF(type);
        traceback = PyException_GetTraceback(exception);
    }
    Py_XINCREF(exception);
    PyErr_SetExcInfo(type, exception, traceback);
}

ABI3BUILD_OWN void abi3build_PyErr_SetHandledException(PyObject *exception)
{
    abi3build_set_handled(exception);
}

ABI3BUILD_OWN void abi3build_PyErr_DisplayException(PyObject *exception)
{
    PyObject *traceback = PyException_GetTraceback(exception);
    PyErr_Display((PyObject *)Py_TYPE(exception), exception, traceback);
    Py_XDECREF(traceback);
}

ABI3BUILD_OWN PyObject *abi3build_PyException_GetArgs(PyObject *exception)
{
    return PyObject_GetAttrString(exception, "args");
}

ABI3BUILD_OWN void abi3build_PyException_SetArgs(PyObject *exception, PyObject *arguments)
{
    if (PyObject_SetAttrString(exception, "args", arguments) < 0)
        PyErr_WriteUnraisable(exception);
}

/* What was raised first becomes the context of what is raised now. */
ABI3BUILD_HELPER void abi3build_chain(PyObject *first)
{
    PyObject *second;
    if (first == NULL)
        return;
    second = abi3build_take_raised();
    if (second == NULL) {
        abi3build_raise(first);
        return;
    }
    PyException_SetContext(second, first);
    abi3build_raise(second);
}

ABI3BUILD_HELPER void abi3build_chain_triple(PyObject *type, PyObject *value,
                                             PyObject *traceback)
{
    abi3build_raised now;
    if (type == NULL)
        return;
    now = abi3build_set_aside();
    PyErr_Restore(type, value, traceback);
    value = abi3build_take_raised();
    PyErr_Restore(now.type, now.value, now.traceback);
    abi3build_chain(value);
}

ABI3BUILD_OWN void abi3build__PyErr_ChainExceptions(PyObject *type, PyObject *value,
                                                    PyObject *traceback)
{
    abi3build_chain_triple(type, value, traceback);
}

ABI3BUILD_OWN void abi3build__PyErr_ChainExceptions1(PyObject *exception)
{
    abi3build_chain(exception);
}

ABI3BUILD_HELPER PyObject *abi3build_format_from_cause(PyObject *type, const char *format,
                                                       ...)
{
    PyObject *cause = abi3build_take_raised(), *message, *exception;
    va_list arguments;
    va_start(arguments, format);
    message = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    if (message != NULL)
        PyErr_SetObject(type, message);
    Py_XDECREF(message);
    exception = abi3build_take_raised();
    if (exception != NULL && cause != NULL) {
        Py_INCREF(cause);
        PyException_SetCause(exception, cause);
        PyException_SetContext(exception, cause);
        cause = NULL;
    }
    Py_XDECREF(cause);
    abi3build_raise(exception);
    return NULL;
}

ABI3BUILD_OWN void abi3build__PyErr_SetKeyError(PyObject *key)
{
    abi3build_set_key_error(key);
}

/* None for the module would mean that Python ends, and no warning. */
ABI3BUILD_HELPER int abi3build_warn_explicit(PyObject *category, PyObject *message,
                                             PyObject *file, int line, PyObject *module,
                                             PyObject *registry)
{
    PyObject *warn = abi3build_from_module("warnings", "warn_explicit"), *result = NULL;
    PyObject *arguments = Py_BuildValue(
        "(OOOi)", message, category ? category : PyExc_RuntimeWarning, file, line);
    PyObject *keywords = PyDict_New();
    if (warn != NULL && arguments != NULL && keywords != NULL
        && (module == NULL || PyDict_SetItemString(keywords, "module", module) == 0)
        && (registry == NULL
            || PyDict_SetItemString(keywords, "registry", registry) == 0))
        result = PyObject_Call(warn, arguments, keywords);
    Py_XDECREF(keywords);
    Py_XDECREF(arguments);
    Py_XDECREF(warn);
    return abi3build_done(result);
}

ABI3BUILD_OWN int abi3build_PyErr_WarnExplicitObject(PyObject *category,
                                                     PyObject *message, PyObject *file,
                                                     int line, PyObject *module,
                                                     PyObject *registry)
{
    return abi3build_warn_explicit(category, message, file, line, module, registry);
}

ABI3BUILD_END
