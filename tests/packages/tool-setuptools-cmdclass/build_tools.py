from setuptools.command.build_ext import build_ext


class AnsweringBuild(build_ext):
    """Define one macro more for every extension."""

    def build_extension(self, ext):
        ext.define_macros.append(("ANSWER", "42"))
        super().build_extension(ext)
