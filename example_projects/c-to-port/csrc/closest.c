/* closest._index: the words of a list that are spelled most like a given word. */

#include <Python.h>

#include <structmember.h>
#include <string.h>

/* The edit distance of two texts, or -1 with an exception. One row of the table of
   Wagner and Fischer (Journal of the ACM 21, 1974) is kept. */
static Py_ssize_t
edit_distance(PyObject *left, PyObject *right)
{
    Py_ssize_t rows = PyUnicode_GET_LENGTH(left);
    Py_ssize_t columns = PyUnicode_GET_LENGTH(right);
    int left_kind = PyUnicode_KIND(left);
    int right_kind = PyUnicode_KIND(right);
    const void *left_data = PyUnicode_DATA(left);
    const void *right_data = PyUnicode_DATA(right);

    Py_ssize_t *row = PyMem_Malloc((size_t)(columns + 1) * sizeof(Py_ssize_t));
    if (row == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t j = 0; j <= columns; j++) {
        row[j] = j;
    }
    for (Py_ssize_t i = 1; i <= rows; i++) {
        Py_ssize_t diagonal = row[0];
        Py_UCS4 letter = PyUnicode_READ(left_kind, left_data, i - 1);
        row[0] = i;
        for (Py_ssize_t j = 1; j <= columns; j++) {
            Py_ssize_t best = diagonal;
            if (letter != PyUnicode_READ(right_kind, right_data, j - 1)) {
                best = Py_MIN(best, Py_MIN(row[j], row[j - 1])) + 1;
            }
            diagonal = row[j];
            row[j] = best;
        }
    }
    Py_ssize_t distance = row[columns];
    PyMem_Free(row);
    return distance;
}

typedef struct {
    PyObject_HEAD
    PyObject *words; /* a tuple of str */
    Py_ssize_t searches;
} IndexObject;

static int
index_init(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"words", NULL};
    PyObject *given;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O", names, &given)) {
        return -1;
    }
    PyObject *words = PySequence_Tuple(given);
    if (words == NULL) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(words); i++) {
        if (!PyUnicode_Check(PyTuple_GET_ITEM(words, i))) {
            PyErr_Format(PyExc_TypeError, "word %zd is no str", i);
            Py_DECREF(words);
            return -1;
        }
    }
    PyObject *before = ((IndexObject *)self)->words;
    ((IndexObject *)self)->words = words;
    Py_XDECREF(before);
    return 0;
}

static void
index_dealloc(PyObject *self)
{
    Py_XDECREF(((IndexObject *)self)->words);
    Py_TYPE(self)->tp_free(self);
}

/* A new tuple (distance, word), or NULL with an exception. */
static PyObject *
rated(PyObject *word, PyObject *wanted)
{
    Py_ssize_t distance = edit_distance(word, wanted);
    if (distance < 0) {
        return NULL;
    }
    PyObject *pair = PyTuple_New(2);
    PyObject *number = PyLong_FromSsize_t(distance);
    if (pair == NULL || number == NULL) {
        Py_XDECREF(pair);
        Py_XDECREF(number);
        return NULL;
    }
    PyTuple_SET_ITEM(pair, 0, number);
    Py_INCREF(word);
    PyTuple_SET_ITEM(pair, 1, word);
    return pair;
}

PyDoc_STRVAR(
    index_find_doc,
    "find($self, wanted, limit=3, /)\n--\n\n"
    "Give the nearest words as tuples (distance, word), the nearest first.");

static PyObject *
index_find(PyObject *self, PyObject *arguments)
{
    PyObject *wanted;
    Py_ssize_t limit = 3;
    if (!PyArg_ParseTuple(arguments, "U|n", &wanted, &limit)) {
        return NULL;
    }
    PyObject *words = ((IndexObject *)self)->words;
    Py_ssize_t count = words == NULL ? 0 : PyTuple_GET_SIZE(words);
    PyObject *found = PyList_New(count);
    if (found == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *pair = rated(PyTuple_GET_ITEM(words, i), wanted);
        if (pair == NULL) {
            Py_DECREF(found);
            return NULL;
        }
        PyList_SET_ITEM(found, i, pair);
    }
    ((IndexObject *)self)->searches++;
    if (PyList_Sort(found) < 0 || PyList_SetSlice(found, limit, count, NULL) < 0) {
        Py_DECREF(found);
        return NULL;
    }
    return found;
}

static Py_ssize_t
index_length(PyObject *self)
{
    PyObject *words = ((IndexObject *)self)->words;
    return words == NULL ? 0 : PyTuple_GET_SIZE(words);
}

static PyMethodDef index_methods[] = {
    {"find", index_find, METH_VARARGS, index_find_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef index_members[] = {
    {"searches", T_PYSSIZET, offsetof(IndexObject, searches), READONLY,
     "How many times find() was called."},
    {NULL, 0, 0, 0, NULL},
};

static PySequenceMethods index_as_sequence = {
    .sq_length = index_length,
};

static PyTypeObject Index_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "closest._index.Index",
    .tp_doc = "Index(words)\n--\n\nKnows words, and finds those nearest to another.",
    .tp_basicsize = sizeof(IndexObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
    .tp_init = index_init,
    .tp_dealloc = index_dealloc,
    .tp_methods = index_methods,
    .tp_members = index_members,
    .tp_as_sequence = &index_as_sequence,
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "closest._index",
    .m_size = -1,
};

PyMODINIT_FUNC
PyInit__index(void)
{
    if (PyType_Ready(&Index_Type) < 0) {
        return NULL;
    }
    PyObject *module = PyModule_Create(&module_definition);
    if (module == NULL) {
        return NULL;
    }
    Py_INCREF(&Index_Type);
    if (PyModule_AddObject(module, "Index", (PyObject *)&Index_Type) < 0) {
        Py_DECREF(&Index_Type);
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
