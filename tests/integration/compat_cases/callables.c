/* Methods, functions, cells, code, generators, frames and context variables. */

CASE(method)
{
    PyObject *function = ARGUMENT(0), *self = ARGUMENT(1), *made;
    PyObject *method = PyMethod_New(function, self);
    PyMethodObject *cast = (PyMethodObject *)method;
    if (method == NULL)
        return NULL;
    made = Py_BuildValue("(iiiiiii)", PyMethod_Check(method), PyMethod_Check(function),
                         PyMethod_GET_FUNCTION(cast) == function,
                         PyMethod_GET_SELF(cast) == self,
                         PyMethod_Function(method) == function,
                         PyMethod_Self(method) == self, Py_TYPE(method) == &PyMethod_Type);
    Py_DECREF(method);
    return made;
}

CASE(method_misuse)
{
    PyObject *no_self = PyMethod_New(ONE(), NULL);
    if (no_self != NULL || !PyErr_ExceptionMatches(PyExc_SystemError))
        return PyUnicode_FromString("not refused");
    PyErr_Clear();
    return kept(PyMethod_Function(ONE()));
}

CASE(function)
{
    PyObject *function = ONE(), *code = PyFunction_GetCode(function), *made, *again;
    PyFunctionObject *cast = (PyFunctionObject *)function;
    if (code == NULL)
        return NULL;
    again = PyFunction_New(code, PyFunction_GetGlobals(function));
    made = Py_BuildValue(
        "(NNNNNiiii)", kept(PyFunction_GetModule(function)),
        kept(PyFunction_GetDefaults(function)), kept(PyFunction_GetKwDefaults(function)),
        kept(PyFunction_GetClosure(function)), PyObject_GetAttrString(again, "__name__"),
        PyFunction_Check(again), PyFunction_Check(code),
        PyFunction_GET_CODE(cast) == code && PyCode_Check(code) && !PyCode_Check(again)
            && Py_TYPE(code) == &PyCode_Type,
        Py_TYPE(function) == &PyFunction_Type);
    Py_DECREF(again);
    return made;
}

CASE(function_macros)
{
    PyObject *function = ONE();
    return Py_BuildValue(
        "(iNNNN)", PyFunction_GET_GLOBALS(function) == PyFunction_GetGlobals(function),
        kept(PyFunction_GET_MODULE(function)), kept(PyFunction_GET_DEFAULTS(function)),
        kept(PyFunction_GET_KW_DEFAULTS(function)),
        kept(PyFunction_GET_CLOSURE(function)));
}

CASE(function_set)
{
    PyObject *function = ARGUMENT(0);
    if (PyFunction_SetDefaults(function, ARGUMENT(1)) < 0
        || PyFunction_SetKwDefaults(function, ARGUMENT(2)) < 0
        || PyFunction_SetAnnotations(function, ARGUMENT(2)) < 0)
        return NULL;
    return Py_BuildValue("(NNN)", kept(PyFunction_GetDefaults(function)),
                         kept(PyFunction_GetKwDefaults(function)),
                         PyObject_GetAttrString(function, "__annotations__"));
}

CASE(wrapped_methods)
{
    PyObject *first = PyClassMethod_New(ONE()), *second = PyStaticMethod_New(ONE());
    PyObject *made = Py_BuildValue("(NNii)", PyObject_GetAttrString(first, "__func__"),
                                   PyObject_GetAttrString(second, "__func__"),
                                   Py_TYPE(first) == &PyClassMethod_Type,
                                   Py_TYPE(second) == &PyStaticMethod_Type);
    Py_DECREF(first);
    Py_DECREF(second);
    return made;
}

CASE(cell)
{
    PyObject *empty = PyCell_New(NULL), *cell = PyCell_New(ONE()), *made, *first;
    PyCellObject *cast = (PyCellObject *)cell;
    first = PyCell_Get(cell);
    if (PyCell_Set(cell, Py_None) < 0)
        return NULL;
    made = Py_BuildValue("(NNNiii)", first, or_word(PyCell_Get(empty), "NULL"),
                         kept(PyCell_GET(cast)), PyCell_Check(cell), PyCell_Check(args),
                         Py_TYPE(cell) == &PyCell_Type);
    Py_DECREF(empty);
    Py_DECREF(cell);
    return made;
}

CASE(cell_misuse)
{
    return kept(PyCell_Get(ONE()));
}

CASE(code)
{
    PyCodeObject *code = (PyCodeObject *)ONE();
#if PY_VERSION_HEX >= 0x030B0000
    PyObject *made = Py_BuildValue("(NNN)", PyCode_GetVarnames(code),
                                   PyCode_GetCellvars(code), PyCode_GetFreevars(code));
    PyObject *bytes = PyCode_GetCode(code);
    made = Py_BuildValue("(Nii)", made, PyBytes_Check(bytes), (int)PyCode_GetNumFree(code));
    Py_DECREF(bytes);
    return made;
#else
    return PyLong_FromSsize_t(PyCode_GetNumFree(code));
#endif
}

