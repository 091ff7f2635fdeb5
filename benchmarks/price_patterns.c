/* What price.py measures: each pattern as it is usually written, and the fast way.
 *
 * Compiled without the limit, the usual way takes the macros and fields of the full API;
 * that is what everything else is compared with.  Under the limit it is what those
 * become, and the fast way is what avoids most of the price at that floor.
 *
 * Each function takes rounds and an object, and returns the processor time of its
 * thread in seconds. */

#include <Python.h>
#include <string.h>
#include <time.h>

#ifdef Py_LIMITED_API
#define FLOOR Py_LIMITED_API
#else
#define FLOOR 0x7FFFFFFF
#endif
#define AT_3_10 0x030A0000
#define AT_3_11 0x030B0000
#define AT_3_12 0x030C0000

#define MOST 64
#define PASSES 8
#define TEXT 256

static PyObject *name_of_attribute, *name_of_method;
static volatile uintptr_t seen;

static double
now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

#define MEASURE(NAME, PREPARE, BODY)                                              \
    static PyObject *NAME(PyObject *module, PyObject *args)                       \
    {                                                                             \
        PyObject *given;                                                          \
        Py_ssize_t rounds, round;                                                 \
        double start;                                                             \
        uintptr_t sum = 0;                                                        \
        (void)module;                                                             \
        if (!PyArg_ParseTuple(args, "nO", &rounds, &given)) {                     \
            return NULL;                                                          \
        }                                                                         \
        PREPARE;                                                                  \
        start = now();                                                            \
        for (round = 0; round < rounds; round++) {                                \
            BODY;                                                                 \
        }                                                                         \
        start = now() - start;                                                    \
        seen += sum;                                                              \
        return PyErr_Occurred() ? NULL : PyFloat_FromDouble(start);               \
    }

/* Items of tuples and lists: several passes over the same items. */

#ifdef Py_LIMITED_API
#define TUPLE_ITEM PyTuple_GetItem
#define LIST_ITEM PyList_GetItem
#else
#define TUPLE_ITEM PyTuple_GET_ITEM
#define LIST_ITEM PyList_GET_ITEM
#endif

#define PASS_OVER(ITEM)                                                           \
    for (int pass = 0; pass < PASSES; pass++) {                                   \
        for (Py_ssize_t i = 0; i < MOST; i++) {                                   \
            sum += (uintptr_t)ITEM(given, i);                                     \
        }                                                                         \
    }
#define PASS_OVER_COPY(ITEM)                                                      \
    PyObject *items[MOST];                                                        \
    for (Py_ssize_t i = 0; i < MOST; i++) {                                       \
        items[i] = ITEM(given, i);                                                \
    }                                                                             \
    for (int pass = 0; pass < PASSES; pass++) {                                   \
        for (Py_ssize_t i = 0; i < MOST; i++) {                                   \
            sum += (uintptr_t)items[i];                                           \
        }                                                                         \
    }

MEASURE(tuple_items, , PASS_OVER(TUPLE_ITEM))
MEASURE(tuple_items_fast, , PASS_OVER_COPY(TUPLE_ITEM))
MEASURE(list_items, , PASS_OVER(LIST_ITEM))
MEASURE(list_items_fast, , PASS_OVER_COPY(LIST_ITEM))

/* An attribute: by a C string, as much code has it, and by a name made once. */

MEASURE(attribute, , PyObject *found = PyObject_GetAttrString(given, "value");
        sum += (uintptr_t)found; Py_XDECREF(found))
MEASURE(attribute_fast, , PyObject *found = PyObject_GetAttr(given, name_of_attribute);
        sum += (uintptr_t)found; Py_XDECREF(found))

/* A method and a function, with one argument. */

