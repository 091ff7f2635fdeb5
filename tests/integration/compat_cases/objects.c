/* References, calls, attributes, types and modules. */

CASE(references)
{
    PyObject *object = ONE(), *place, *empty = NULL;
    Py_ssize_t before = Py_REFCNT(object);
#if PY_VERSION_HEX >= 0x030A0000
    place = Py_NewRef(object);
    empty = Py_XNewRef(empty);
    if (!Py_Is(place, object) || Py_IsNone(place) || Py_IsTrue(object)
        || Py_IsFalse(object) || !Py_IsNone(Py_None) || empty != NULL)
        return PyUnicode_FromString("not itself");
#else
    place = object;
    Py_INCREF(place);
#endif
    Py_SETREF(place, PyList_New(0));
    Py_XSETREF(empty, place);
    Py_XSETREF(empty, NULL);
    return PyLong_FromSsize_t(Py_REFCNT(object) - before);
}

typedef struct {
    PyObject_VAR_HEAD
    int more;
} own_object;

/* What casts in the full API takes a pointer to any structure. */
CASE(own_structures)
{
    PyObject *made = PyTuple_New(2);
    own_object *own = (own_object *)made, *again = own, *empty = NULL;
    own_object *type = (own_object *)Py_TYPE(own);
    Py_ssize_t before = Py_REFCNT(own), references;
    Py_SET_TYPE(own, Py_TYPE(own));
    Py_SET_SIZE(own, Py_SIZE(own) - 1);
    Py_SET_REFCNT(own, Py_REFCNT(own));
    Py_INCREF(own);
    Py_XINCREF(empty);
    Py_XINCREF(own);
    Py_XDECREF(empty);
    Py_XDECREF(again);
#if PY_VERSION_HEX >= 0x030A0000
    again = (own_object *)Py_NewRef(own);
    empty = (own_object *)Py_XNewRef(empty);
    Py_DECREF(again);
#endif
    references = Py_REFCNT(own) - before;
    Py_DECREF(own);
    made = Py_BuildValue("(nniiii)", Py_SIZE(own), references,
                         Py_IS_TYPE(own, (PyTypeObject *)type),
                         PyObject_TypeCheck(own, (PyTypeObject *)type) != 0,
                         PyType_Check(type) != 0, PyType_CheckExact(type) != 0);
    Py_SET_SIZE(own, 2);
    Py_DECREF(own);
    return made;
}

CASE(unique)
{
#if PY_VERSION_HEX >= 0x030E0000
    PyObject *made = PyList_New(0), *again = made;
    int unique = PyUnstable_Object_IsUniquelyReferenced(made);
    Py_INCREF(again);
    unique += 2 * PyUnstable_Object_IsUniquelyReferenced(made);
    Py_DECREF(again);
    Py_DECREF(made);
    return PyLong_FromLong(unique);
#else
    NOT_HERE;
#endif
}

CASE(call)
{
    PyObject *callable = ARGUMENT(0), *arguments[3] = {NULL, ARGUMENT(1), ARGUMENT(2)};
    PyObject *names = PyTuple_Pack(1, ARGUMENT(3)), *keywords = PyDict_New(), *made;
    size_t one = 1 | PY_VECTORCALL_ARGUMENTS_OFFSET;
    PyDict_SetItem(keywords, ARGUMENT(3), ARGUMENT(2));
    made = Py_BuildValue("(NNNn)", or_word(PyObject_CallNoArgs(callable), "NULL"),
                         PyObject_CallOneArg(callable, ARGUMENT(1)),
                         PyObject_Vectorcall(callable, arguments + 1, one, names),
                         PyVectorcall_NARGS(one));
    if (made != NULL)
        made = Py_BuildValue(
            "(NNNN)", made, PyObject_VectorcallDict(callable, arguments + 1, one, keywords),
            _PyObject_Vectorcall(callable, arguments + 1, one, NULL),
            _PyObject_FastCallDict(callable, arguments + 1, 1, keywords));
    Py_DECREF(names);
    Py_DECREF(keywords);
    return made;
}

