/* Exceptions, warnings, memory, running code, time and audit events. */

CASE(raised)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *first, *second;
    PyErr_SetObject(PyExc_ValueError, ONE());
    first = PyErr_GetRaisedException();
    PyErr_SetRaisedException(first);
    first = PyErr_GetRaisedException();
    second = PyErr_GetRaisedException();
    return Py_BuildValue("(NNN)", or_word(second, "NULL"), PyException_GetArgs(first),
                         first);
#else
    NOT_HERE;
#endif
}

CASE(raised_again)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *arguments = PyTuple_Pack(2, Py_None, Py_True);
    PyException_SetArgs(ONE(), arguments);
    Py_DECREF(arguments);
    Py_INCREF(ONE());
    PyErr_SetRaisedException(ONE());
    return NULL;
#else
    NOT_HERE;
#endif
}

CASE(handled)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyObject *before = PyErr_GetHandledException(), *now;
    PyErr_SetHandledException(ONE());
    now = PyErr_GetHandledException();
    PyErr_SetHandledException(before);
    return Py_BuildValue("(NN)", or_word(before, "NULL"), or_word(now, "NULL"));
#else
    NOT_HERE;
#endif
}

CASE(display)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyBaseExceptionObject *cast = (PyBaseExceptionObject *)ONE();
    PyErr_DisplayException((PyObject *)cast);
    return Py_BuildValue("");
#else
    NOT_HERE;
#endif
}

CASE(chained)
{
    PyErr_SetString(PyExc_KeyError, "first");
#if PY_VERSION_HEX < 0x030D0000
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyObject_IsTrue(ONE()))
        PyErr_SetString(PyExc_ValueError, "second");
    _PyErr_ChainExceptions(type, value, traceback);
#else
    PyObject *first = PyErr_GetRaisedException();
    if (PyObject_IsTrue(ONE()))
        PyErr_SetString(PyExc_ValueError, "second");
    _PyErr_ChainExceptions1(first);
#endif
    return NULL;
}

CASE(from_cause)
{
#if PY_VERSION_HEX < 0x030D0000
    PyErr_SetString(PyExc_KeyError, "first");
    return _PyErr_FormatFromCause(PyExc_ValueError, "%s number %d", "second", 2);
#else
    NOT_HERE;
#endif
}

CASE(key_error)
{
#if PY_VERSION_HEX < 0x030D0000
    _PyErr_SetKeyError(ONE());
    return NULL;
#else
    NOT_HERE;
#endif
}

CASE(warnings)
{
    if (PyErr_Warn(PyExc_UserWarning, "said plainly") < 0)
        return NULL;
    return status(PyErr_WarnExplicitObject(PyExc_UserWarning, ARGUMENT(0), ARGUMENT(1), 7,
                                           NULL, NULL));
}

CASE(raw_memory)
{
    void (*release)(void *) = PyMem_RawFree;
    char *first = (char *)PyMem_RawMalloc(0), *second = (char *)PyMem_RawCalloc(3, 2);
    char sum = 0;
    int index;
    for (index = 0; index < 6; index++)
        sum |= second[index];
    second = (char *)PyMem_RawRealloc(second, 100);
    sum |= second[3];
    release(first);
    PyMem_RawFree(second);
    PyMem_RawFree(NULL);
    return Py_BuildValue("(iii)", first != NULL, (int)sum,
                         PyMem_RawMalloc((size_t)PY_SSIZE_T_MAX + 1) == NULL);
}

CASE(copied_text)
{
#if PY_VERSION_HEX < 0x030D0000
    char *first = _PyMem_Strdup("first"), *second = _PyMem_RawStrdup("second");
    PyObject *made = Py_BuildValue("(ss)", first, second);
    PyMem_Free(first);
    PyMem_RawFree(second);
    return made;
#else
    NOT_HERE;
#endif
}

CASE(run)
{
    PyObject *names = PyDict_New(), *result;
    result = PyRun_String(PyBytes_AsString(ARGUMENT(0)), Py_eval_input, names, names);
    Py_DECREF(names);
    return result;
}

CASE(run_simple)
{
    return PyLong_FromLong(PyRun_SimpleString(PyBytes_AsString(ONE())));
}

CASE(interpreter)
{
#if PY_VERSION_HEX >= 0x030D0000
    int finalizing = Py_IsFinalizing();
    int same = 1;
#else
    int finalizing = _Py_IsFinalizing();
    int same = _PyInterpreterState_Get() == PyInterpreterState_Get();
#endif
    return Py_BuildValue("(iii)", finalizing, same,
                         PYTHREAD_INVALID_THREAD_ID == (unsigned long)-1);
}

