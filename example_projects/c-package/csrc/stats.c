/* c_package._stats: a type with state of its own, and a loop that has to be fast. */

#include "running.h"

#include <stddef.h>

/* The macros look into the objects, so the Limited API has none of them. A
   version-specific build (abi3 = false) may use them. */
#ifdef Py_LIMITED_API
#  define LIST_SIZE PyList_Size
#  define LIST_ITEM PyList_GetItem
#  define AS_DOUBLE PyFloat_AsDouble
#else
#  define LIST_SIZE PyList_GET_SIZE
#  define LIST_ITEM PyList_GET_ITEM
#  define AS_DOUBLE PyFloat_AS_DOUBLE
#endif

PyDoc_STRVAR(total_doc, "total($module, values, /)\n--\n\nAdd up a list of floats.");

static PyObject *
total(PyObject *Py_UNUSED(module), PyObject *values)
{
    if (!PyList_Check(values)) {
        PyErr_SetString(PyExc_TypeError, "total() takes a list of floats");
        return NULL;
    }
    double sum = 0.0;
    for (Py_ssize_t i = 0; i < LIST_SIZE(values); i++) {
        PyObject *value = LIST_ITEM(values, i); /* borrowed */
        if (!PyFloat_CheckExact(value)) {
            PyErr_Format(PyExc_TypeError, "item %zd of the list is no float", i);
            return NULL;
        }
        sum += AS_DOUBLE(value);
    }
    return PyFloat_FromDouble(sum);
}

typedef struct {
    PyObject_HEAD
    running state;
} RunningObject;

PyDoc_STRVAR(running_push_doc, "push($self, value, /)\n--\n\nTake one number more.");

static PyObject *
running_push(PyObject *self, PyObject *value)
{
    double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    running_add(&((RunningObject *)self)->state, number);
    Py_RETURN_NONE;
}

static PyObject *
running_get_mean(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(((RunningObject *)self)->state.mean);
}

static PyObject *
running_get_variance(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(running_variance(&((RunningObject *)self)->state));
}

static PyMethodDef running_methods[] = {
    {"push", running_push, METH_O, running_push_doc},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef running_attributes[] = {
    {"mean", running_get_mean, NULL, "The mean of the numbers so far.", NULL},
    {"variance", running_get_variance, NULL, "Their variance.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(running_doc, "Running()\n--\n\nMean and variance of numbers to come.");

/* A type from a specification: static types are outside the Limited API. */
static PyType_Slot running_slots[] = {
    {Py_tp_doc, (void *)running_doc},
    {Py_tp_methods, running_methods},
    {Py_tp_getset, running_attributes},
    {0, NULL},
};

static PyType_Spec running_spec = {
    .name = "c_package._stats.Running",
    .basicsize = sizeof(RunningObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = running_slots,
};

static int
execute(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&running_spec);
    if (type == NULL) {
        return -1;
    }
    int result = PyObject_SetAttrString(module, "Running", type);
    Py_DECREF(type);
    return result;
}

static PyMethodDef methods[] = {
    {"total", total, METH_O, total_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "c_package._stats",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__stats(void)
{
    return PyModuleDef_Init(&definition);
}
