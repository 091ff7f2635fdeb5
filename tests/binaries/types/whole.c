/* As a unit sees CPython's types outside the limit. */
typedef struct _typeobject PyTypeObject;
typedef struct {
    long ob_refcnt;
    PyTypeObject *ob_type;
} PyObject;
struct _typeobject {
    PyObject ob_base;
    const char *tp_name;
    long tp_basicsize;
};
const char *whole(PyTypeObject *type) { return type->tp_name; }
