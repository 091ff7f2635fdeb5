//! A module without crates: Python's C API is declared by hand.

use std::ffi::{c_char, c_int, c_long, c_void};

#[repr(C)]
pub struct PyMethodDef {
    name: *const c_char,
    method: Option<extern "C" fn(*mut c_void, *mut c_void) -> *mut c_void>,
    flags: c_int,
    documentation: *const c_char,
}

#[repr(C)]
pub struct PyModuleDef {
    base: [usize; 5],
    name: *const c_char,
    documentation: *const c_char,
    size: isize,
    methods: *mut PyMethodDef,
    slots: *mut c_void,
    traverse: *mut c_void,
    clear: *mut c_void,
    free: *mut c_void,
}

extern "C" {
    fn PyLong_FromLong(value: c_long) -> *mut c_void;
    fn PyModuleDef_Init(definition: *mut PyModuleDef) -> *mut c_void;
}

const METH_NOARGS: c_int = 4;

static mut METHODS: [PyMethodDef; 2] = [
    PyMethodDef {
        name: b"answer\0".as_ptr() as *const c_char,
        method: Some(answer),
        flags: METH_NOARGS,
        documentation: std::ptr::null(),
    },
    PyMethodDef {
        name: std::ptr::null(),
        method: None,
        flags: 0,
        documentation: std::ptr::null(),
    },
];

static mut DEFINITION: PyModuleDef = PyModuleDef {
    base: [1, 0, 0, 0, 0],
    name: b"sample\0".as_ptr() as *const c_char,
    documentation: std::ptr::null(),
    size: 0,
    methods: std::ptr::null_mut(),
    slots: std::ptr::null_mut(),
    traverse: std::ptr::null_mut(),
    clear: std::ptr::null_mut(),
    free: std::ptr::null_mut(),
};

extern "C" fn answer(_module: *mut c_void, _ignored: *mut c_void) -> *mut c_void {
    unsafe { PyLong_FromLong(42) }
}

#[no_mangle]
#[allow(non_snake_case)]
pub unsafe extern "C" fn PyInit_sample() -> *mut c_void {
    let definition = std::ptr::addr_of_mut!(DEFINITION);
    (*definition).methods = std::ptr::addr_of_mut!(METHODS) as *mut PyMethodDef;
    PyModuleDef_Init(definition)
}