CASE(generators)
{
    PyObject *generator = ARGUMENT(0), *coroutine = ARGUMENT(1), *asynchronous = ARGUMENT(2);
    PyGenObject *cast = (PyGenObject *)generator;
    PyObject *code = NULL;
    (void)cast;
#if PY_VERSION_HEX >= 0x030C0000
    code = (PyObject *)PyGen_GetCode(cast);
#endif
    return Py_BuildValue(
        "(iiiiiiiiiiN)", PyGen_Check(generator), PyGen_CheckExact(generator),
        PyGen_CheckExact(coroutine), PyCoro_CheckExact(coroutine),
        PyCoro_CheckExact(generator), PyAsyncGen_CheckExact(asynchronous),
        PyAsyncGen_CheckExact(coroutine), Py_TYPE(generator) == &PyGen_Type,
        Py_TYPE(coroutine) == &PyCoro_Type, Py_TYPE(asynchronous) == &PyAsyncGen_Type,
        or_word(code, "NULL"));
}

CASE(code_flags)
{
    return Py_BuildValue("(iiiiiiiii)", CO_OPTIMIZED, CO_NEWLOCALS, CO_VARARGS,
                         CO_VARKEYWORDS, CO_NESTED, CO_GENERATOR, CO_COROUTINE,
                         CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR);
}

CASE(frame)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyFrameObject *frame = (PyFrameObject *)ARGUMENT(0), *back = PyFrame_GetBack(frame);
    PyObject *names = PyFrame_GetLocals(frame), *globals = PyFrame_GetGlobals(frame);
    PyObject *builtins = PyFrame_GetBuiltins(frame), *variable = Py_None;
    PyObject *made = Py_BuildValue(
        "(NiiiiiO)", PyMapping_GetItemString(names, "local"),
        PyDict_GetItemString(globals, "__name__") != NULL,
        PyDict_GetItemString(builtins, "len") != NULL, PyFrame_GetLasti(frame) >= 0,
        PyFrame_Check((PyObject *)frame) && !PyFrame_Check(args),
        Py_TYPE((PyObject *)frame) == &PyFrame_Type,
        back ? (PyObject *)Py_TYPE((PyObject *)back) : variable);
    Py_DECREF(names);
    Py_DECREF(globals);
    Py_DECREF(builtins);
    Py_XDECREF((PyObject *)back);
    return made;
#else
    NOT_HERE;
#endif
}

CASE(frame_variable)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyFrameObject *frame = (PyFrameObject *)ARGUMENT(0);
    PyObject *first = PyFrame_GetVarString(frame, "local"), *second;
    if (first == NULL)
        return NULL;
    second = PyFrame_GetVar(frame, ARGUMENT(1));
    if (second == NULL) {
        Py_DECREF(first);
        return NULL;
    }
    return Py_BuildValue("(NN)", first, second);
#else
    NOT_HERE;
#endif
}

CASE(context)
{
    PyObject *first = PyContext_New(), *second = PyContext_CopyCurrent(), *third, *made;
    third = PyContext_Copy(first);
    if (third == NULL)
        return NULL;
    made = Py_BuildValue("(niiii)", PyObject_Size(third), PyContext_CheckExact(first),
                         PyContext_CheckExact(second), PyContext_CheckExact(ONE()),
                         Py_TYPE(third) == &PyContext_Type);
    Py_DECREF(first);
    Py_DECREF(second);
    Py_DECREF(third);
    return made;
}

CASE(context_variable)
{
    PyObject *plain = PyContextVar_New("plain", NULL), *value = NULL, *again = NULL, *made;
    PyObject *token, *with_default = PyContextVar_New("other", ARGUMENT(0));
    PyObject *before = NULL, *fallback = NULL;
    if (PyContextVar_Get(plain, NULL, &before) < 0
        || PyContextVar_Get(plain, ARGUMENT(1), &fallback) < 0
        || PyContextVar_Get(with_default, NULL, &again) < 0)
        return NULL;
    token = PyContextVar_Set(plain, ARGUMENT(1));
    if (token == NULL || PyContextVar_Get(plain, NULL, &value) < 0)
        return NULL;
    made = Py_BuildValue("(NNNNiiiii)", or_word(before, "NULL"), fallback, again, value,
                         PyContextVar_CheckExact(plain), PyContextVar_CheckExact(token),
                         PyContextToken_CheckExact(token),
                         Py_TYPE(plain) == &PyContextVar_Type,
                         Py_TYPE(token) == &PyContextToken_Type);
    if (PyContextVar_Reset(plain, token) < 0)
        return NULL;
    Py_DECREF(token);
    Py_DECREF(plain);
    Py_DECREF(with_default);
    return made;
}

CASE(context_misuse)
{
    PyObject *value;
    if (PyContextVar_Get(ONE(), NULL, &value) < 0)
        return NULL;
    return Py_BuildValue("");
}