#if FLOOR >= AT_3_12 && PY_VERSION_HEX >= 0x03090000
#define CALL_METHOD(FOUND)                                                        \
    PyObject *stack[3] = {NULL, given, Py_None};                                  \
    PyObject *FOUND = PyObject_VectorcallMethod(                                  \
        name_of_method, stack + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
#define CALL_FUNCTION(FOUND)                                                      \
    PyObject *stack[2] = {NULL, Py_None};                                         \
    PyObject *FOUND =                                                             \
        PyObject_Vectorcall(given, stack + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
#else
#define CALL_METHOD(FOUND)                                                        \
    PyObject *FOUND = PyObject_CallMethod(given, "method", "O", Py_None)
#define CALL_FUNCTION(FOUND)                                                      \
    PyObject *FOUND = PyObject_CallFunction(given, "O", Py_None)
#endif

MEASURE(method_call, , CALL_METHOD(found); sum += (uintptr_t)found; Py_XDECREF(found))
MEASURE(method_call_fast, PyObject *bound = PyObject_GetAttr(given, name_of_method),
        PyObject *found = PyObject_CallFunctionObjArgs(bound, Py_None, NULL);
        sum += (uintptr_t)found; Py_XDECREF(found))
MEASURE(function_call, , CALL_FUNCTION(found); sum += (uintptr_t)found; Py_XDECREF(found))
MEASURE(function_call_fast, ,
        PyObject *found = PyObject_CallFunctionObjArgs(given, Py_None, NULL);
        sum += (uintptr_t)found; Py_XDECREF(found))

/* The bytes of an object, of which the floors below 3.11 have to make a copy. */

static uintptr_t __attribute__((noinline))
sum_of(const char *data, Py_ssize_t size)
{
    uintptr_t sum = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        sum += (unsigned char)data[i];
    }
    return sum;
}

#if FLOOR >= AT_3_11
MEASURE(buffer_reading, Py_buffer view,
        if (!PyObject_GetBuffer(given, &view, PyBUF_SIMPLE)) {
            sum += sum_of(view.buf, view.len);
            PyBuffer_Release(&view);
        })
#else
MEASURE(buffer_reading, ,
        PyObject *copy = PyBytes_FromObject(given);
        if (copy) {
            sum += sum_of(PyBytes_AsString(copy), PyBytes_Size(copy));
            Py_DECREF(copy);
        })
#endif
MEASURE(buffer_reading_fast, ,
        sum += sum_of(PyByteArray_AsString(given), PyByteArray_Size(given)))

/* Bytes that are filled one by one. */

#ifdef Py_LIMITED_API
#define BYTES_DATA PyBytes_AsString
#else
#define BYTES_DATA PyBytes_AS_STRING
#endif

MEASURE(bytes_building, , PyObject *made = PyBytes_FromStringAndSize(NULL, TEXT);
        for (Py_ssize_t i = 0; i < TEXT; i++) { BYTES_DATA(made)[i] = (char)(i + round); }
        sum += (uintptr_t)made; Py_DECREF(made))
MEASURE(bytes_building_fast, , PyObject *made = PyBytes_FromStringAndSize(NULL, TEXT);
        char *data = BYTES_DATA(made);
        for (Py_ssize_t i = 0; i < TEXT; i++) { data[i] = (char)(i + round); }
        sum += (uintptr_t)made; Py_DECREF(made))

/* Integers: is it one, and which. */

MEASURE(integers, ,
        for (int i = 0; i < MOST; i++) {
            if (PyLong_Check(given)) { sum += (uintptr_t)PyLong_AsLong(given); }
        })
MEASURE(integers_fast, ,
        for (int i = 0; i < MOST; i++) {
            if (PyLong_CheckExact(given) || PyLong_Check(given)) {
                sum += (uintptr_t)PyLong_AsLong(given);
            }
        })

/* Keys and values of a dict: a function in both. */

#define OVER_DICT                                                                 \
    PyObject *key, *value;                                                        \
    Py_ssize_t place = 0;                                                         \
    while (PyDict_Next(given, &place, &key, &value)) { sum += (uintptr_t)value; }

MEASURE(dict_iteration, , OVER_DICT)
MEASURE(dict_iteration_fast, , OVER_DICT)

/* The characters of a text. */

#ifdef Py_LIMITED_API
MEASURE(text_reading, Py_ssize_t size = PyUnicode_GetLength(given),
        for (Py_ssize_t i = 0; i < size; i++) { sum += PyUnicode_ReadChar(given, i); })
#else
MEASURE(text_reading, Py_ssize_t size = PyUnicode_GET_LENGTH(given),
        int kind = PyUnicode_KIND(given); const void *data = PyUnicode_DATA(given);
        for (Py_ssize_t i = 0; i < size; i++) { sum += PyUnicode_READ(kind, data, i); })
#endif
#if FLOOR >= AT_3_10 && PY_VERSION_HEX >= AT_3_10
MEASURE(text_reading_fast, Py_ssize_t size = 0,
        const char *data = PyUnicode_AsUTF8AndSize(given, &size);
        sum += sum_of(data, size))
#else
MEASURE(text_reading_fast, Py_UCS4 data[TEXT + 1],
        Py_ssize_t size = PyUnicode_GetLength(given);
        PyUnicode_AsUCS4(given, data, TEXT + 1, 1);
        for (Py_ssize_t i = 0; i < size; i++) { sum += data[i]; })
#endif

/* References to different objects: a call from a floor of 3.12 on.  Of one object, each
 * step would wait for the memory that the one before has written. */

#define OBJECTS                                                                   \
    PyObject *objects[MOST];                                                      \
    for (int i = 0; i < MOST; i++) { objects[i] = PyTuple_GetItem(given, i); }

MEASURE(references, OBJECTS,
        for (int i = 0; i < MOST; i++) {
            Py_INCREF(objects[i]);
            seen = (uintptr_t)objects[i];
            Py_DECREF(objects[i]);
        })
MEASURE(references_fast, OBJECTS,
        for (int i = 0; i < MOST; i++) { seen = (uintptr_t)objects[i]; })

/* Objects that are made and let go: of a static type without the limit, of a heap type
 * under it.  The fast way keeps one spare. */

typedef struct {
    PyObject_HEAD
    double value;
} Point;

static void *spare;
static PyTypeObject *usual_type, *sparing_type;

#ifdef Py_LIMITED_API
static void
let_go(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF((PyObject *)type);
}
#else
static void
let_go(PyObject *self)
{
    PyObject_Free(self);
}
#endif

static void
keep(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (spare) {
        PyObject_Free(self);
    }
    else {
        spare = self;
    }
    Py_DECREF((PyObject *)type);
}

static PyObject *
make(PyTypeObject *type)
{
    void *memory = spare ? spare : PyObject_Malloc(sizeof(Point));
    spare = NULL;
    return PyObject_Init((PyObject *)memory, type);
}

static PyTypeObject *
type_with(void (*dealloc)(PyObject *))
{
    PyType_Slot slots[] = {{Py_tp_dealloc, (void *)dealloc}, {0, NULL}};
    PyType_Spec spec = {"price.Point", sizeof(Point), 0, Py_TPFLAGS_DEFAULT, slots};
    return (PyTypeObject *)PyType_FromSpec(&spec);
}

MEASURE(object_creation, , Point *made = PyObject_New(Point, usual_type);
        made->value = 1.0; sum += (uintptr_t)made; Py_DECREF((PyObject *)made))
MEASURE(object_creation_fast, , PyObject *made = make(sparing_type);
        ((Point *)made)->value = 1.0; sum += (uintptr_t)made; Py_DECREF(made))

#define BOTH(NAME) {#NAME, NAME, METH_VARARGS, NULL}, {#NAME "_fast", NAME##_fast, METH_VARARGS, NULL}

static PyMethodDef methods[] = {
    BOTH(tuple_items),    BOTH(list_items),     BOTH(attribute),
    BOTH(method_call),    BOTH(function_call),  BOTH(buffer_reading),
    BOTH(bytes_building), BOTH(integers),       BOTH(dict_iteration),
    BOTH(text_reading),   BOTH(references),     BOTH(object_creation),
    {NULL, NULL, 0, NULL},
};

#define JOIN(A, B) A##B
#define INIT(NAME) JOIN(PyInit_, NAME)

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "price", .m_size = -1, .m_methods = methods};

#ifndef Py_LIMITED_API
static PyTypeObject static_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "price.Point",
    .tp_basicsize = sizeof(Point),
    .tp_dealloc = let_go,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};
#endif

PyMODINIT_FUNC
INIT(MODULE)(void)
{
    name_of_attribute = PyUnicode_InternFromString("value");
    name_of_method = PyUnicode_InternFromString("method");
#ifdef Py_LIMITED_API
    usual_type = type_with(let_go);
#else
    usual_type = PyType_Ready(&static_type) ? NULL : &static_type;
#endif
    sparing_type = type_with(keep);
    if (!name_of_attribute || !name_of_method || !usual_type || !sparing_type) {
        return NULL;
    }
    return PyModule_Create(&definition);
}
