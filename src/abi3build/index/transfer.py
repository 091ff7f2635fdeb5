"""Bytes from a server that cannot be trusted: bounded, counted, tried again.

Nothing but http and https is spoken, never the former if the latter was requested.
Credentials go to the origin that they are for, and not along with a redirect.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Callable, NamedTuple, TypeVar
from urllib.parse import urlsplit

from abi3build import __version__
from abi3build.errors import UnreadableError
from abi3build.index.access import origin_of, shown
from abi3build.index.deadline import Deadline, LateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from http.client import HTTPResponse
    from typing import IO, BinaryIO

    from abi3build.index.access import Access

__all__ = [
    "Answer",
    "NotFoundError",
    "PassingError",
    "TransferError",
    "Transfers",
    "explained",
]


_PASSING = {408, 425, 429, 500, 502, 503, 504}
"""The statuses after which to try again."""

_NOT_FOUND = 404
_REFUSED = {401, 403, 407}

_Made = TypeVar("_Made")


class TransferError(UnreadableError):
    """Report an answer that did not come, or was not what was asked for."""

    @classmethod
    def at(cls, address: str, text: str) -> TransferError:
        """Make the error that names an address."""
        return cls(f"{shown(address)}: {text}")

    @classmethod
    def late(cls, address: str, deadline: Deadline) -> TransferError:
        """Return the error that says that an answer took too long."""
        text = (
            f"no complete response within {deadline.seconds:.0f} seconds, the server is"
            " too slow: try again later"
        )
        return cls.at(address, text)


class NotFoundError(TransferError):
    """Report that the server has nothing at an address."""


class PassingError(Exception):
    """Report a failure that may not occur at the next try, and how long to wait."""

    step = "try again later"
    """What to do if it is not over at the last try."""

    def __init__(self, text: str, pause: float = 0.0) -> None:
        super().__init__(text)
        self.pause = pause


class NoConnectionError(PassingError):
    """Carry a failure that is often on this side."""

    step = "check the network and the proxy (HTTPS_PROXY), or try again later"


def explained(address: str, act: Callable[[], _Made]) -> _Made:
    """Run the block; turn every failure into one of this module's errors."""
    try:
        return act()
    except urllib.error.HTTPError as fault:
        fault.close()
        raise _of_status(address, fault) from None
    except urllib.error.URLError as fault:
        raise _of_connection(address, fault.reason) from None
    except (HTTPException, OSError, ValueError) as fault:
        raise _of_connection(address, fault) from None


def _of_status(address: str, fault: urllib.error.HTTPError) -> Exception:
    # urllib's own reasons may have several lines.
    reason = next(iter(str(fault.reason).splitlines()), "")
    text = f"HTTP {fault.code} {reason}".strip()
    if fault.code == _NOT_FOUND:
        return NotFoundError.at(address, f"{text}: check the name")
    if fault.code in _PASSING:
        after = fault.headers.get("Retry-After", "")
        return PassingError(text, float(after) if after.isdecimal() else 0.0)
    if fault.code in _REFUSED:
        step = "check the credentials in pip's configuration or in netrc"
        return TransferError.at(address, f"{text}: {step}")
    return TransferError.at(address, f"{text}: check the URL of the index")


def _of_connection(address: str, reason: object) -> Exception:
    if isinstance(reason, ssl.SSLCertVerificationError):
        step = "set cert in pip's configuration to the certificates to trust"
        return TransferError.at(address, f"{reason.verify_message}: {step}")
    # Before 3.10 the latter was a class of its own.
    if isinstance(reason, (TimeoutError, socket.timeout)):
        return PassingError("no response in time")
    if isinstance(reason, UnicodeError) or not isinstance(reason, Exception):
        step = "check the address of the index"
        return TransferError.at(address, f"{reason}: {step}")
    text = reason.strerror if isinstance(reason, OSError) else ""
    said = (text or str(reason) or type(reason).__name__).splitlines()[0]
    return NoConnectionError(f"no connection ({said})")


_AGENT = f"abi3build/{__version__} (https://github.com/abi3build/abi3build)"
_CHUNK = 1 << 16
_TRIES = 4
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 20.0
_LONGEST_TRANSFER = 600.0
"""In seconds, for one answer with all tries: a server that drips would never end."""


class Answer(NamedTuple):
    """Contain a complete answer."""

    address: str
    """Where it came from in the end, for what is relative to it."""

    content_type: str
    body: bytes


