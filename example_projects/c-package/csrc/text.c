/* c_package._text: numbers about words. */

#include "running.h"

PyDoc_STRVAR(word_lengths_doc,
             "word_lengths($module, text, /)\n--\n\n"
             "Give the mean and the variance of the lengths of a text's words.");

static PyObject *
word_lengths(PyObject *Py_UNUSED(module), PyObject *text)
{
    PyObject *words = PyUnicode_Split(text, NULL, -1);
    if (words == NULL) {
        return NULL;
    }
    running lengths = {0};
    Py_ssize_t count = PyList_Size(words);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *word = PyList_GetItem(words, i); /* borrowed */
        running_add(&lengths, (double)PyUnicode_GetLength(word));
    }
    Py_DECREF(words);
    return Py_BuildValue("dd", lengths.mean, running_variance(&lengths));
}

static PyMethodDef methods[] = {
    {"word_lengths", word_lengths, METH_O, word_lengths_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "c_package._text",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__text(void)
{
    return PyModuleDef_Init(&definition);
}
