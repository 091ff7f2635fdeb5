/* datetime.h, and casts to the types that are left. */

static int import_dates(void)
{
    if (PyDateTimeAPI == NULL)
        PyDateTime_IMPORT;
    return PyDateTimeAPI != NULL ? 0 : -1;
}

CASE(date_checks)
{
    PyObject *o = ONE();
    if (import_dates() < 0)
        return NULL;
    return Py_BuildValue(
        "(iiiiiiiiii)", PyDate_Check(o), PyDate_CheckExact(o), PyDateTime_Check(o),
        PyDateTime_CheckExact(o), PyTime_Check(o), PyTime_CheckExact(o), PyDelta_Check(o),
        PyDelta_CheckExact(o), PyTZInfo_Check(o), PyTZInfo_CheckExact(o));
}

CASE(date_fields)
{
    PyDateTime_Date *o = (PyDateTime_Date *)ONE();
    if (import_dates() < 0)
        return NULL;
    return Py_BuildValue("(iii)", PyDateTime_GET_YEAR(o), PyDateTime_GET_MONTH(o),
                         PyDateTime_GET_DAY(o));
}

CASE(datetime_fields)
{
    PyDateTime_DateTime *o = (PyDateTime_DateTime *)ONE();
    PyObject *zone = Py_None;
    if (import_dates() < 0)
        return NULL;
#if PY_VERSION_HEX >= 0x030A0000
    zone = PyDateTime_DATE_GET_TZINFO(o);
#endif
    return Py_BuildValue("(iiiiiO)", PyDateTime_DATE_GET_HOUR(o),
                         PyDateTime_DATE_GET_MINUTE(o), PyDateTime_DATE_GET_SECOND(o),
                         PyDateTime_DATE_GET_MICROSECOND(o), PyDateTime_DATE_GET_FOLD(o),
                         zone);
}

CASE(time_fields)
{
    PyDateTime_Time *o = (PyDateTime_Time *)ONE();
    PyObject *zone = Py_None;
    if (import_dates() < 0)
        return NULL;
#if PY_VERSION_HEX >= 0x030A0000
    zone = PyDateTime_TIME_GET_TZINFO(o);
#endif
    return Py_BuildValue("(iiiiiO)", PyDateTime_TIME_GET_HOUR(o),
                         PyDateTime_TIME_GET_MINUTE(o), PyDateTime_TIME_GET_SECOND(o),
                         PyDateTime_TIME_GET_MICROSECOND(o), PyDateTime_TIME_GET_FOLD(o),
                         zone);
}

CASE(delta_fields)
{
    PyDateTime_Delta *o = (PyDateTime_Delta *)ONE();
    if (import_dates() < 0)
        return NULL;
    return Py_BuildValue("(iii)", PyDateTime_DELTA_GET_DAYS(o),
                         PyDateTime_DELTA_GET_SECONDS(o),
                         PyDateTime_DELTA_GET_MICROSECONDS(o));
}

CASE(new_dates)
{
    int a, b, c;
    PyObject *date;
    if (import_dates() < 0 || !PyArg_ParseTuple(args, "iii", &a, &b, &c))
        return NULL;
    date = PyDate_FromDate(a, b, c);
    if (date == NULL)
        return NULL;
    return Py_BuildValue(
        "(NNNNNN)", date, PyDateTime_FromDateAndTime(a, b, c, 23, 59, 58, 7),
        PyDateTime_FromDateAndTimeAndFold(a, b, c, 1, 2, 3, 4, 1),
        PyTime_FromTime(1, 2, 3, 4), PyTime_FromTimeAndFold(1, 2, 3, 4, 1),
        PyDelta_FromDSU(a, 90000, -5));
}

CASE(zones)
{
    PyDateTime_TZInfo *zone = NULL;
    PyObject *plain, *zero = PyDelta_FromDSU(0, 0, 0), *made;
    (void)zone;
    plain = PyTimeZone_FromOffset(ARGUMENT(0));
    if (plain == NULL)
        return NULL;
    made = PyTimeZone_FromOffset(zero);
    made = Py_BuildValue("(NNOi)", plain,
                         PyTimeZone_FromOffsetAndName(ARGUMENT(0), ARGUMENT(1)),
                         PyDateTime_TimeZone_UTC, made == PyDateTime_TimeZone_UTC);
    Py_DECREF(zero);
    return made;
}

CASE(timestamps)
{
    PyObject *date, *arguments = PyTuple_Pack(2, ONE(), PyDateTime_TimeZone_UTC);
    PyObject *moment = PyDateTime_FromTimestamp(arguments);
    Py_DECREF(arguments);
    if (moment == NULL)
        return NULL;
    arguments = PyTuple_Pack(1, ONE());
    date = PyDate_FromTimestamp(arguments);
    Py_DECREF(arguments);
    return Py_BuildValue("(NN)", moment, date);
}

/* The table's members, as code uses them that wants a zone or a class of its own. */
CASE(date_table)
{
    PyDateTime_CAPI *table = PyDateTimeAPI;
    PyObject *utc = table->TimeZone_UTC, *delta;
    delta = table->Delta_FromDelta(1, -1, 0, 1, table->DeltaType);
    return Py_BuildValue(
        "(NNNNNNs)", delta, table->Date_FromDate(2000, 2, 29, table->DateType),
        table->DateTime_FromDateAndTime(2000, 2, 29, 1, 2, 3, 4, utc, table->DateTimeType),
        table->DateTime_FromDateAndTimeAndFold(2000, 2, 29, 1, 2, 3, 4, utc, 1,
                                               table->DateTimeType),
        table->Time_FromTime(1, 2, 3, 4, utc, table->TimeType),
        table->Time_FromTimeAndFold(1, 2, 3, 4, utc, 1, table->TimeType),
        PyDateTime_CAPSULE_NAME);
}

/* Pointers to these are only carried around. */
CASE(casts)
{
    void *object = (void *)ONE();
    const void *all[] = {
        (PyDescrObject *)object,          (PyMemoryViewObject *)object,
        (PyOSErrorObject *)object,        (PyStopIterationObject *)object,
        (PySyntaxErrorObject *)object,    (PyTracebackObject *)object,
        (PyBaseExceptionObject *)object,  (PyHeapTypeObject *)object,
    };
    return PyBool_FromLong(all[0] == object && all[7] == object);
}
