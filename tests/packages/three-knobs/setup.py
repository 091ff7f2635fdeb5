from setuptools import Extension, setup

setup(
    name="demo",
    version="1.0",
    packages=["demo"],
    ext_modules=[
        Extension(
            "demo._core",
            ["core.c"],
            define_macros=[("Py_LIMITED_API", "0x03090000")],
            py_limited_api=True,
        ),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp39"}},
)