class Transfers:
    """Get things from servers as one set of rules says; usable by several threads."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._is_stopped = False
        proxies = None
        if access.proxy:
            proxies = {"http": access.proxy, "https": access.proxy}
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(proxies),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=_tls(access.certificates)),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(self._authorize),
        ):
            self._opener.add_handler(handler)

    @property
    def longest(self) -> float:
        """Return how long one file or page may take, in seconds."""
        return _LONGEST_TRANSFER

    def stop(self) -> None:
        """Make transfers in other threads end with an error."""
        self._is_stopped = True

    def get(self, address: str, accept: str, limit: int) -> Answer:
        """Get a small thing whole; more bytes than the limit are an error."""
        return self._patiently(
            address,
            lambda deadline: self._read(address, {"Accept": accept}, limit, deadline),
        )

    def save(self, address: str, stream: BinaryIO, limit: int) -> str:
        """Write a large thing to a file that is empty; return its SHA-256."""

        def copy(deadline: Deadline) -> str:
            """Fetch it once more from its beginning; return its SHA-256."""
            stream.seek(0)
            stream.truncate()
            digest = hashlib.sha256()
            with self._open(address, {}) as response:
                for chunk in self._chunks(response, address, limit, deadline):
                    _write(stream, chunk)
                    digest.update(chunk)
            return digest.hexdigest()

        return self._patiently(address, copy)

    def _read(
        self, address: str, headers: dict[str, str], limit: int, deadline: Deadline
    ) -> Answer:
        with self._open(address, headers) as response:
            kind = response.headers.get_content_type()
            body = b"".join(self._chunks(response, address, limit, deadline))
            return Answer(response.url, kind, body)

    def _chunks(
        self, response: HTTPResponse, address: str, limit: int, deadline: Deadline
    ) -> Iterator[bytes]:
        """Return a body piece by piece, as long as the server says and no longer.

        http.client does not report a body that is read in pieces and ends too early.
        """
        announced = response.headers.get("Content-Length", "")
        got = 0
        if announced.isdecimal() and int(announced) > limit:
            text = f"{announced} bytes, but at most {limit} are expected"
            raise TransferError.at(address, text)
        # read() would gather a whole chunk before any limit is looked at.
        while chunk := response.read1(_CHUNK):
            got += len(chunk)
            if self._is_stopped:
                text = "not downloaded completely: the audit was stopped"
                raise TransferError.at(address, text)
            if got > limit:
                text = f"more than {limit} bytes, the most that is expected"
                raise TransferError.at(address, text)
            if deadline.is_over:
                raise LateError
            yield chunk
        if announced.isdecimal() and got != int(announced):
            text = f"the response ended after {got} of {announced} bytes"
            raise PassingError(text)

    def _open(self, address: str, headers: dict[str, str]) -> HTTPResponse:
        if not address.startswith(("http://", "https://")):
            text = "neither http nor https, so it is not downloaded"
            raise TransferError.at(address, text)
        given = {"User-Agent": _AGENT, "Accept-Encoding": "identity", **headers}
        request = urllib.request.Request(address, headers=given)  # noqa: S310 - checked
        self._authorize(request)
        response: HTTPResponse | None = self._opener.open(
            request, timeout=self._access.timeout
        )
        if response is None:
            text = "cannot be reached: check the proxy"
            raise TransferError.at(address, text)
        return response

    def _authorize(self, request: urllib.request.Request) -> None:
        found = self._access.credentials.get(origin_of(request.full_url))
        if found:
            pair = base64.b64encode(":".join(found).encode()).decode("ascii")
            # "Unredirected": urllib does not copy it to the next request.
            request.add_unredirected_header("Authorization", f"Basic {pair}")

    def _patiently(self, address: str, act: Callable[[Deadline], _Made]) -> _Made:
        pause = _FIRST_PAUSE
        deadline = Deadline(self.longest)
        for left in reversed(range(_TRIES)):
            try:
                return deadline.run(lambda: explained(address, lambda: act(deadline)))
            except LateError:
                raise TransferError.late(address, deadline) from None
            except PassingError as fault:
                if not left:
                    text = f"{fault}, {_TRIES} times: {fault.step}"
                    raise TransferError.at(address, text) from None
                time.sleep(min(max(pause, fault.pause), _LONGEST_PAUSE))
                pause *= 2
        raise AssertionError(address)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow redirects, ten at most, but not out of https, and with no credentials."""

    def __init__(self, authorize: Callable[[urllib.request.Request], None]) -> None:
        self._authorize = authorize

    def redirect_request(  # noqa: PLR0913, PLR0917 - urllib's
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the next request; raise ``TransferError`` for one that is not made."""
        scheme = urlsplit(newurl).scheme
        if scheme != "https" and not (scheme == "http" and req.type == "http"):
            text = f"redirected to {shown(newurl)}, which is not safe"
            raise TransferError.at(req.full_url, text)
        request = super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type] # typeshed wants HTTPMessage
        if request is not None:
            self._authorize(request)
        return request


def _write(stream: BinaryIO, data: bytes) -> None:
    try:
        stream.write(data)
    except OSError as fault:
        message = (
            f"a wheel cannot be stored while it is read: {fault.strerror}: name another"
            " directory with --cache-dir"
        )
        raise TransferError(message) from None


def _tls(certificates: str | None) -> ssl.SSLContext:
    if certificates is None:
        return ssl.create_default_context()
    try:
        if Path(certificates).is_dir():
            return ssl.create_default_context(capath=certificates)
        return ssl.create_default_context(cafile=certificates)
    except (OSError, ssl.SSLError) as fault:
        message = (
            f"{certificates}: no certificates ({fault}): set cert in pip's"
            " configuration to a file that contains them"
        )
        raise TransferError(message) from None