CASE(call_private)
{
    PyObject *callable = ARGUMENT(0), *arguments[2] = {ARGUMENT(1), ARGUMENT(2)};
    PyObject *none = NULL;
#if PY_VERSION_HEX < 0x030D0000
    none = _PyObject_FastCall(callable, arguments, 2);
    if (none == NULL)
        return NULL;
#endif
#if PY_VERSION_HEX < 0x030B0000
    Py_SETREF(none, _PyObject_CallNoArg(callable));
#endif
    (void)arguments;
    return Py_BuildValue("(NN)", or_word(none, "NULL"),
                         _PyObject_CallOneArg(callable, ARGUMENT(1)));
}

CASE(call_method)
{
    PyObject *object = ARGUMENT(0), *name = ARGUMENT(1), *argument = ARGUMENT(2);
    PyObject *arguments[2] = {object, argument}, *first;
    first = PyObject_VectorcallMethod(name, arguments,
                                      2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (first == NULL)
        return NULL;
    return Py_BuildValue("(NNNNNN)", first, PyObject_CallMethodNoArgs(object, name),
                         PyObject_CallMethodOneArg(object, name, argument),
                         _PyObject_CallMethodNoArgs(object, name),
                         _PyObject_CallMethodOneArg(object, name, argument),
                         _PyObject_VectorcallMethod(name, arguments, 2, NULL));
}

CASE(optional_attribute)
{
    PyObject *object = ARGUMENT(0), *name = ARGUMENT(1), *found = NULL;
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *again = NULL;
    int result = PyObject_GetOptionalAttr(object, name, &found), has;
    if (result < 0)
        return NULL;
    has = PyObject_HasAttrWithError(object, name);
    has += 2 * PyObject_HasAttrStringWithError(object, "known");
    result += 2 * PyObject_GetOptionalAttrString(object, "known", &again);
    return Py_BuildValue("(iNiN)", result, or_word(found, "NULL"), has,
                         or_word(again, "NULL"));
#else
    int result = _PyObject_LookupAttr(object, name, &found);
    if (result < 0)
        return NULL;
    return Py_BuildValue("(iN)", result, or_word(found, "NULL"));
#endif
}

CASE(optional_item)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *object = ARGUMENT(0), *key = ARGUMENT(1), *found = NULL, *again = NULL;
    int result = PyMapping_GetOptionalItem(object, key, &found), has;
    if (result < 0)
        return NULL;
    has = PyMapping_HasKeyWithError(object, key);
    has += 2 * PyMapping_HasKeyStringWithError(object, "known");
    result += 2 * PyMapping_GetOptionalItemString(object, "known", &again);
    return Py_BuildValue("(iNiN)", result, or_word(found, "NULL"), has,
                         or_word(again, "NULL"));
#else
    NOT_HERE;
#endif
}

CASE(length_hint)
{
    Py_ssize_t length = PyObject_LengthHint(ARGUMENT(0), PyLong_AsSsize_t(ARGUMENT(1)));
    return length < 0 ? NULL : PyLong_FromSsize_t(length);
}

CASE(print)
{
    FILE *file = tmpfile();
    char text[200];
    size_t size;
    int result = PyObject_Print(ARGUMENT(0), file, (int)PyLong_AsLong(ARGUMENT(1)));
    rewind(file);
    size = fread(text, 1, sizeof text, file);
    fclose(file);
    return result < 0 ? NULL : PyBytes_FromStringAndSize(text, (Py_ssize_t)size);
}

CASE(traits)
{
    return Py_BuildValue("(iii)", PyObject_IS_GC(ONE()) != 0, PyObject_CheckBuffer(ONE()),
                         PyErr_Occurred() != NULL);
}

CASE(generic_hash)
{
#if PY_VERSION_HEX >= 0x030D0000
    Py_hash_t (*hash)(PyObject *) = PyObject_GenericHash;
    return PyBool_FromLong(hash(ONE()) == _Py_HashPointer(ONE()));
#else
    NOT_HERE;
#endif
}

CASE(next_item)
{
#if PY_VERSION_HEX >= 0x030E0000
    PyObject *item = NULL;
    int result = PyIter_NextItem(ONE(), &item);
    if (result < 0)
        return NULL;
    return Py_BuildValue("(iN)", result, or_word(item, "NULL"));
#else
    NOT_HERE;
#endif
}

