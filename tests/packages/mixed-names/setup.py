import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class ForeignBuild(build_ext):
    """Name one of the files as CMake and other tools do that are called from here."""

    def build_extension(self, ext):
        super().build_extension(ext)
        if ext.name == "sample._fast":
            made = Path(self.get_ext_fullpath(ext.name))
            made.rename(
                made.with_name("_fast" + sysconfig.get_config_var("EXT_SUFFIX"))
            )


setup(
    ext_modules=[
        Extension("sample._core", ["sample/_core.c"]),
        Extension("sample._fast", ["sample/_fast.c"]),
    ],
    cmdclass={"build_ext": ForeignBuild},
)
