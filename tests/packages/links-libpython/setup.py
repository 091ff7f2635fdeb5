import subprocess
import sysconfig
from pathlib import Path

from setuptools import Extension, setup

VERSION = sysconfig.get_config_var("LDVERSION")
FOLDER = Path(sysconfig.get_config_var("LIBDIR"))

if not FOLDER.joinpath(f"libpython{VERSION}.so").exists():
    # This Python was built without the library; an empty one of its name will do.
    FOLDER = Path("build").absolute()
    FOLDER.mkdir(exist_ok=True)
    library = FOLDER / f"libpython{VERSION}.so"
    soname = f"-Wl,-soname,{library.name}.1.0"
    compiler = sysconfig.get_config_var("CC").split()
    empty = ["-shared", soname, "-x", "c", "/dev/null", "-o", str(library)]
    subprocess.run([*compiler, *empty], check=True)

setup(
    ext_modules=[
        Extension(
            "sample",
            ["sample.c"],
            libraries=[f"python{VERSION}"],
            library_dirs=[str(FOLDER)],
            extra_link_args=["-Wl,--no-as-needed"],
        ),
    ],
)
