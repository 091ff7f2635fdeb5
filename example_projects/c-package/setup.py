from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "c_package._text",
            sources=["csrc/text.c", "csrc/running.c"],
            depends=["csrc/running.h"],
        ),
        Extension(
            "c_package._stats",
            sources=["csrc/stats.c", "csrc/running.c"],
            depends=["csrc/running.h"],
        ),
    ],
)
