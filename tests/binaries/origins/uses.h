static inline int closing(void)
{
    return _Py_IsFinalizing();
}
