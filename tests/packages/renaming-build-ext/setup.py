import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class RenamingBuild(build_ext):
    """Name the file itself, as numpy.distutils did."""

    def get_ext_filename(self, ext_name):
        path = Path(*self.get_ext_fullname(ext_name).split("."))
        return str(path) + sysconfig.get_config_var("EXT_SUFFIX")


setup(
    ext_modules=[Extension("sample", ["sample.c"])],
    cmdclass={"build_ext": RenamingBuild},
)
