/* What types and modules say of themselves, and what modules are made with. */

ABI3BUILD_BEGIN

ABI3BUILD_OWN PyObject *abi3build_PyType_GetName(PyTypeObject *type)
{
    return PyObject_GetAttrString((PyObject *)type, "__name__");
}

ABI3BUILD_OWN PyObject *abi3build_PyType_GetQualName(PyTypeObject *type)
{
    return PyObject_GetAttrString((PyObject *)type, "__qualname__");
}

ABI3BUILD_OWN PyObject *abi3build_PyType_GetModuleName(PyTypeObject *type)
{
    return PyObject_GetAttrString((PyObject *)type, "__module__");
}

ABI3BUILD_OWN PyObject *abi3build_PyType_GetFullyQualifiedName(PyTypeObject *type)
{
    return abi3build_full_name(type);
}

ABI3BUILD_HELPER int abi3build_has_weakrefs(PyTypeObject *type)
{
    abi3build_raised raised = abi3build_set_aside();
    PyObject *offset = PyObject_GetAttrString((PyObject *)type, "__weakrefoffset__");
    int has = offset != NULL && PyLong_AsSsize_t(offset) != 0; /* below 0: managed */
    Py_XDECREF(offset);
    abi3build_put_back(raised);
    return has;
}

/* The dictionary of a type, a new reference: type.__dict__ is a proxy, which refers to
   nothing but it.  A metaclass may have a __dict__ of its own, so type itself is asked. */
ABI3BUILD_HELPER PyObject *abi3build_type_dict(PyTypeObject *type)
{
    PyObject *all = PyObject_GetAttrString((PyObject *)&PyType_Type, "__dict__");
    PyObject *getter = all != NULL ? PyMapping_GetItemString(all, "__dict__") : NULL;
    PyObject *ask = abi3build_from_module("gc", "get_referents");
    PyObject *proxy = NULL, *found = NULL, *dictionary = NULL;
    if (getter != NULL && ask != NULL)
        proxy = PyObject_CallMethod(getter, "__get__", "O", (PyObject *)type);
    if (proxy != NULL)
        found = PyObject_CallFunctionObjArgs(ask, proxy, NULL);
    if (found != NULL && PyList_Size(found) == 1)
        dictionary = PyList_GetItem(found, 0);
    if (dictionary != NULL && PyDict_Check(dictionary))
        Py_INCREF(dictionary);
    else if (found != NULL) {
        dictionary = NULL;
        abi3build_bad_call();
    }
    Py_XDECREF(found);
    Py_XDECREF(proxy);
    Py_XDECREF(ask);
    Py_XDECREF(getter);
    Py_XDECREF(all);
    return dictionary;
}

/* Borrowed from the dictionary of the class that has it; never an exception. */
ABI3BUILD_HELPER PyObject *abi3build_type_lookup(PyTypeObject *type, PyObject *name)
{
    abi3build_raised raised = abi3build_set_aside();
    PyObject *classes = PyObject_GetAttrString((PyObject *)type, "__mro__");
    PyObject *found = NULL;
    Py_ssize_t index, size = classes != NULL ? PyTuple_Size(classes) : 0;
    for (index = 0; found == NULL && index < size; index++) {
        PyObject *members = PyObject_GetAttrString(PyTuple_GetItem(classes, index),
                                                   "__dict__");
        found = members != NULL ? PyObject_GetItem(members, name) : NULL;
        Py_XDECREF(members);
        Py_XDECREF(found);
        PyErr_Clear();
    }
    Py_XDECREF(classes);
    abi3build_put_back(raised);
    return found;
}

ABI3BUILD_OWN PyObject *abi3build__PyType_Lookup(PyTypeObject *type, PyObject *name)
{
    return abi3build_type_lookup(type, name);
}

#if !ABI3BUILD_BELOW(0x030A0000)
ABI3BUILD_HELPER PyObject *abi3build_module_by_definition(PyTypeObject *type,
                                                          struct PyModuleDef *definition)
{
    PyObject *classes = PyObject_GetAttrString((PyObject *)type, "__mro__"), *name;
    Py_ssize_t index, size = classes != NULL ? PyTuple_Size(classes) : 0;
    for (index = 0; index < size; index++) {
        PyTypeObject *each = (PyTypeObject *)PyTuple_GetItem(classes, index);
        PyObject *module = NULL;
        if (PyType_GetFlags(each) & Py_TPFLAGS_HEAPTYPE)
            module = PyType_GetModule(each);
        if (module != NULL && PyModule_GetDef(module) == definition) {
            Py_DECREF(classes);
            return module;
        }
        PyErr_Clear();
    }
    Py_XDECREF(classes);
    name = PyObject_GetAttrString((PyObject *)type, "__name__");
    if (name != NULL)
        PyErr_Format(PyExc_TypeError, "PyType_GetModuleByDef: No superclass of '%U' has "
                     "the given module", name);
    Py_XDECREF(name);
    return NULL;
}

ABI3BUILD_OWN PyObject *abi3build_PyType_GetModuleByDef(PyTypeObject *type,
                                                        struct PyModuleDef *definition)
{
    return abi3build_module_by_definition(type, definition);
}
#endif

