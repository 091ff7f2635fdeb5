"""How to reach the package index: pip's configuration, read from where pip reads it.

``pip config list`` merges pip's files and variables; without pip its variables count.
https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

import ast
import netrc
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from abi3build.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Access", "origin_of", "read_access", "shown"]

_DEFAULT_INDEX = "https://pypi.org/simple"
_DEFAULT_TIMEOUT = 15.0
_LONGEST_TIMEOUT = 60.0
_PATIENCE = 30

_SECTIONS = ("global", "install", ":env:")
"""The later ones count, as for ``pip install``."""


@dataclass(frozen=True)
class Access:
    """Say which indexes to ask, and how."""

    indexes: tuple[str, ...]
    """Addresses without credentials, the first one first."""

    credentials: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """User and password by the origin that they are for, and for no other."""

    certificates: str | None = None
    """A file or a directory of certificates to trust instead of the system's."""

    proxy: str | None = None
    timeout: float = _DEFAULT_TIMEOUT
    """In seconds, for the connection and for each silence after it."""


def read_access(environ: Mapping[str, str]) -> Access:
    """Read pip's configuration, including the variables in ``environ``.

    Raise ``UsageError`` if pip is configured to use no index.
    """
    options = _pip_options(environ)
    if options.get("no-index", "").lower() in {"1", "on", "true", "yes"}:
        message = "--pypi: pip's configuration sets no-index: unset it to use an index"
        raise UsageError(message)
    named = [options.get("index-url", "") or _DEFAULT_INDEX]
    named += options.get("extra-index-url", "").split()
    indexes, credentials = [], {}
    for address in named:
        if not address.startswith(("http://", "https://")):
            # pip also takes directories and file: addresses; audit takes their paths.
            continue
        try:
            plain, found = _with_credentials(address, environ)
        except ValueError:
            # Said without the address: what is wrong with it may be a password.
            message = (
                "--pypi: pip's configuration contains an invalid index URL: correct"
                " index-url and extra-index-url"
            )
            raise UsageError(message) from None
        indexes.append(plain.rstrip("/"))
        if found:
            credentials[origin_of(plain)] = found
    if not indexes:
        message = (
            f"--pypi: {shown(named[0])}: not an index on the network: set pip's"
            " index-url to an https URL"
        )
        raise UsageError(message)
    return Access(
        tuple(dict.fromkeys(indexes)),
        credentials,
        options.get("cert") or None,
        options.get("proxy") or None,
        _timeout(options.get("timeout") or options.get("default-timeout") or ""),
    )


def origin_of(address: str) -> str:
    """Return scheme, host and port: what credentials are for."""
    parts = urlsplit(address)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def shown(address: str) -> str:
    """Return an address for messages: without the parts that may be secrets."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.partition("?")[0]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _with_credentials(
    address: str, environ: Mapping[str, str]
) -> tuple[str, tuple[str, str] | None]:
    """Return the plain address, and its credentials or netrc's.

    Raise ``ValueError`` if it is not an address.
    """
    plain, given = _split(address)
    origin_of(plain)
    return plain, given or _from_netrc(urlsplit(plain).hostname or "", environ)


def _split(address: str) -> tuple[str, tuple[str, str] | None]:
    """Remove the credentials from an address, so that no message can show them."""
    parts = urlsplit(address)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, None
    user, _, password = userinfo.partition(":")
    return urlunsplit(parts._replace(netloc=host)), (unquote(user), unquote(password))


def _from_netrc(host: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    try:
        found = netrc.netrc(environ.get("NETRC") or None).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        # As pip does: most machines have none.
        return None
    return (found[0], found[2] or "") if found else None


def _pip_options(environ: Mapping[str, str]) -> dict[str, str]:
    """Return pip's options by their long names, whatever they are for."""
    said: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in _pip_config(environ):
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in said:
            said[section][option] = _value(value)
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            said[":env:"][name[len("PIP_") :].lower().replace("_", "-")] = value
    merged: dict[str, str] = {}
    for section in _SECTIONS:
        merged.update(said[section])
    return merged


def _pip_config(environ: Mapping[str, str]) -> list[str]:
    if environ.get("PIP_CONFIG_FILE") == os.devnull:
        # Then pip reads no file at all.
        return []
    # Isolated, or a pip.py in the current folder would be run.
    command = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check"]
    try:
        run = subprocess.run(
            [*command, "config", "list"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return run.stdout.splitlines() if run.returncode == 0 else []


def _value(text: str) -> str:
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text


def _timeout(text: str) -> float:
    try:
        return min(max(float(text), 1.0), _LONGEST_TIMEOUT)
    except ValueError:
        return _DEFAULT_TIMEOUT
