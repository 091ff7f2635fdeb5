/* The interpreter: memory, hashes, time, audit events and running code. */

ABI3BUILD_BEGIN

/* Raw memory: the C library's, as the full API's where nobody traces it. */
ABI3BUILD_HELPER void *abi3build_raw_malloc(size_t size)
{
    return size > (size_t)ABI3BUILD_SSIZE_MAX ? NULL : malloc(size != 0 ? size : 1);
}

ABI3BUILD_HELPER void *abi3build_raw_calloc(size_t count, size_t size)
{
    if (size != 0 && count > (size_t)ABI3BUILD_SSIZE_MAX / size)
        return NULL;
    return count != 0 && size != 0 ? calloc(count, size) : calloc(1, 1);
}

ABI3BUILD_HELPER void *abi3build_raw_realloc(void *memory, size_t size)
{
    return size > (size_t)ABI3BUILD_SSIZE_MAX ? NULL : realloc(memory, size != 0 ? size : 1);
}

ABI3BUILD_HELPER void abi3build_raw_free(void *memory)
{
    free(memory);
}

/* The one limited function whose result only Python's own PyMem_RawFree may free.  In
   parentheses, or C takes the unknown name for a function that is declared elsewhere. */
#if ABI3BUILD_BELOW(0x030D0000)
#  define Py_DecodeLocale(...) \
     (abi3build_error_Py_DecodeLocale_with_compat_needs_min_python_3_13)(__VA_ARGS__)
#endif

ABI3BUILD_HELPER char *abi3build_mem_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = (char *)PyMem_Malloc(size);
    return copy != NULL ? (char *)memcpy(copy, text, size) : NULL;
}

ABI3BUILD_HELPER char *abi3build_raw_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = (char *)malloc(size);
    return copy != NULL ? (char *)memcpy(copy, text, size) : NULL;
}

ABI3BUILD_OWN char *abi3build__PyMem_Strdup(const char *text)
{
    return abi3build_mem_strdup(text);
}

ABI3BUILD_OWN char *abi3build__PyMem_RawStrdup(const char *text)
{
    return abi3build_raw_strdup(text);
}

/* The lowest bits of an address are 0: they move to the top. */
ABI3BUILD_OWN Py_hash_t abi3build__Py_HashPointerRaw(const void *pointer)
{
    size_t bits = (size_t)pointer;
    return (Py_hash_t)((bits >> 4) | (bits << (8 * sizeof bits - 4)));
}

ABI3BUILD_OWN Py_hash_t abi3build__Py_HashPointer(const void *pointer)
{
    Py_hash_t hash = abi3build__Py_HashPointerRaw(pointer);
    return hash == -1 ? -2 : hash;
}

/* Its address may stand in a type's tp_hash. */
ABI3BUILD_HELPER Py_hash_t abi3build_generic_hash(PyObject *object)
{
    return abi3build__Py_HashPointer(object);
}

ABI3BUILD_HELPER Py_hash_t abi3build_hash_and_drop(PyObject *object)
{
    Py_hash_t hash = object != NULL ? PyObject_Hash(object) : -1;
    Py_XDECREF(object);
    return hash;
}

ABI3BUILD_OWN Py_hash_t abi3build__Py_HashBytes(const void *bytes, Py_ssize_t size)
{
    return abi3build_hash_and_drop(PyBytes_FromStringAndSize((const char *)bytes, size));
}

ABI3BUILD_HELPER Py_hash_t abi3build_hash_double(double value)
{
    return abi3build_hash_and_drop(PyFloat_FromDouble(value));
}

ABI3BUILD_HELPER Py_hash_t abi3build_hash_double_of(PyObject *owner, double value)
{
    return isnan(value) ? abi3build__Py_HashPointer(owner) : abi3build_hash_double(value);
}

#if PY_VERSION_HEX >= 0x030A0000
#  define ABI3BUILD_HASH_DOUBLE abi3build_hash_double_of
#else
#  define ABI3BUILD_HASH_DOUBLE abi3build_hash_double
#endif

/* Time in nanoseconds, by the functions of time that give whole ones. */
ABI3BUILD_HELPER int abi3build_clock(const char *function, abi3build_PyTime_t *result)
{
    PyObject *clock = abi3build_from_module("time", function);
    PyObject *now = clock != NULL ? PyObject_CallObject(clock, NULL) : NULL;
    long long value = now != NULL ? PyLong_AsLongLong(now) : -1;
    Py_XDECREF(now);
    Py_XDECREF(clock);
    *result = 0;
    if (value == -1 && PyErr_Occurred())
        return -1;
    *result = (abi3build_PyTime_t)value;
    return 0;
}

