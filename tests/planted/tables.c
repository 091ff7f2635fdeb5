/* A module "core" with a type "core.Thing", whose tables hold what macros ask for.

   Either Python's headers describe the structures (HEADERS), or the declarations below
   do, so that a compiler on any system can build it for any.  Both work on Python. */

#ifdef HEADERS
#include <stddef.h>
#include <Python.h>
#include <structmember.h>
#else
#define NULL 0
#define offsetof __builtin_offsetof
typedef __PTRDIFF_TYPE__ Py_ssize_t;
typedef struct PyObject {
    Py_ssize_t ob_refcnt;
    void *ob_type;
} PyObject;
#define PyObject_HEAD PyObject ob_base;
typedef PyObject *(*PyCFunction)(PyObject *, PyObject *);
typedef struct {
    const char *ml_name;
    PyCFunction ml_meth;
    int ml_flags;
    const char *ml_doc;
} PyMethodDef;
typedef struct {
    const char *name;
    int type;
    Py_ssize_t offset;
    int flags;
    const char *doc;
} PyMemberDef;
typedef struct {
    int slot;
    void *pfunc;
} PyType_Slot;
typedef struct {
    const char *name;
    int basicsize, itemsize;
    unsigned int flags;
    PyType_Slot *slots;
} PyType_Spec;
typedef struct {
    int slot;
    void *value;
} PyModuleDef_Slot;
struct PyModuleDef {
    PyObject ob_base;
    PyObject *(*m_init)(void);
    Py_ssize_t m_index;
    PyObject *m_copy;
    const char *m_name, *m_doc;
    Py_ssize_t m_size;
    PyMethodDef *m_methods;
    PyModuleDef_Slot *m_slots;
    void *m_traverse, *m_clear, *m_free;
};
#ifndef REFERENCES
#define REFERENCES 1
#endif
#define PyModuleDef_HEAD_INIT {REFERENCES, 0}, 0, 0, 0
PyObject *PyModuleDef_Init(struct PyModuleDef *);
PyObject *PyType_FromSpec(PyType_Spec *);
int PyModule_AddObject(PyObject *, const char *, PyObject *);
PyObject *PyLong_FromLong(long);
#ifdef _WIN32
#define PyMODINIT_FUNC __declspec(dllexport) PyObject *
#else
#define PyMODINIT_FUNC __attribute__((visibility("default"))) PyObject *
#endif
#endif

#ifndef BASIC_SIZE
#define BASIC_SIZE sizeof(Thing)
#endif
#ifndef DOC
#define DOC "A thing."
#endif
#ifndef FLAGS
#define FLAGS 0
#endif
#ifndef LINKAGE
#define LINKAGE static
#endif
#ifndef MEMBERS
#define MEMBERS
#endif
#ifndef METHOD_FLAGS
#define METHOD_FLAGS 1
#endif
#ifndef MODULE_SLOTS
#define MODULE_SLOTS
#endif
#ifndef TYPE_SLOTS
#define TYPE_SLOTS
#endif

typedef struct {
    PyObject_HEAD
    int number;
    PyObject *other;
} Thing;

#ifdef TEXT
PyObject *PyUnicode_FromFormat(const char *, ...);
#define SAY {"say", say, 1, 0},
static PyObject *say(PyObject *self, PyObject *unused)
{
    return PyUnicode_FromFormat(TEXT, self, self);
}
#else
#define SAY
#endif

#ifdef FORMAT
int PARSE(PyObject *, const char *, ...);
static PyObject *parse(PyObject *self, PyObject *arguments)
{
    const char *text;
    Py_ssize_t size = 0x1122334455667788;
#ifdef ALSO
    int ALSO(PyObject *, const char *, ...);
    if (!ALSO(arguments, "O", &text))
        return NULL;
#endif
    if (!PARSE(arguments, FORMAT, &text, &size))
        return NULL;
    return PyLong_FromLong(size == 5);
}
#define READ {"parse", parse, 1, 0},
#else
#define READ
#endif

static PyObject *answer(PyObject *self, PyObject *arguments)
{
    return PyLong_FromLong(42);
}

LINKAGE PyMemberDef members[] = {
    {"number", 1, offsetof(Thing, number), 0, "A number."},
    MEMBERS
    {0},
};
LINKAGE PyMethodDef methods[] = {
    {"answer", answer, METHOD_FLAGS, "Answer."},
    {0},
};
LINKAGE PyType_Slot slots[] = {
    {56, DOC},
    {64, methods},
    {72, members},
    TYPE_SLOTS
    {0, 0},
};
LINKAGE PyType_Spec spec = {"core.Thing", BASIC_SIZE, 0, FLAGS, slots};

static int execute(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&spec);
    return type ? PyModule_AddObject(module, "Thing", type) : -1;
}

LINKAGE PyMethodDef functions[] = {
    SAY
    READ
    {"answer", answer, 1, 0},
    {0},
};
LINKAGE PyModuleDef_Slot module_slots[] = {
    {2, execute},
    MODULE_SLOTS
    {0},
};
LINKAGE struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "core", "A module.", 0, functions, module_slots,
};

PyMODINIT_FUNC PyInit_core(void)
{
    return PyModuleDef_Init(&definition);
}
