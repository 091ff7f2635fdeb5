/* As a unit sees CPython's types under the limit. */
typedef struct _typeobject PyTypeObject;
typedef struct {
    long ob_refcnt;
    PyTypeObject *ob_type;
} PyObject;
PyTypeObject *limited(PyObject *object) { return object->ob_type; }
