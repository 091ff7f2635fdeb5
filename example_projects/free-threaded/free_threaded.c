/* A counter for many threads: an ordinary module of Python 3.15, with multi-phase
   initialization.  `abi3build port --to abi3t --fix --write` makes the example of it. */

#include <Python.h>
#include <limits.h>

/* The types of the module: each interpreter that imports it has its own. */
typedef struct {
    PyTypeObject *Counter_Type_ptr;
} definition_types;

static definition_types *
definition_types_of(PyObject *module)
{
    return (definition_types *)PyModule_GetState(module);
}

/* Return the module of this interpreter, borrowed: it stays as long as the
   interpreter.  One that enters takes over the types that are there. */
static PyObject *
definition_types_module(PyObject *entering)
{
    static char key;
#if defined(PYPY_VERSION) /* one interpreter, which has no such dictionary */
    static PyObject *modules = NULL;
    modules = modules == NULL ? PyDict_New() : modules;
#else
    PyObject *modules = PyInterpreterState_GetDict(PyInterpreterState_Get());
#endif
    PyObject *number = modules == NULL ? NULL : PyLong_FromVoidPtr(&key);
    PyObject *module =
        number == NULL ? NULL : PyDict_GetItemWithError(modules, number);
    if (entering != NULL && number != NULL) {
        if (module != NULL) {
            definition_types *types = definition_types_of(entering);
            *types = *definition_types_of(module);
            Py_XINCREF((PyObject *)types->Counter_Type_ptr);
        }
        module = PyDict_SetItem(modules, number, entering) < 0 ? NULL : entering;
    }
    Py_XDECREF(number);
    return module;
}

static definition_types *
definition_types_here(void)
{
    static definition_types none; /* for what still runs when Python ends */
    PyObject *module = definition_types_module(NULL);
    return module == NULL ? &none : definition_types_of(module);
}

static int
definition_types_traverse(PyObject *module, visitproc visit, void *arg)
{
    definition_types *types = definition_types_of(module);
    Py_VISIT(types->Counter_Type_ptr);
    return 0;
}

static int
definition_types_clear(PyObject *module)
{
    definition_types *types = definition_types_of(module);
    Py_CLEAR(types->Counter_Type_ptr);
    return 0;
}

static void
definition_types_free(void *module)
{
    definition_types_clear((PyObject *)module);
}

typedef struct {
    long long total;
} Counter;

/* The class below object is the one that has the data. */
static Counter *
Counter_data(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self), *base = type;
    while (base != &PyBaseObject_Type) {
        type = base;
        base = (PyTypeObject *)PyType_GetSlot(type, Py_tp_base);
    }
    return (Counter *)PyObject_GetTypeData(self, type);
}

PyDoc_STRVAR(add_doc, "add($self, number, /)\n--\n\nAdd an integer of 64 bits.");

static PyObject *
counter_add(PyObject *self, PyObject *argument)
{
    long long number = PyLong_AsLongLong(argument);
    if (number == -1 && PyErr_Occurred()) {
        return NULL;
    }
    /* Without the GIL only this keeps other threads from adding at the same time. */
    PyCriticalSection section;
    PyCriticalSection_Begin(&section, (PyObject *)self);
    long long total = Counter_data(self)->total;
    int fits = number < 0 ? total >= LLONG_MIN - number : total <= LLONG_MAX - number;
    if (fits) {
        Counter_data(self)->total = total + number;
    }
    PyCriticalSection_End(&section);
    if (!fits) {
        PyErr_SetString(PyExc_OverflowError, "the total does not fit into 64 bits");
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(total_doc, "total($self, /)\n--\n\nGive the sum of what was added.");

static PyObject *
counter_total(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyCriticalSection section;
    PyCriticalSection_Begin(&section, (PyObject *)self);
    long long sum = Counter_data(self)->total;
    PyCriticalSection_End(&section);
    return PyLong_FromLongLong(sum);
}

static PyMethodDef counter_methods[] = {
    {"add", (PyCFunction)counter_add, METH_O, add_doc},
    {"total", (PyCFunction)counter_total, METH_NOARGS, total_doc},
    {NULL, NULL, 0, NULL},
};

#define Counter_Type (*definition_types_here()->Counter_Type_ptr)

static PyType_Slot Counter_Type_slots[] = {
    {Py_tp_doc, (void *)"Counter()\n--\n\nA sum that threads share."},
    {Py_tp_methods, (void *)counter_methods},
    {Py_tp_new, (void *)PyType_GenericNew},
    {0, NULL}
};

static PyType_Spec Counter_Type_spec = {
    .name = "free_threaded.Counter",
    .basicsize = -(int)sizeof(Counter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = Counter_Type_slots,
};

static int
Counter_Type_create(void)
{
    definition_types *types = definition_types_here();
    if (types->Counter_Type_ptr != NULL) {
        return 0;
    }
    types->Counter_Type_ptr = (PyTypeObject *)PyType_FromModuleAndSpec(
        definition_types_module(NULL), &Counter_Type_spec, NULL);
    return types->Counter_Type_ptr == NULL ? -1 : 0;
}

static int
execute(PyObject *module)
{
    if (definition_types_module(module) == NULL) {
        return -1;
    }
    if (Counter_Type_create() < 0) {
        return -1;
    }
    return PyModule_AddType(module, definition_types_of(module)->Counter_Type_ptr);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

#ifdef Py_TARGET_ABI3T
PyABIInfo_VAR(definition_abi);

static PySlot definition_export[] = {
    PySlot_STATIC_DATA(Py_mod_abi, &definition_abi),
    PySlot_STATIC_DATA(Py_mod_name, (void *)"free_threaded"),
    PySlot_STATIC_DATA(Py_mod_doc, (void *)"A counter for Pythons with the GIL and without it."),
    PySlot_SIZE(Py_mod_state_size, sizeof(definition_types)),
    PySlot_STATIC_DATA(Py_mod_slots, (void *)slots),
    PySlot_FUNC(Py_mod_state_traverse, definition_types_traverse),
    PySlot_FUNC(Py_mod_state_clear, definition_types_clear),
    PySlot_FUNC(Py_mod_state_free, definition_types_free),
    PySlot_END
};

PyMODEXPORT_FUNC
PyModExport_free_threaded(void)
{
    return definition_export;
}
#else
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "free_threaded",
    .m_doc = "A counter for Pythons with the GIL and without it.",
    .m_size = sizeof(definition_types),
    .m_slots = slots,
    .m_traverse = definition_types_traverse,
    .m_clear = definition_types_clear,
    .m_free = definition_types_free,
};

PyMODINIT_FUNC
PyInit_free_threaded(void)
{
    return PyModuleDef_Init(&definition);
}
#endif
