/* A counter for many threads: an ordinary module of Python 3.15, with multi-phase
   initialization.  `abi3build port --to abi3t --fix --write` makes the example of it. */

#include <Python.h>
#include <limits.h>

typedef struct {
    PyObject_HEAD
    long long total;
} Counter;

PyDoc_STRVAR(add_doc, "add($self, number, /)\n--\n\nAdd an integer of 64 bits.");

static PyObject *
counter_add(Counter *self, PyObject *argument)
{
    long long number = PyLong_AsLongLong(argument);
    if (number == -1 && PyErr_Occurred()) {
        return NULL;
    }
    /* Without the GIL only this keeps other threads from adding at the same time. */
    PyCriticalSection section;
    PyCriticalSection_Begin(&section, (PyObject *)self);
    long long total = self->total;
    int fits = number < 0 ? total >= LLONG_MIN - number : total <= LLONG_MAX - number;
    if (fits) {
        self->total = total + number;
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
counter_total(Counter *self, PyObject *Py_UNUSED(unused))
{
    PyCriticalSection section;
    PyCriticalSection_Begin(&section, (PyObject *)self);
    long long sum = self->total;
    PyCriticalSection_End(&section);
    return PyLong_FromLongLong(sum);
}

static PyMethodDef counter_methods[] = {
    {"add", (PyCFunction)counter_add, METH_O, add_doc},
    {"total", (PyCFunction)counter_total, METH_NOARGS, total_doc},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject Counter_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "free_threaded.Counter",
    .tp_basicsize = sizeof(Counter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "Counter()\n--\n\nA sum that threads share.",
    .tp_methods = counter_methods,
    .tp_new = PyType_GenericNew,
};

static int
execute(PyObject *module)
{
    return PyModule_AddType(module, &Counter_Type);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "free_threaded",
    .m_doc = "A counter for Pythons with the GIL and without it.",
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_free_threaded(void)
{
    return PyModuleDef_Init(&definition);
}
