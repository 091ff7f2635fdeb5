/* datetime.h through Python's own classes: the layout of their objects and of the table
   behind PyDateTimeAPI is no part of the stable ABI. */

#if defined(__cplusplus)
extern "C" {
#endif

typedef struct {
    PyTypeObject *DateType;
    PyTypeObject *DateTimeType;
    PyTypeObject *TimeType;
    PyTypeObject *DeltaType;
    PyTypeObject *TZInfoType;
    PyObject *TimeZone_UTC;
    PyObject *(*Date_FromDate)(int, int, int, PyTypeObject *);
    PyObject *(*DateTime_FromDateAndTime)(int, int, int, int, int, int, int, PyObject *,
                                          PyTypeObject *);
    PyObject *(*Time_FromTime)(int, int, int, int, PyObject *, PyTypeObject *);
    PyObject *(*Delta_FromDelta)(int, int, int, int, PyTypeObject *);
    PyObject *(*TimeZone_FromTimeZone)(PyObject *, PyObject *);
    PyObject *(*DateTime_FromTimestamp)(PyObject *, PyObject *, PyObject *);
    PyObject *(*Date_FromTimestamp)(PyObject *, PyObject *);
    PyObject *(*DateTime_FromDateAndTimeAndFold)(int, int, int, int, int, int, int,
                                                 PyObject *, int, PyTypeObject *);
    PyObject *(*Time_FromTimeAndFold)(int, int, int, int, PyObject *, int,
                                      PyTypeObject *);
} abi3build_PyDateTime_CAPI;

#if defined(__cplusplus)
}
#endif

#if defined(__GNUC__)
__attribute__((__unused__))
#endif
static abi3build_PyDateTime_CAPI *abi3build_PyDateTimeAPI = NULL;

ABI3BUILD_BEGIN

ABI3BUILD_HELPER PyObject *abi3build_new_date(int year, int month, int day,
                                              PyTypeObject *type)
{
    return PyObject_CallFunction((PyObject *)type, "iii", year, month, day);
}

/* fold is a word of its own, and few classes that stand in for these know it. */
ABI3BUILD_HELPER PyObject *abi3build_call_with_fold(PyTypeObject *type,
                                                    PyObject *arguments, int fold)
{
    PyObject *keywords = NULL, *result = NULL;
    if (arguments == NULL)
        return NULL;
    if (fold != 0)
        keywords = Py_BuildValue("{si}", "fold", fold);
    if (fold == 0 || keywords != NULL)
        result = PyObject_Call((PyObject *)type, arguments, keywords);
    Py_XDECREF(keywords);
    Py_DECREF(arguments);
    return result;
}

ABI3BUILD_HELPER PyObject *abi3build_new_datetime_fold(int year, int month, int day,
                                                       int hour, int minute, int second,
                                                       int microsecond, PyObject *zone,
                                                       int fold, PyTypeObject *type)
{
    return abi3build_call_with_fold(
        type, Py_BuildValue("(iiiiiiiO)", year, month, day, hour, minute, second,
                            microsecond, zone), fold);
}

ABI3BUILD_HELPER PyObject *abi3build_new_datetime(int year, int month, int day, int hour,
                                                  int minute, int second, int microsecond,
                                                  PyObject *zone, PyTypeObject *type)
{
    return abi3build_new_datetime_fold(year, month, day, hour, minute, second,
                                       microsecond, zone, 0, type);
}

ABI3BUILD_HELPER PyObject *abi3build_new_time_fold(int hour, int minute, int second,
                                                   int microsecond, PyObject *zone,
                                                   int fold, PyTypeObject *type)
{
    return abi3build_call_with_fold(
        type, Py_BuildValue("(iiiiO)", hour, minute, second, microsecond, zone), fold);
}

ABI3BUILD_HELPER PyObject *abi3build_new_time(int hour, int minute, int second,
                                              int microsecond, PyObject *zone,
                                              PyTypeObject *type)
{
    return abi3build_new_time_fold(hour, minute, second, microsecond, zone, 0, type);
}

ABI3BUILD_HELPER PyObject *abi3build_new_delta(int days, int seconds, int microseconds,
                                               int normalize, PyTypeObject *type)
{
    (void)normalize; /* timedelta always does */
    return PyObject_CallFunction((PyObject *)type, "iii", days, seconds, microseconds);
}

