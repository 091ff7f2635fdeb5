import shutil
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class KeepOldName(build_ext):
    """Leave the module under its former name too, for those who look for the file."""

    def run(self):
        super().run()
        old_name = "sample" + sysconfig.get_config_var("EXT_SUFFIX")
        shutil.copy(self.get_ext_fullpath("sample"), Path(self.build_lib, old_name))


setup(
    ext_modules=[Extension("sample", ["sample.c"])],
    cmdclass={"build_ext": KeepOldName},
)
