import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class ForeignBuild(build_ext):
    """Name the file as CMake and other tools do that are called from here."""

    def build_extension(self, ext):
        target = Path(self.build_lib, ext.name + sysconfig.get_config_var("EXT_SUFFIX"))
        objects = self.compiler.compile(
            ext.sources,
            output_dir=self.build_temp,
            macros=ext.define_macros,
            include_dirs=self.include_dirs,
        )
        self.compiler.link_shared_object(objects, str(target))


setup(
    ext_modules=[Extension("sample", ["sample.c"])],
    cmdclass={"build_ext": ForeignBuild},
)
