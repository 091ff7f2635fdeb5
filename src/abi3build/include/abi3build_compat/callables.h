/* Methods, functions, cells, code, generators, frames and context variables: types that
   the stable ABI does not export, but that Python names.

   All of them are static types, one for all interpreters, so a pointer may be kept. */

ABI3BUILD_BEGIN

#define ABI3BUILD_TYPE_FROM(name, module, attribute)                      \
    ABI3BUILD_HELPER PyTypeObject *abi3build_##name(void)                 \
    {                                                                     \
        static PyObject *type = NULL;                                     \
        if (type == NULL)                                                 \
            type = abi3build_from_module(module, attribute);              \
        return (PyTypeObject *)type;                                      \
    }

ABI3BUILD_TYPE_FROM(async_gen_type, "types", "AsyncGeneratorType")
ABI3BUILD_TYPE_FROM(cell_type, "types", "CellType")
ABI3BUILD_TYPE_FROM(class_method_type, "builtins", "classmethod")
ABI3BUILD_TYPE_FROM(code_type, "types", "CodeType")
ABI3BUILD_TYPE_FROM(context_type, "contextvars", "Context")
ABI3BUILD_TYPE_FROM(context_token_type, "contextvars", "Token")
ABI3BUILD_TYPE_FROM(context_var_type, "contextvars", "ContextVar")
ABI3BUILD_TYPE_FROM(coroutine_type, "types", "CoroutineType")
ABI3BUILD_TYPE_FROM(frame_type, "types", "FrameType")
ABI3BUILD_TYPE_FROM(function_type, "types", "FunctionType")
ABI3BUILD_TYPE_FROM(generator_type, "types", "GeneratorType")
ABI3BUILD_TYPE_FROM(method_type, "types", "MethodType")
ABI3BUILD_TYPE_FROM(pickle_buffer_type, "pickle", "PickleBuffer")
ABI3BUILD_TYPE_FROM(static_method_type, "builtins", "staticmethod")

/* Tell whether an object is of a type, or of a subtype of it; never an exception. */
ABI3BUILD_HELPER int abi3build_is_exactly(PyObject *object, PyTypeObject *type)
{
    if (type == NULL)
        PyErr_Clear();
    return type != NULL && Py_TYPE(object) == type;
}

ABI3BUILD_HELPER int abi3build_is_kind_of(PyObject *object, PyTypeObject *type)
{
    if (type == NULL)
        PyErr_Clear();
    return type != NULL && PyObject_TypeCheck(object, type);
}

ABI3BUILD_HELPER PyObject *abi3build_new(PyTypeObject *type, PyObject *first,
                                         PyObject *second)
{
    return type == NULL ? NULL : PyObject_CallFunctionObjArgs((PyObject *)type, first,
                                                              second, NULL);
}

/* Check the type as the full API does before it reads a field. */
ABI3BUILD_HELPER int abi3build_must_be(PyObject *object, PyTypeObject *type)
{
    if (type == NULL)
        return -1;
    if (object != NULL && PyObject_TypeCheck(object, type))
        return 0;
    abi3build_bad_call();
    return -1;
}

ABI3BUILD_OWN PyObject *abi3build_PyMethod_New(PyObject *function, PyObject *self)
{
    if (self == NULL) {
        abi3build_bad_call();
        return NULL;
    }
    return abi3build_new(abi3build_method_type(), function, self);
}

ABI3BUILD_HELPER PyObject *abi3build_method_field(PyObject *method, const char *name)
{
    return abi3build_must_be(method, abi3build_method_type()) < 0
               ? NULL : abi3build_borrowed(method, name);
}

ABI3BUILD_OWN PyObject *abi3build_PyMethod_Function(PyObject *method)
{
    return abi3build_method_field(method, "__func__");
}

ABI3BUILD_OWN PyObject *abi3build_PyMethod_Self(PyObject *method)
{
    return abi3build_method_field(method, "__self__");
}

ABI3BUILD_OWN PyObject *abi3build_PyClassMethod_New(PyObject *callable)
{
    return abi3build_new(abi3build_class_method_type(), callable, NULL);
}

ABI3BUILD_OWN PyObject *abi3build_PyStaticMethod_New(PyObject *callable)
{
    return abi3build_new(abi3build_static_method_type(), callable, NULL);
}

ABI3BUILD_OWN PyObject *abi3build_PyFunction_New(PyObject *code, PyObject *globals)
{
    return abi3build_new(abi3build_function_type(), code, globals);
}

ABI3BUILD_HELPER PyObject *abi3build_function_field(PyObject *function, const char *name)
{
    return abi3build_must_be(function, abi3build_function_type()) < 0
               ? NULL : abi3build_borrowed_or_null(function, name);
}