CASE(weak_object)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *found = NULL;
    int result = PyWeakref_GetRef(ONE(), &found);
    if (result < 0)
        return NULL;
    return Py_BuildValue("(iN)", result, or_word(found, "NULL"));
#else
    NOT_HERE;
#endif
}

CASE(constants)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *made = PyList_New(0);
    unsigned int number;
    for (number = Py_CONSTANT_NONE; number <= Py_CONSTANT_EMPTY_TUPLE; number++) {
        PyObject *constant = Py_GetConstant(number);
        if (constant == NULL || constant != Py_GetConstantBorrowed(number))
            return NULL;
        PyList_Append(made, constant);
        Py_DECREF(constant);
    }
    if (Py_GetConstant(77) != NULL)
        return PyUnicode_FromString("not refused");
    PyErr_Clear();
    return made;
#else
    NOT_HERE;
#endif
}

CASE(weak_reference)
{
#if PY_VERSION_HEX < 0x030F0000
    PyObject *reference = PyWeakref_NewRef(ONE(), NULL), *found;
    if (reference == NULL)
        return NULL;
    found = PyWeakref_GET_OBJECT(reference);
    found = PyBool_FromLong(found == ONE());
    Py_DECREF(reference);
    return found;
#else
    NOT_HERE;
#endif
}

CASE(identifiers)
{
    PyObject *object = ARGUMENT(0), *joined, *dict = PyDict_New();
    _Py_IDENTIFIER(known);
    _Py_IDENTIFIER(missing);
    _Py_IDENTIFIER(method);
    _Py_static_string(other_known, "known");
    _Py_Identifier *name = &PyId_known;
    static _Py_Identifier initialised = _Py_static_string_init("known");
    joined = Py_BuildValue("(NNN)", _PyObject_GetAttrId(object, name),
                           _PyObject_GetAttrId(object, &initialised),
                           _PyObject_CallMethodId(object, &PyId_method, "i", 3));
    (void)PyId_missing;
    (void)other_known;
#if PY_VERSION_HEX < 0x030D0000
    PyObject *found = NULL;
    int result = _PyObject_LookupAttrId(object, &PyId_missing, &found);
    _PyDict_SetItemId(dict, name, object);
    result += 2 * (_PyDict_GetItemIdWithError(dict, &other_known) == object);
#  if PY_VERSION_HEX >= 0x030A0000
    result += 4 * _PyDict_ContainsId(dict, name);
#  endif
    result += 8 * _PyDict_DelItemId(dict, name);
    result += 16 * _PyObject_SetAttrId(object, &PyId_missing, Py_None);
    PyObject_DelAttrString(object, "missing");
    result += 32 * _PyUnicode_EqualToASCIIId(ARGUMENT(1), name);
    joined = Py_BuildValue(
        "(NiNN)", joined, result, _PyObject_CallMethodIdNoArgs(object, &PyId_method),
        _PyObject_CallMethodIdOneArg(object, &PyId_method, ARGUMENT(1)));
#endif
    Py_DECREF(dict);
    return joined;
}

CASE(type_names)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyTypeObject *type = (PyTypeObject *)ONE();
    PyObject *names = Py_BuildValue("(NN)", PyType_GetName(type), PyType_GetQualName(type));
#  if PY_VERSION_HEX >= 0x030D0000
    names = Py_BuildValue("(NNN)", names, PyType_GetModuleName(type),
                          PyType_GetFullyQualifiedName(type));
#  endif
    return names;
#else
    NOT_HERE;
#endif
}

CASE(type_dictionary)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *found = PyType_GetDict((PyTypeObject *)ARGUMENT(0)), *known;
    int is_there;
    if (found == NULL)
        return NULL;
    known = PyDict_GetItemString(found, "known");
    is_there = PyDict_GetItemString(found, "__doc__") != NULL;
    known = Py_BuildValue("(iiO)", PyDict_CheckExact(found), is_there,
                          known != NULL ? known : Py_None);
    Py_DECREF(found);
    return known;
#else
    NOT_HERE;
#endif
}

CASE(type_lookup)
{
    PyTypeObject *type = (PyTypeObject *)ARGUMENT(0);
    PyObject *found = kept(_PyType_Lookup(type, ARGUMENT(1)));
    return Py_BuildValue("(Ni)", found, PyType_SUPPORTS_WEAKREFS(type) != 0);
}

