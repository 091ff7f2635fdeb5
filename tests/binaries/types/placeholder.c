/* As pyerfa 2.0.1.5 has it: a structure of the same name that is not CPython's. */
typedef struct _typeobject {
    int dummy;
} PyTypeObject;
int placeholder(PyTypeObject *type) { return type->dummy; }