ABI3BUILD_HELPER int abi3build_set_function_field(PyObject *function, const char *name,
                                                  PyObject *value, int fits,
                                                  const char *refusal)
{
    if (abi3build_must_be(function, abi3build_function_type()) < 0)
        return -1;
    if (value != Py_None && !fits) {
        PyErr_SetString(PyExc_SystemError, refusal);
        return -1;
    }
    return PyObject_SetAttrString(function, name, value);
}

ABI3BUILD_OWN PyObject *abi3build_PyFunction_GetCode(PyObject *function)
{
    return abi3build_function_field(function, "__code__");
}

ABI3BUILD_OWN PyObject *abi3build_PyFunction_GetGlobals(PyObject *function)
{
    return abi3build_function_field(function, "__globals__");
}

ABI3BUILD_OWN PyObject *abi3build_PyFunction_GetModule(PyObject *function)
{
    return abi3build_function_field(function, "__module__");
}

ABI3BUILD_OWN PyObject *abi3build_PyFunction_GetDefaults(PyObject *function)
{
    return abi3build_function_field(function, "__defaults__");
}

ABI3BUILD_OWN PyObject *abi3build_PyFunction_GetKwDefaults(PyObject *function)
{
    return abi3build_function_field(function, "__kwdefaults__");
}

ABI3BUILD_OWN PyObject *abi3build_PyFunction_GetClosure(PyObject *function)
{
    return abi3build_function_field(function, "__closure__");
}

ABI3BUILD_OWN int abi3build_PyFunction_SetDefaults(PyObject *function, PyObject *value)
{
    return abi3build_set_function_field(function, "__defaults__", value, PyTuple_Check(value),
                                        "non-tuple default args");
}

ABI3BUILD_OWN int abi3build_PyFunction_SetKwDefaults(PyObject *function, PyObject *value)
{
    return abi3build_set_function_field(function, "__kwdefaults__", value, PyDict_Check(value),
                                        "non-dict keyword only default args");
}

ABI3BUILD_OWN int abi3build_PyFunction_SetAnnotations(PyObject *function, PyObject *value)
{
    return abi3build_set_function_field(function, "__annotations__", value, PyDict_Check(value),
                                        "non-dict annotations");
}

ABI3BUILD_OWN PyObject *abi3build_PyCell_New(PyObject *contents)
{
    return abi3build_new(abi3build_cell_type(), contents, NULL);
}

/* A new reference; NULL without an exception where the cell is empty. */
ABI3BUILD_HELPER PyObject *abi3build_cell_contents(PyObject *cell)
{
    PyObject *contents = PyObject_GetAttrString(cell, "cell_contents");
    if (contents == NULL && PyErr_ExceptionMatches(PyExc_ValueError))
        PyErr_Clear();
    return contents;
}

ABI3BUILD_OWN PyObject *abi3build_PyCell_Get(PyObject *cell)
{
    return abi3build_must_be(cell, abi3build_cell_type()) < 0
               ? NULL : abi3build_cell_contents(cell);
}

ABI3BUILD_HELPER PyObject *abi3build_cell_borrow(PyObject *cell)
{
    PyObject *contents = abi3build_cell_contents(cell);
    Py_XDECREF(contents);
    return contents;
}

ABI3BUILD_OWN int abi3build_PyCell_Set(PyObject *cell, PyObject *contents)
{
    return abi3build_must_be(cell, abi3build_cell_type()) < 0
               ? -1 : PyObject_SetAttrString(cell, "cell_contents", contents);
}

ABI3BUILD_HELPER Py_ssize_t abi3build_free_count(PyObject *code)
{
    PyObject *names = PyObject_GetAttrString(code, "co_freevars");
    Py_ssize_t count = names != NULL ? PyTuple_Size(names) : -1;
    Py_XDECREF(names);
    return count;
}

/* A new reference to what a frame or another object has under a name; NULL without an
   exception where that is None. */
ABI3BUILD_HELPER PyObject *abi3build_field_or_null(PyObject *object, const char *name)
{
    PyObject *found = PyObject_GetAttrString(object, name);
    if (found == Py_None)
        Py_CLEAR(found);
    return found;
}

ABI3BUILD_HELPER int abi3build_last_instruction(PyObject *frame)
{
    PyObject *offset = PyObject_GetAttrString(frame, "f_lasti");
    int last = offset != NULL ? abi3build_as_int(offset) : -1;
    Py_XDECREF(offset);
    return last;
}