ABI3BUILD_OWN int abi3build_PyTime_Time(abi3build_PyTime_t *result)
{
    return abi3build_clock("time_ns", result);
}

ABI3BUILD_OWN int abi3build_PyTime_Monotonic(abi3build_PyTime_t *result)
{
    return abi3build_clock("monotonic_ns", result);
}

ABI3BUILD_OWN int abi3build_PyTime_PerfCounter(abi3build_PyTime_t *result)
{
    return abi3build_clock("perf_counter_ns", result);
}

ABI3BUILD_OWN double abi3build_PyTime_AsSecondsDouble(abi3build_PyTime_t time)
{
    if (time % 1000000000 == 0) /* whole seconds stay exact */
        return (double)(time / 1000000000);
    return (double)time / 1e9;
}

ABI3BUILD_HELPER int abi3build_audit_tuple(const char *event, PyObject *arguments)
{
    PyObject *audit = PySys_GetObject("audit"), *all, *name, *result = NULL;
    Py_ssize_t index, size = arguments != NULL ? PyTuple_Size(arguments) : 0;
    if (audit == NULL) /* the interpreter is not ready, or ends */
        return 0;
    all = PyTuple_New(size + 1);
    name = PyUnicode_FromString(event);
    if (all != NULL && name != NULL) {
        PyTuple_SetItem(all, 0, name);
        name = NULL;
        for (index = 0; index < size; index++) {
            PyObject *argument = PyTuple_GetItem(arguments, index);
            Py_INCREF(argument);
            PyTuple_SetItem(all, index + 1, argument);
        }
        result = PyObject_CallObject(audit, all);
    }
    Py_XDECREF(name);
    Py_XDECREF(all);
    return abi3build_done(result);
}

ABI3BUILD_OWN int abi3build_PySys_AuditTuple(const char *event, PyObject *arguments)
{
    if (arguments != NULL && !PyTuple_Check(arguments)) {
        PyErr_SetString(PyExc_TypeError, "args must be tuple");
        return -1;
    }
    return abi3build_audit_tuple(event, arguments);
}

ABI3BUILD_HELPER int abi3build_audit(const char *event, const char *format, ...)
{
    PyObject *built = NULL, *arguments = NULL;
    va_list values;
    int status = -1;
    va_start(values, format);
    if (format != NULL && *format != '\0')
        built = Py_VaBuildValue(format, values);
    va_end(values);
    if (format == NULL || *format == '\0')
        return abi3build_audit_tuple(event, NULL);
    if (built != NULL)
        arguments = PyTuple_Check(built) ? built : PyTuple_Pack(1, built);
    if (arguments != NULL)
        status = abi3build_audit_tuple(event, arguments);
    if (arguments != built)
        Py_XDECREF(arguments);
    Py_XDECREF(built);
    return status;
}

ABI3BUILD_HELPER PyObject *abi3build_run(const char *source, int start, PyObject *globals,
                                         PyObject *locals)
{
    PyObject *code = Py_CompileString(source, "<string>", start), *result = NULL;
    PyObject *builtins = NULL;
    if (code == NULL)
        return NULL;
    if (abi3build_dict_get_string(globals, "__builtins__", &builtins) == 0
        && PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) < 0)
        builtins = NULL;
    Py_XDECREF(builtins);
    if (!PyErr_Occurred())
        result = PyEval_EvalCode(code, globals, locals);
    Py_DECREF(code);
    return result;
}

ABI3BUILD_OWN PyObject *abi3build_PyRun_String(const char *source, int start,
                                               PyObject *globals, PyObject *locals)
{
    return abi3build_run(source, start, globals, locals);
}

ABI3BUILD_HELPER int abi3build_run_simple(const char *source)
{
    PyObject *main_module = PyImport_AddModule("__main__"), *names, *result = NULL;
    if (main_module == NULL)
        return -1;
    names = PyModule_GetDict(main_module);
    result = abi3build_run(source, Py_file_input, names, names);
    if (result == NULL)
        PyErr_Print();
    return abi3build_done(result);
}

ABI3BUILD_OWN int abi3build_PyRun_SimpleString(const char *source)
{
    return abi3build_run_simple(source);
}

ABI3BUILD_END
