/* Stands for Python's headers: the notes need their version alone. */
#define PY_VERSION_HEX HEADERS