CASE(audit)
{
    int first = PySys_Audit("compat.first", NULL), second = 0, third = 0;
    if (first == 0)
        second = PySys_Audit("compat.second", "O", ONE());
    if (second == 0)
        third = PySys_Audit("compat.third", "si", "text", 3);
#if PY_VERSION_HEX >= 0x030D0000
    if (third == 0)
        third = PySys_AuditTuple("compat.fourth", args);
    if (third == 0)
        third = PySys_AuditTuple("compat.fifth", NULL);
#endif
    return PyErr_Occurred() ? NULL : Py_BuildValue("(iii)", first, second, third);
}

CASE(clocks)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyTime_t first, second, third, fourth, lowest = PyTime_MIN, highest = PyTime_MAX;
    if (PyTime_Time(&first) < 0 || PyTime_Monotonic(&second) < 0
        || PyTime_PerfCounter(&third) < 0 || PyTime_Monotonic(&fourth) < 0)
        return NULL;
    return Py_BuildValue("(iiiddi)", first > 1700000000LL * 1000000000, fourth >= second,
                         third > 0, PyTime_AsSecondsDouble(2500000000LL),
                         PyTime_AsSecondsDouble(-3), lowest < highest);
#else
    NOT_HERE;
#endif
}

CASE(critical_section)
{
#if PY_VERSION_HEX >= 0x030D0000 && PY_VERSION_HEX < 0x030F0000
    long sum = 0;
    Py_BEGIN_CRITICAL_SECTION(ONE());
    sum += 1;
    Py_END_CRITICAL_SECTION();
    Py_BEGIN_CRITICAL_SECTION2(ONE(), args);
    sum += 2;
    Py_END_CRITICAL_SECTION2();
    return PyLong_FromLong(sum);
#else
    NOT_HERE;
#endif
}

/* From headers that the full API includes and the limit does not. */
CASE(standard_headers)
{
    char text[8];
    errno = 0;
    snprintf(text, sizeof text, "%c%d", toupper('a'), (int)strlen("abc"));
    return Py_BuildValue("(sii)", text, abs(-4), getpid() > 0);
}

/* Slots' values, where no module of this file can show all of them. */
CASE(slot_constants)
{
    static PyModuleDef_Slot all[] = {
#if PY_VERSION_HEX >= 0x030C0000
        {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
        {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
        {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
        {0, NULL},
    };
    return PyLong_FromSsize_t((Py_ssize_t)(sizeof all / sizeof all[0]));
}

CASE(viewed)
{
    return kept(PyMemoryView_GET_BASE(ONE()));
}

#if !defined(Py_LIMITED_API) || Py_LIMITED_API >= 0x030A0000
typedef struct {
    PyObject_HEAD
    PyObject *inner;
} Nested;

static long nested_gone;

static void nested_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, nested_dealloc)
    Py_XDECREF(((Nested *)self)->inner);
    PyObject_GC_Del(self);
    Py_DECREF(type);
    nested_gone++;
    Py_TRASHCAN_END
}

static int nested_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Nested *)self)->inner);
    return 0;
}
#endif

/* Without a trash can so many deallocations, one in the other, are a crash. */
CASE(nested)
{
#if defined(Py_LIMITED_API) && Py_LIMITED_API < 0x030A0000
    NOT_HERE;
#else
    static PyType_Slot slots[] = {
        {Py_tp_dealloc, (void *)nested_dealloc},
        {Py_tp_traverse, (void *)nested_traverse},
        {0, NULL},
    };
    static PyType_Spec spec = {"compat_cases.Nested", sizeof(Nested), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};
    PyObject *type = PyType_FromSpec(&spec), *outer = NULL;
    long count = PyLong_AsLong(ONE());
    for (nested_gone = 0; count > 0 && type != NULL; count--) {
        Nested *made = PyObject_GC_New(Nested, (PyTypeObject *)type);
        if (made == NULL)
            break;
        made->inner = outer;
        outer = (PyObject *)made;
        PyObject_GC_Track(outer);
    }
    Py_XDECREF(outer);
    Py_XDECREF(type);
    return PyLong_FromLong(nested_gone);
#endif
}

CASE(view)
{
#if defined(Py_LIMITED_API) && Py_LIMITED_API < 0x030B0000
    NOT_HERE;
#else
    PyObject *view = ONE(), *base = PyMemoryView_GET_BASE(view);
    Py_buffer *buffer = PyMemoryView_GET_BUFFER(view), *again;
    if (buffer == NULL)
        return NULL;
    again = PyMemoryView_GET_BUFFER(view);
    if (buffer->buf != again->buf || buffer->obj != base)
        return PyUnicode_FromString("another buffer");
    return Py_BuildValue("(y#ninnis)", buffer->buf, buffer->len, buffer->itemsize,
                         buffer->readonly, buffer->shape[0], buffer->strides[0],
                         buffer->ndim, buffer->format);
#endif
}
