from Cython.Distutils import build_ext
from setuptools import Extension, setup

setup(
    ext_modules=[Extension("sample", ["sample.pyx"])],
    cmdclass={"build_ext": build_ext},
)
