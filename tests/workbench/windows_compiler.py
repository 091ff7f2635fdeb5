"""Let setuptools in a Windows Python under wine use a cross compiler of Linux.

Wine starts programs of Linux, but gives no way to wait for them.  So the command that
setuptools runs is a script for the Windows Python, which sends the arguments through a
socket and prints what comes back.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

from workbench.wine import windows_path, windows_python

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["compiler_served"]

_CLIENT = """\
import json, os, socket, sys
with socket.create_connection(("127.0.0.1", {port})) as connection:
    with connection.makefile("rw", encoding="utf-8") as stream:
        stream.write(json.dumps([os.getcwd(), *sys.argv[1:]]) + "\\n")
        stream.flush()
        status, output = json.loads(stream.readline())
sys.stdout.write(output)
sys.exit(status)
"""

_DRIVE = re.compile(r"[Zz]:(?=/)")


@contextmanager
def compiler_served(
    command: Sequence[str | Path], version: str, folder: Path
) -> Iterator[str]:
    """Return the value of ``CC`` for the Windows Python of a minor version.

    The command is one of Linux; a script is put into the folder.
    """

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            where, *arguments = map(_linux, json.loads(self.rfile.readline()))
            done = subprocess.run(
                [*command, *arguments],
                check=False,
                cwd=where,
                encoding="utf-8",
                errors="backslashreplace",
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
            )
            answer = json.dumps([done.returncode, done.stdout])
            self.wfile.write(f"{answer}\n".encode())

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        script = folder / "compiler.py"
        script.write_text(_CLIENT.format(port=server.server_address[1]), "utf-8")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        # setuptools splits the value as a shell would, so backslashes would be lost.
        words = (windows_path(windows_python(version)), windows_path(script))
        yield " ".join(words).replace("\\", "/")
        server.shutdown()
        thread.join()


def _linux(argument: str) -> str:
    """Turn paths of Windows into those of Linux; leave macros alone."""
    if argument.startswith(("-D", "/D")):
        return argument
    return _DRIVE.sub("", argument.replace("\\", "/"))
