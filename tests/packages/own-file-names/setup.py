from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

FILES = {
    "sample.libfast": "sample/libfast.so",
    "sample.ops": "sample/libops.so.1",
    "sample.extra": "sample/extra.plugin",
}


class NamedByTheProject(build_ext):
    """Build libraries for ctypes beside the extension, under names of its own."""

    def get_export_symbols(self, ext):
        return [] if ext.name in FILES else super().get_export_symbols(ext)

    def get_ext_filename(self, ext_name):
        for name, file in FILES.items():
            if ext_name in {name, name.rpartition(".")[2]}:
                return file if ext_name == name else file.rpartition("/")[2]
        return super().get_ext_filename(ext_name)


setup(
    packages=["sample"],
    ext_modules=[
        Extension("sample._core", ["core.c"]),
        *(Extension(name, ["fast.c"]) for name in FILES),
    ],
    cmdclass={"build_ext": NamedByTheProject},
)