ABI3BUILD_HELPER PyObject *abi3build_new_timezone(PyObject *offset, PyObject *name)
{
    PyObject *type = abi3build_from_module("datetime", "timezone"), *zone;
    if (type == NULL)
        return NULL;
    zone = PyObject_CallFunctionObjArgs(type, offset, name, NULL);
    Py_DECREF(type);
    return zone;
}

ABI3BUILD_HELPER PyObject *abi3build_from_timestamp(PyObject *type, PyObject *arguments,
                                                    PyObject *keywords)
{
    PyObject *method = PyObject_GetAttrString(type, "fromtimestamp"), *result;
    if (method == NULL)
        return NULL;
    result = PyObject_Call(method, arguments, keywords);
    Py_DECREF(method);
    return result;
}

ABI3BUILD_HELPER PyObject *abi3build_date_from_timestamp(PyObject *type,
                                                         PyObject *arguments)
{
    return abi3build_from_timestamp(type, arguments, NULL);
}

ABI3BUILD_HELPER PyTypeObject *abi3build_date_type(const char *name)
{
    return (PyTypeObject *)abi3build_from_module("datetime", name);
}

/* The table, with what it refers to for good; NULL with an exception. */
ABI3BUILD_HELPER abi3build_PyDateTime_CAPI *abi3build_import_datetime(void)
{
    static abi3build_PyDateTime_CAPI table;
    PyObject *zone;
    if (table.TimeZone_UTC != NULL)
        return &table;
    if ((table.DateType = abi3build_date_type("date")) == NULL
        || (table.DateTimeType = abi3build_date_type("datetime")) == NULL
        || (table.TimeType = abi3build_date_type("time")) == NULL
        || (table.DeltaType = abi3build_date_type("timedelta")) == NULL
        || (table.TZInfoType = abi3build_date_type("tzinfo")) == NULL)
        return NULL;
    table.Date_FromDate = abi3build_new_date;
    table.DateTime_FromDateAndTime = abi3build_new_datetime;
    table.Time_FromTime = abi3build_new_time;
    table.Delta_FromDelta = abi3build_new_delta;
    table.TimeZone_FromTimeZone = abi3build_new_timezone;
    table.DateTime_FromTimestamp = abi3build_from_timestamp;
    table.Date_FromTimestamp = abi3build_date_from_timestamp;
    table.DateTime_FromDateAndTimeAndFold = abi3build_new_datetime_fold;
    table.Time_FromTimeAndFold = abi3build_new_time_fold;
    zone = abi3build_from_module("datetime", "timezone");
    if (zone != NULL)
        table.TimeZone_UTC = PyObject_GetAttrString(zone, "utc");
    Py_XDECREF(zone);
    return table.TimeZone_UTC != NULL ? &table : NULL;
}

/* A subclass may have other ideas: then the descriptor of datetime's own class reads. */
ABI3BUILD_HELPER PyObject *abi3build_date_attribute(PyTypeObject *type, PyObject *object,
                                                    const char *name)
{
    PyObject *descriptor, *value;
    if (Py_TYPE(object) == type
        || Py_TYPE(object) == abi3build_PyDateTimeAPI->DateTimeType)
        return PyObject_GetAttrString(object, name);
    descriptor = PyObject_GetAttrString((PyObject *)type, name);
    if (descriptor == NULL)
        return NULL;
    value = PyObject_CallMethod(descriptor, "__get__", "O", object);
    Py_DECREF(descriptor);
    return value;
}

ABI3BUILD_HELPER int abi3build_date_field(PyTypeObject *type, PyObject *object,
                                          const char *name)
{
    PyObject *value = abi3build_date_attribute(type, object, name);
    int number = value != NULL ? abi3build_as_int(value) : -1;
    Py_XDECREF(value);
    return number;
}

/* Borrowed: the object holds it. */
ABI3BUILD_HELPER PyObject *abi3build_date_zone(PyTypeObject *type, PyObject *object)
{
    PyObject *zone = abi3build_date_attribute(type, object, "tzinfo");
    Py_XDECREF(zone);
    return zone;
}

ABI3BUILD_END