ABI3BUILD_HELPER int abi3build_add_to_module(PyObject *module, const char *name,
                                             PyObject *value)
{
    if (!PyModule_Check(module)) {
        PyErr_SetString(PyExc_TypeError,
                        "PyModule_AddObjectRef() first argument must be a module");
        return -1;
    }
    if (value == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_SystemError, "PyModule_AddObjectRef() must be called "
                            "with an exception raised if value is NULL");
        return -1;
    }
    Py_INCREF(value);
    if (PyModule_AddObject(module, name, value) == 0)
        return 0;
    Py_DECREF(value);
    return -1;
}

ABI3BUILD_OWN int abi3build_PyModule_AddObjectRef(PyObject *module, const char *name,
                                                  PyObject *value)
{
    return abi3build_add_to_module(module, name, value);
}

ABI3BUILD_OWN int abi3build_PyModule_Add(PyObject *module, const char *name,
                                         PyObject *value)
{
    int status = abi3build_add_to_module(module, name, value);
    Py_XDECREF(value);
    return status;
}

ABI3BUILD_HELPER int abi3build_add_type(PyObject *module, PyTypeObject *type)
{
    PyObject *name;
    const char *characters;
    int status = -1;
    if (PyType_Ready(type) < 0)
        return -1;
    name = PyObject_GetAttrString((PyObject *)type, "__name__");
    characters = name != NULL ? abi3build_utf8(name, NULL) : NULL;
    if (characters != NULL)
        status = abi3build_add_to_module(module, characters, (PyObject *)type);
    Py_XDECREF(name);
    return status;
}

ABI3BUILD_OWN int abi3build_PyModule_AddType(PyObject *module, PyTypeObject *type)
{
    return abi3build_add_type(module, type);
}

ABI3BUILD_OWN PyObject *abi3build_PyImport_AddModuleRef(const char *name)
{
    PyObject *module = PyImport_AddModule(name);
    Py_XINCREF(module);
    return module;
}

ABI3BUILD_HELPER PyObject *abi3build_module_attribute(PyObject *module, PyObject *name)
{
    PyObject *imported = PyImport_Import(module), *found;
    if (imported == NULL)
        return NULL;
    found = PyObject_GetAttr(imported, name);
    Py_DECREF(imported);
    return found;
}

ABI3BUILD_OWN PyObject *abi3build_PyImport_ImportModuleAttr(PyObject *module,
                                                            PyObject *name)
{
    return abi3build_module_attribute(module, name);
}

ABI3BUILD_OWN PyObject *abi3build_PyImport_ImportModuleAttrString(const char *module,
                                                                  const char *name)
{
    return abi3build_from_module(module, name);
}

/* A slot that does nothing, in the place of one that the floor does not know. */
ABI3BUILD_HELPER int abi3build_no_op_slot(PyObject *module)
{
    (void)module;
    return 0;
}

/* What a module says of several interpreters: functions that do nothing where older
   Pythons run them, each with code of its own, so that no linker makes them one. */
ABI3BUILD_HELPER int abi3build_one_interpreter(PyObject *module)
{
    return (size_t)module == 1 ? -1 : 0;
}

ABI3BUILD_HELPER int abi3build_interpreters_with_one_lock(PyObject *module)
{
    return (size_t)module == 2 ? -1 : 0;
}

ABI3BUILD_HELPER int abi3build_interpreters_with_own_locks(PyObject *module)
{
    return (size_t)module == 3 ? -1 : 0;
}

#if ABI3BUILD_BELOW(0x030C0000)
/* 0 to 2 as Python 3.12 numbers them; -1 for any other slot. */
ABI3BUILD_HELPER int abi3build_said_of_interpreters(const PyModuleDef_Slot *slot)
{
    if (slot->slot != Py_mod_exec)
        return -1;
    if (slot->value == (void *)abi3build_one_interpreter)
        return 0;
    if (slot->value == (void *)abi3build_interpreters_with_one_lock)
        return 1;
    return slot->value == (void *)abi3build_interpreters_with_own_locks ? 2 : -1;
}

/* Python 3.12 and newer get the slot itself, whose number older ones refuse.  The copy
   stays as long as the process, which may import the module more than once. */
ABI3BUILD_HELPER PyObject *abi3build_PyModuleDef_Init(PyModuleDef *definition)
{
    const char *version = Py_GetVersion();
    PyModuleDef_Slot *slots = definition->m_slots, *copy;
    size_t count = 0, said = 0, index;
    if (slots == NULL || (version[0] == '3' && strtol(version + 2, NULL, 10) < 12))
        return PyModuleDef_Init(definition);
    for (; slots[count].slot != 0; count++)
        said += abi3build_said_of_interpreters(&slots[count]) >= 0;
    if (said == 0)
        return PyModuleDef_Init(definition);
    copy = (PyModuleDef_Slot *)malloc((count + 1) * sizeof *copy);
    if (copy == NULL)
        return PyErr_NoMemory();
    memcpy(copy, slots, (count + 1) * sizeof *copy);
    for (index = 0; index < count; index++) {
        int value = abi3build_said_of_interpreters(&slots[index]);
        if (value >= 0) {
            copy[index].slot = 3; /* Py_mod_multiple_interpreters */
            copy[index].value = (void *)(size_t)value;
        }
    }
    definition->m_slots = copy;
    return PyModuleDef_Init(definition);
}
#  define PyModuleDef_Init(definition) abi3build_PyModuleDef_Init(definition)
#endif

ABI3BUILD_END
