/* Functions that reach for fields which the limited API hides: each but one is to be found. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <datetime.h>

#define VARARGS(name) static PyObject *name(PyObject *self, PyObject *args)
#define ONE(name) static PyObject *name(PyObject *self, PyObject *o)

static PyObject *kept(PyObject *o) { Py_XINCREF(o); return o; }
static PyObject *truth(int yes) { return PyBool_FromLong(yes); }

VARARGS(tuple_item) { return kept(PyTuple_GET_ITEM(args, 0)); }
VARARGS(tuple_loop) {
    Py_ssize_t found = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++)
        found += PyTuple_GET_ITEM(args, i) == Py_None;
    return PyLong_FromSsize_t(found);
}
ONE(tuple_made) {
    PyObject *made = PyTuple_New(2);
    if (made == NULL) return NULL;
    PyTuple_SET_ITEM(made, 0, kept(o));
    PyTuple_SET_ITEM(made, 1, kept(o));
    return made;
}
ONE(list_made) {
    PyObject *made = PyList_New(1);
    if (made == NULL) return NULL;
    PyList_SET_ITEM(made, 0, kept(o));
    return made;
}
ONE(list_item) {
    PyObject *list = PySequence_List(o);
    if (list == NULL) return NULL;
    PyObject *first = PyList_Size(list) ? kept(PyList_GET_ITEM(list, 0)) : NULL;
    Py_DECREF(list);
    return first;
}
ONE(is_int) { return truth(PyLong_Check(o)); }
ONE(is_str) { return truth(PyUnicode_Check(o)); }
VARARGS(parsed) {
    PyObject *o;
    if (!PyArg_ParseTuple(args, "O", &o)) return NULL;
    return truth(PyTuple_Check(o));
}
VARARGS(parsed_list) {
    PyObject *list;
    int number = 0;
    if (!PyArg_ParseTuple(args, "iO!", &number, &PyList_Type, &list)) return NULL;
    return kept(PyList_GET_ITEM(list, number));
}
ONE(bytes_made) {
    PyObject *made = PyBytes_FromStringAndSize(NULL, 16);
    if (made == NULL) return NULL;
    memset(PyBytes_AS_STRING(made), 'x', 16);
    return made;
}
ONE(bytes_read) {
    PyObject *bytes = PyUnicode_AsUTF8String(o);
    if (bytes == NULL) return NULL;
    int first = PyBytes_AS_STRING(bytes)[0];
    Py_DECREF(bytes);
    return PyLong_FromLong(first);
}
ONE(float_read) {
    PyObject *number = PyNumber_Float(o);
    if (number == NULL) return NULL;
    double value = PyFloat_AS_DOUBLE(number);
    Py_DECREF(number);
    return PyFloat_FromDouble(value * 2);
}
ONE(str_length) {
    PyObject *text = PyObject_Str(o);
    if (text == NULL) return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    Py_DECREF(text);
    return PyLong_FromSsize_t(length);
}
ONE(str_kind) {
    PyObject *text = PyObject_Repr(o);
    if (text == NULL) return NULL;
    int kind = PyUnicode_KIND(text);
    Py_DECREF(text);
    return PyLong_FromLong(kind);
}
ONE(type_name) { return PyUnicode_FromString(Py_TYPE(o)->tp_name); }
ONE(type_size) { return PyLong_FromSsize_t(Py_TYPE(o)->tp_basicsize); }
ONE(type_dict) { return kept(Py_TYPE(o)->tp_dict); }
ONE(type_base) { return kept((PyObject *)Py_TYPE(o)->tp_base); }
ONE(next_item) {
    PyObject *iterator = PyObject_GetIter(o);
    if (iterator == NULL) return NULL;
    PyObject *item = Py_TYPE(iterator)->tp_iternext(iterator);
    Py_DECREF(iterator);
    return item ? item : kept(Py_None);
}
ONE(has_numbers) { return truth(Py_TYPE(o)->tp_as_number != NULL); }
ONE(class_flags) {
    PyObject *type = PyObject_Type(o);
    if (type == NULL) return NULL;
    int yes = (((PyTypeObject *)type)->tp_flags & Py_TPFLAGS_BASETYPE) != 0;
    Py_DECREF(type);
    return truth(yes);
}
static __attribute__((noinline)) int helps(PyObject *o) { return PyDict_Check(o); }
ONE(helped) { return truth(helps(o)); }
ONE(from_dict) {
    PyObject *value = PyDict_GetItemString(o, "key");
    return truth(value != NULL && PyList_Check(value));
}
ONE(fast_item) {
    PyObject *fast = PySequence_Fast(o, "a sequence");
    if (fast == NULL) return NULL;
    PyObject *first = kept(PySequence_Fast_GET_ITEM(fast, 0));
    Py_DECREF(fast);
    return first;
}
static PyObject *vector(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    return truth(count > 0 && PyFloat_Check(args[0]));
}
ONE(is_date) { return truth(PyDate_Check(o)); }
ONE(make_date) { return PyDate_FromDate(2000, 1, 1); }
ONE(of_thread) { return PyLong_FromVoidPtr(PyThreadState_Get()->interp); }
ONE(vector_offset) {
    Py_ssize_t offset = Py_TYPE(o)->tp_vectorcall_offset;
    if (offset <= 0) Py_RETURN_NONE;
    vectorcallfunc call = *(vectorcallfunc *)((char *)o + offset);
    return call(o, NULL, 0, NULL);
}
ONE(byte_array) {
    PyObject *made = PyByteArray_FromObject(o);
    if (made == NULL) return NULL;
    char first = ((PyByteArrayObject *)made)->ob_start[0];
    Py_DECREF(made);
    return PyLong_FromLong(first);
}
ONE(dict_loop) {
    PyObject *key, *value;
    Py_ssize_t place = 0, found = 0;
    while (PyDict_Next(o, &place, &key, &value)) found += PyUnicode_Check(value);
    return PyLong_FromSsize_t(found);
}
ONE(attribute_item) {
    PyObject *value = PyObject_GetAttrString(o, "args");
    if (value == NULL) return NULL;
    if (!PyTuple_Check(value)) return value;
    PyObject *first = kept(PyTuple_GET_ITEM(value, 0));
    Py_DECREF(value);
    return first;
}
ONE(digits) {
    PyObject *number = PyNumber_Long(o);
    if (number == NULL) return NULL;
#if PY_VERSION_HEX >= 0x030c0000
    long digit = ((PyLongObject *)number)->long_value.ob_digit[0];
#else
    long digit = ((PyLongObject *)number)->ob_digit[0];
#endif
    Py_DECREF(number);
    return PyLong_FromLong(digit);
}

typedef struct { PyObject_HEAD PyObject *held; } Thing;

static PyObject *thing_new(PyTypeObject *type, PyObject *args, PyObject *words) {
    return type->tp_alloc(type, 0);
}
static int thing_init(Thing *self, PyObject *args, PyObject *words) {
    Py_XINCREF(self->held = PyTuple_Size(args) ? PyTuple_GET_ITEM(args, 0) : NULL);
    return 0;
}
static void thing_dealloc(Thing *self) {
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(self->held);
    type->tp_free(self);
}
static PyType_Slot thing_slots[] = {
    {Py_tp_new, thing_new}, {Py_tp_init, thing_init}, {Py_tp_dealloc, thing_dealloc}, {0, NULL},
};
static PyType_Spec thing_spec = {
    "planted.Thing", sizeof(Thing), 0, Py_TPFLAGS_DEFAULT, thing_slots,
};
static PyTypeObject fixed_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "planted.Fixed",
    .tp_basicsize = sizeof(Thing),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
};

static PyMethodDef methods[] = {
    {"tuple_item", tuple_item, METH_VARARGS},
    {"tuple_loop", tuple_loop, METH_VARARGS},
    {"tuple_made", tuple_made, METH_O},
    {"list_made", list_made, METH_O},
    {"list_item", list_item, METH_O},
    {"is_int", is_int, METH_O},
    {"is_str", is_str, METH_O},
    {"parsed", parsed, METH_VARARGS},
    {"parsed_list", parsed_list, METH_VARARGS},
    {"bytes_made", bytes_made, METH_O},
    {"bytes_read", bytes_read, METH_O},
    {"float_read", float_read, METH_O},
    {"str_length", str_length, METH_O},
    {"str_kind", str_kind, METH_O},
    {"type_name", type_name, METH_O},
    {"type_size", type_size, METH_O},
    {"type_dict", type_dict, METH_O},
    {"type_base", type_base, METH_O},
    {"next_item", next_item, METH_O},
    {"has_numbers", has_numbers, METH_O},
    {"class_flags", class_flags, METH_O},
    {"helped", helped, METH_O},
    {"from_dict", from_dict, METH_O},
    {"fast_item", fast_item, METH_O},
    {"vector", (PyCFunction)(void (*)(void))vector, METH_FASTCALL},
    {"byte_array", byte_array, METH_O},
    {"is_date", is_date, METH_O},
    {"make_date", make_date, METH_O},
    {"of_thread", of_thread, METH_O},
    {"vector_offset", vector_offset, METH_O},
    {"dict_loop", dict_loop, METH_O},
    {"attribute_item", attribute_item, METH_O},
    {"digits", digits, METH_O},
    {NULL, NULL, 0},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "planted", NULL, -1, methods};

PyMODINIT_FUNC PyInit_planted(void) {
    PyDateTime_IMPORT;
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL || PyType_Ready(&fixed_type) < 0) return NULL;
    PyModule_AddObject(module, "Fixed", (PyObject *)&fixed_type);
    PyModule_AddObject(module, "Thing", PyType_FromSpec(&thing_spec));
    return module;
}