static int nothing_executed(PyObject *module)
{
    (void)module;
    return 0;
}

CASE(module_by_definition)
{
#if PY_VERSION_HEX >= 0x030A0000 && (!defined(Py_LIMITED_API) || Py_LIMITED_API >= 0x030A0000)
    static PyModuleDef_Slot own_slots[] = {{0, NULL}};
    static struct PyModuleDef own = {
        PyModuleDef_HEAD_INIT, "own", NULL, 0, NULL, own_slots, NULL, NULL, NULL,
    };
    static PyType_Slot type_slots[] = {{0, NULL}};
    static PyType_Spec spec = {"own.Thing", 0, 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, type_slots};
    PyObject *made = PyModule_FromDefAndSpec(&own, ARGUMENT(0)), *type, *found;
    if (made == NULL)
        return NULL;
    type = PyType_FromModuleAndSpec(made, &spec, NULL);
    PyObject *sub = PyObject_CallFunction((PyObject *)&PyType_Type, "s(O){}", "Sub", type);
#  if PY_VERSION_HEX >= 0x030B0000
    found = PyType_GetModuleByDef((PyTypeObject *)sub, &own);
#  else
    found = _PyType_GetModuleByDef((PyTypeObject *)sub, &own);
#  endif
    long is_made = found == made;
    Py_DECREF(type);
    Py_DECREF(sub);
    Py_DECREF(made);
#  if PY_VERSION_HEX >= 0x030B0000
    if (is_made)
        return PyType_GetModuleByDef(&PyLong_Type, &own);
#  endif
    return PyLong_FromLong(is_made);
#else
    NOT_HERE;
#endif
}

CASE(module_additions)
{
    PyObject *made = PyModule_New("made"), *value = ARGUMENT(0), *result;
    int first = 0, second = 0, third;
    Py_ssize_t before = Py_REFCNT(value);
    (void)nothing_executed;
#if PY_VERSION_HEX >= 0x030A0000
    first = PyModule_AddObjectRef(made, "first", value);
#endif
#if PY_VERSION_HEX >= 0x030D0000
    second = PyModule_Add(made, "second", Py_NewRef(value));
#elif PY_VERSION_HEX >= 0x030B0000
    second = _PyModule_Add(made, "second", Py_NewRef(value));
#endif
    third = PyModule_AddType(made, &PyList_Type);
    result = PyObject_Dir(made);
    result = Py_BuildValue("(iiiNn)", first, second, third, result,
                           Py_REFCNT(value) - before);
    Py_DECREF(made);
    return result;
}

CASE(module_misuse)
{
#if PY_VERSION_HEX >= 0x030A0000
    return status(PyModule_AddObjectRef(ARGUMENT(0), "name", NULL));
#else
    NOT_HERE;
#endif
}

CASE(imports)
{
#if PY_VERSION_HEX >= 0x030E0000
    PyObject *first = PyImport_ImportModuleAttr(ARGUMENT(0), ARGUMENT(1));
    PyObject *second = first ? PyImport_ImportModuleAttrString("math", "floor") : NULL;
#elif PY_VERSION_HEX >= 0x030A0000 && PY_VERSION_HEX < 0x030D0000
    PyObject *first = _PyImport_GetModuleAttr(ARGUMENT(0), ARGUMENT(1));
    PyObject *second = first ? _PyImport_GetModuleAttrString("math", "floor") : NULL;
#elif PY_VERSION_HEX >= 0x030D0000
    PyObject *first = PyUnicode_FromString("no"), *second = PyImport_AddModuleRef("math");
#else
    PyObject *first = PyUnicode_FromString("no"), *second = PyImport_ImportModule("math");
#endif
    if (second == NULL)
        return NULL;
    return Py_BuildValue("(NN)", first, second);
}

CASE(import_add)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyImport_AddModuleRef("math");
#else
    NOT_HERE;
#endif
}

CASE(c_function)
{
    PyCFunctionObject *cast = (PyCFunctionObject *)ONE();
    return Py_BuildValue("(iOi)", PyCFunction_GET_FUNCTION(cast) != NULL,
                         PyCFunction_GET_SELF(cast), PyCFunction_GET_FLAGS(ONE()));
}
