/* A counter for many threads: one file for Pythons with the GIL and without it. */

#include <Python.h>
#include <limits.h>

/* No PyObject_HEAD: the size of PyObject differs between the two kinds of Python, so
   abi3t keeps it secret. What the type adds is all that is declared here. */
typedef struct {
    long long total;
} Counter;

PyDoc_STRVAR(add_doc, "add($self, number, /)\n--\n\nAdd an integer of 64 bits.");

static PyObject *
add(PyObject *self, PyTypeObject *type, PyObject *const *arguments, Py_ssize_t count,
    PyObject *names)
{
    if (count != 1 || (names != NULL && PyTuple_Size(names) != 0)) {
        PyErr_SetString(PyExc_TypeError, "add() takes one positional argument");
        return NULL;
    }
    long long number = PyLong_AsLongLong(arguments[0]);
    if (number == -1 && PyErr_Occurred()) {
        return NULL;
    }
    Counter *counter = PyObject_GetTypeData(self, type);
    if (counter == NULL) {
        return NULL;
    }
    /* Without the GIL only this keeps other threads from adding at the same time. */
    PyCriticalSection section;
    PyCriticalSection_Begin(&section, self);
    long long total = counter->total;
    int fits = number < 0 ? total >= LLONG_MIN - number : total <= LLONG_MAX - number;
    if (fits) {
        counter->total = total + number;
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
total(PyObject *self, PyTypeObject *type, PyObject *const *Py_UNUSED(arguments),
      Py_ssize_t count, PyObject *names)
{
    if (count != 0 || (names != NULL && PyTuple_Size(names) != 0)) {
        PyErr_SetString(PyExc_TypeError, "total() takes no arguments");
        return NULL;
    }
    Counter *counter = PyObject_GetTypeData(self, type);
    if (counter == NULL) {
        return NULL;
    }
    PyCriticalSection section;
    PyCriticalSection_Begin(&section, self);
    long long sum = counter->total;
    PyCriticalSection_End(&section);
    return PyLong_FromLongLong(sum);
}

/* METH_METHOD hands over the class that defines the method: the one whose data is
   wanted, whatever class Python code derives from it. */
#define METHOD(function) (PyCFunction)(void (*)(void))(function)
#define FLAGS (METH_METHOD | METH_FASTCALL | METH_KEYWORDS)

static PyMethodDef counter_methods[] = {
    {"add", METHOD(add), FLAGS, add_doc},
    {"total", METHOD(total), FLAGS, total_doc},
    {NULL, NULL, 0, NULL},
};

static char counter_doc[] = "Counter()\n--\n\nA sum that threads share.";

static PyType_Slot counter_slots[] = {
    {Py_tp_doc, counter_doc},
    {Py_tp_methods, counter_methods},
    {0, NULL},
};

static PyType_Spec counter_spec = {
    .name = "free_threaded.Counter",
    /* Negative: so much more than the base class, which is object. */
    .basicsize = -(int)sizeof(Counter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = counter_slots,
};

static int
execute(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &counter_spec, NULL);
    if (type == NULL) {
        return -1;
    }
    int status = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return status;
}

PyABIInfo_VAR(abi_information);

static char module_doc[] = "A counter for Pythons with the GIL and without it.";

/* A PyModuleDef begins with a PyObject, so abi3t has slots instead (PEP 793). */
static PySlot slots[] = {
    PySlot_STATIC_DATA(Py_mod_abi, &abi_information),
    PySlot_STATIC_DATA(Py_mod_name, "free_threaded"),
    PySlot_STATIC_DATA(Py_mod_doc, module_doc),
    PySlot_FUNC(Py_mod_exec, execute),
    PySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED),
    PySlot_DATA(Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED),
    PySlot_END,
};

PyMODEXPORT_FUNC
PyModExport_free_threaded(void)
{
    return slots;
}
