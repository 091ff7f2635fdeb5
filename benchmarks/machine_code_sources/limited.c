/* Functions that keep to the limited API, many of them with what only looks like more. */
#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x03080000
#endif
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#define VARARGS(name) static PyObject *name(PyObject *self, PyObject *args)
#define ONE(name) static PyObject *name(PyObject *self, PyObject *o)

/* Fields where PyTypeObject, PyTupleObject and PyBytesObject have theirs. */
struct table { void *fields[64]; };
struct node { void *unused; struct table *table; struct node *next; char text[64]; };
typedef struct { PyObject_HEAD long number; double value; PyObject *held; char text[256]; struct node node; } Thing;
typedef union { PyObject *object; struct node *node; } Either;

static PyObject *kept(PyObject *o) { Py_XINCREF(o); return o; }
static PyObject *truth(int yes) { return PyBool_FromLong(yes); }

VARARGS(tuple_item) { return kept(PyTuple_GetItem(args, 0)); }
VARARGS(tuple_loop) {
    Py_ssize_t found = 0;
    for (Py_ssize_t i = 0; i < PyTuple_Size(args); i++) found += PyTuple_GetItem(args, i) == Py_None;
    return PyLong_FromSsize_t(found);
}
ONE(tuple_made) {
    PyObject *made = PyTuple_New(2);
    if (made == NULL) return NULL;
    PyTuple_SetItem(made, 0, kept(o));
    PyTuple_SetItem(made, 1, kept(o));
    return made;
}
ONE(list_made) {
    PyObject *made = PyList_New(0);
    if (made != NULL && PyList_Append(made, o) < 0) Py_CLEAR(made);
    return made;
}
ONE(is_int) { return truth((PyType_GetFlags(Py_TYPE(o)) & Py_TPFLAGS_LONG_SUBCLASS) != 0); }
ONE(is_exact) { return truth(Py_TYPE(o) == &PyUnicode_Type || Py_TYPE(Py_TYPE(o)) == &PyType_Type); }
ONE(size_of) { return PyLong_FromSsize_t(Py_SIZE(o) + Py_REFCNT(o)); }
VARARGS(parsed) {
    PyObject *o, *list = NULL;
    const char *text;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "Os#|O!", &o, &text, &size, &PyList_Type, &list)) return NULL;
    struct node *node = calloc(1, sizeof *node);
    if (node == NULL) return PyErr_NoMemory();
    node->table = (struct table *)text;
    size += node->table->fields[21] != NULL;
    free(node);
    return PyLong_FromSsize_t(size + PyList_Size(list ? list : o));
}
ONE(bytes_read) {
    PyObject *bytes = PyUnicode_AsUTF8String(o);
    if (bytes == NULL) return NULL;
    char *text = PyBytes_AsString(bytes);
    int first = text[0] + text[0x20] + ((void **)text)[3] != NULL;
    Py_DECREF(bytes);
    return PyLong_FromLong(first);
}
ONE(float_read) {
    double value = PyFloat_AsDouble(o);
    return value == -1 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value * 2);
}
ONE(type_name) { return PyObject_GetAttrString((PyObject *)Py_TYPE(o), "__name__"); }
ONE(next_item) {
    PyObject *iterator = PyObject_GetIter(o);
    PyObject *item = iterator ? PyIter_Next(iterator) : NULL;
    Py_XDECREF(iterator);
    return item;
}
ONE(dict_loop) {
    PyObject *key, *value;
    Py_ssize_t place = 0, found = 0;
    while (PyDict_Next(o, &place, &key, &value)) found += Py_TYPE(value) == Py_TYPE(key);
    return PyLong_FromSsize_t(found);
}
ONE(pointed) {
    struct node *node = PyCapsule_GetPointer(o, "planted.node");
    if (node == NULL) return NULL;
    return PyLong_FromVoidPtr(node->table->fields[21]);
}
/* As PyO3 does below 3.10, where PyType_GetSlot takes no static types. */
ONE(of_static) {
    void *make = PyType_GetFlags(&PyBaseObject_Type) & Py_TPFLAGS_HEAPTYPE
        ? PyType_GetSlot(&PyBaseObject_Type, Py_tp_new) : ((void **)&PyBaseObject_Type)[39];
    PyTypeObject *type = Py_TYPE(o);
    void *shown = PyType_GetFlags(type) & Py_TPFLAGS_HEAPTYPE
        ? PyType_GetSlot(type, Py_tp_repr) : ((void **)type)[11];
    return truth(make != NULL && shown != NULL);
}
static void *slot_of(PyObject *o, int slot) { return PyType_GetSlot(Py_TYPE(o), slot); }
ONE(called) {
    reprfunc show = (reprfunc)slot_of(o, Py_tp_repr);
    return show ? show(o) : PyObject_Repr(o);
}
static PyObject *either(Either value, int is_object) {
    if (is_object) return PyObject_Repr(value.object);
    return PyLong_FromVoidPtr(value.node->table->fields[21]);
}
ONE(both) {
    struct node node = {0};
    struct table table = {{0}};
    Either value;
    node.table = &table;
    if (PyObject_IsTrue(o)) value.object = o; else value.node = &node;
    return either(value, PyObject_IsTrue(o));
}
ONE(failed) {
    PyObject *type, *value, *trace;
    PyObject *found = PyObject_GetAttrString(o, "nothing");
    if (found) return found;
    PyErr_Fetch(&type, &value, &trace);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return type ? type : kept(Py_None);
}
static PyObject *thing_new(PyTypeObject *type, PyObject *args, PyObject *words) {
    allocfunc make = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Thing *made = (Thing *)make(type, 0);
    if (made != NULL) {
        made->number = PyTuple_Size(args);
        made->value = 1.5;
        made->held = NULL;
        made->node.table = NULL;
        memset(made->text, 'x', sizeof made->text);
    }
    return (PyObject *)made;
}
static int thing_init(Thing *self, PyObject *args, PyObject *words) {
    PyObject *held = NULL;
    if (!PyArg_ParseTuple(args, "|O", &held)) return -1;
    Py_XINCREF(held);
    Py_XDECREF(self->held);
    self->held = held;
    return 0;
}
static void thing_dealloc(Thing *self) {
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(self->held);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}
static PyObject *thing_number(Thing *self, void *closure) { return PyLong_FromLong(self->number + self->text[0x60]); }
static int thing_set(Thing *self, PyObject *value, void *closure) {
    if (value == NULL || Py_TYPE(value) != Py_TYPE((PyObject *)self)) return -1;
    self->number = ((Thing *)value)->number;
    memcpy(self->text, ((Thing *)value)->text, sizeof self->text);
    self->node.table = ((Thing *)value)->node.table;
    return 0;
}
static PyObject *thing_walk(Thing *self, PyObject *o) {
    struct node *node = &self->node;
    long found = 0;
    for (; node != NULL; node = node->next) found += node->table && node->table->fields[21] != NULL;
    return PyLong_FromLong(found);
}
static PyGetSetDef thing_fields[] = {{"number", (getter)thing_number, (setter)thing_set}, {NULL}};
static PyMethodDef thing_methods[] = {{"walk", (PyCFunction)thing_walk, METH_O}, {NULL}};
static PyType_Slot thing_slots[] = {
    {Py_tp_new, thing_new}, {Py_tp_init, thing_init}, {Py_tp_dealloc, thing_dealloc},
    {Py_tp_getset, thing_fields}, {Py_tp_methods, thing_methods}, {0, NULL},
};
static PyType_Spec thing_spec = {"planted.Thing", sizeof(Thing), 0, Py_TPFLAGS_DEFAULT, thing_slots};

static PyMethodDef methods[] = {
    {"tuple_item", tuple_item, METH_VARARGS}, {"tuple_loop", tuple_loop, METH_VARARGS},
    {"tuple_made", tuple_made, METH_O}, {"list_made", list_made, METH_O},
    {"is_int", is_int, METH_O}, {"is_exact", is_exact, METH_O}, {"size_of", size_of, METH_O},
    {"parsed", parsed, METH_VARARGS}, {"bytes_read", bytes_read, METH_O},
    {"float_read", float_read, METH_O}, {"type_name", type_name, METH_O},
    {"next_item", next_item, METH_O}, {"dict_loop", dict_loop, METH_O},
    {"pointed", pointed, METH_O}, {"called", called, METH_O}, {"both", both, METH_O},
    {"failed", failed, METH_O}, {"of_static", of_static, METH_O}, {NULL, NULL, 0},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "planted", NULL, -1, methods};

PyMODINIT_FUNC PyInit_planted(void) {
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL) return NULL;
    PyModule_AddObject(module, "Thing", PyType_FromSpec(&thing_spec));
    return module;
}
