"""What can go wrong on the way to a server, in words, and what may pass by itself."""

from __future__ import annotations

import socket
import ssl
import urllib.error
from http.client import HTTPException
from typing import Callable, TypeVar

from abi3build.errors import UnreadableError
from abi3build.index.access import shown

__all__ = ["NotFoundError", "PassingError", "TransferError", "explained"]

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


class NotFoundError(TransferError):
    """Report that the server has nothing at an address."""


class PassingError(Exception):
    """Carry a failure that may be over at the next try, and how long to wait."""

    def __init__(self, text: str, pause: float = 0.0) -> None:
        super().__init__(text)
        self.pause = pause


def explained(address: str, act: Callable[[], _Made]) -> _Made:
    """Act; whatever goes wrong becomes one of this module's errors."""
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
    return TransferError.at(address, f"{text}: check the address of the index")


def _of_connection(address: str, reason: object) -> Exception:
    if isinstance(reason, ssl.SSLCertVerificationError):
        step = "set cert in pip's configuration to the certificates to trust"
        return TransferError.at(address, f"{reason.verify_message}: {step}")
    # Before 3.10 the latter was a class of its own.
    if isinstance(reason, (TimeoutError, socket.timeout)):
        return PassingError("no answer in time")
    if isinstance(reason, UnicodeError) or not isinstance(reason, Exception):
        step = "check the address of the index"
        return TransferError.at(address, f"{reason}: {step}")
    text = reason.strerror if isinstance(reason, OSError) else ""
    said = (text or str(reason) or type(reason).__name__).splitlines()[0]
    return PassingError(f"no connection ({said})")
