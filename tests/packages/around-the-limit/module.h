/* The module that every case makes; a case defines FIRST(items) before. */
static PyObject *first(PyObject *module, PyObject *items)
{
    PyObject *item = FIRST(items);
    (void)module;
    Py_XINCREF(item);
    return item;
}
static PyMethodDef methods[] = {
    {"first", first, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "sample", NULL, 0, methods, slots, NULL, NULL, NULL,
};
PyMODINIT_FUNC PyInit_sample(void) { return PyModuleDef_Init(&definition); }