ABI3BUILD_HELPER PyObject *abi3build_frame_variable(PyObject *frame, PyObject *name)
{
    PyObject *names, *found = NULL;
    if (name == NULL)
        return NULL;
    if (!PyUnicode_Check(name)) {
        abi3build_wrong_type("name must be str, not %U", name);
        return NULL;
    }
    names = PyObject_GetAttrString(frame, "f_locals");
    if (names != NULL)
        found = PyObject_GetItem(names, name);
    if (names != NULL && found == NULL && PyErr_ExceptionMatches(PyExc_KeyError))
        PyErr_Format(PyExc_NameError, "variable %R does not exist", name);
    Py_XDECREF(names);
    return found;
}

ABI3BUILD_HELPER PyObject *abi3build_frame_variable_string(PyObject *frame,
                                                           const char *name)
{
    PyObject *text = PyUnicode_FromString(name);
    PyObject *found = abi3build_frame_variable(frame, text);
    Py_XDECREF(text);
    return found;
}

ABI3BUILD_HELPER PyObject *abi3build_context_copy(void)
{
    PyObject *copy = abi3build_from_module("contextvars", "copy_context"), *context;
    if (copy == NULL)
        return NULL;
    context = PyObject_CallObject(copy, NULL);
    Py_DECREF(copy);
    return context;
}

ABI3BUILD_OWN PyObject *abi3build_PyContext_New(void)
{
    return abi3build_new(abi3build_context_type(), NULL, NULL);
}

ABI3BUILD_OWN PyObject *abi3build_PyContext_CopyCurrent(void)
{
    return abi3build_context_copy();
}

ABI3BUILD_HELPER int abi3build_must_be_context(PyObject *object, PyTypeObject *type,
                                               const char *message)
{
    if (type == NULL)
        return -1;
    if (Py_TYPE(object) == type)
        return 0;
    PyErr_SetString(PyExc_TypeError, message);
    return -1;
}

ABI3BUILD_HELPER PyObject *abi3build_context_var(const char *name, PyObject *otherwise)
{
    PyTypeObject *type = abi3build_context_var_type();
    PyObject *arguments = Py_BuildValue("(s)", name), *variable = NULL, *keywords = NULL;
    if (otherwise != NULL)
        keywords = Py_BuildValue("{sO}", "default", otherwise);
    if (type != NULL && arguments != NULL && (otherwise == NULL || keywords != NULL))
        variable = PyObject_Call((PyObject *)type, arguments, keywords);
    Py_XDECREF(keywords);
    Py_XDECREF(arguments);
    return variable;
}

ABI3BUILD_OWN PyObject *abi3build_PyContextVar_New(const char *name, PyObject *otherwise)
{
    return abi3build_context_var(name, otherwise);
}

/* 0 with a new reference, or with NULL where it has no value and no default. */
ABI3BUILD_HELPER int abi3build_context_get(PyObject *variable, PyObject *otherwise,
                                           PyObject **value)
{
    PyObject *get;
    *value = NULL;
    if (abi3build_must_be_context(variable, abi3build_context_var_type(),
                                  "an instance of ContextVar was expected") < 0)
        return -1;
    get = PyObject_GetAttrString(variable, "get");
    if (get == NULL)
        return -1;
    *value = PyObject_CallFunctionObjArgs(get, otherwise, NULL);
    Py_DECREF(get);
    if (*value == NULL && !PyErr_ExceptionMatches(PyExc_LookupError))
        return -1;
    PyErr_Clear();
    return 0;
}

ABI3BUILD_OWN int abi3build_PyContextVar_Get(PyObject *variable, PyObject *otherwise,
                                             PyObject **value)
{
    return abi3build_context_get(variable, otherwise, value);
}

ABI3BUILD_HELPER PyObject *abi3build_context_call(PyObject *variable, const char *method,
                                                  PyObject *argument)
{
    return abi3build_must_be_context(variable, abi3build_context_var_type(),
                                     "an instance of ContextVar was expected") < 0
               ? NULL : PyObject_CallMethod(variable, method, "O", argument);
}

ABI3BUILD_OWN PyObject *abi3build_PyContextVar_Set(PyObject *variable, PyObject *value)
{
    return abi3build_context_call(variable, "set", value);
}

ABI3BUILD_OWN int abi3build_PyContextVar_Reset(PyObject *variable, PyObject *token)
{
    return abi3build_done(abi3build_context_call(variable, "reset", token));
}

ABI3BUILD_OWN PyObject *abi3build_PyContext_Copy(PyObject *context)
{
    return abi3build_must_be_context(context, abi3build_context_type(),
                                     "an instance of Context was expected") < 0
               ? NULL : PyObject_CallMethod(context, "copy", NULL);
}

ABI3BUILD_END
