"""What an index says of a project: its files, as JSON (PEP 691) or HTML (PEP 503).

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from abi3build.index.failures import TransferError
from abi3build.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi3build.index.transfer import Answer, Transfers

__all__ = ["PublishedFile", "read_project"]

_ACCEPT = (
    "application/vnd.pypi.simple.v1+json,"
    " application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
)
_LARGEST_PAGE = 64 << 20
"""In bytes; the largest project on PyPI has some 20 MB."""

_JSON = {"application/vnd.pypi.simple.v1+json", "application/json"}
_HTML = {"application/vnd.pypi.simple.v1+html", "text/html"}

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PublishedFile:
    """Describe one file of a project as the index does."""

    name: str
    address: str
    sha256: str = ""
    """Empty where the index does not say."""

    size: int | None = None
    """In bytes; None where the index does not say (PEP 700 made it say)."""

    yanked: bool = False


def read_project(transfers: Transfers, index: str, name: str) -> list[PublishedFile]:
    """Ask an index for a project by its normalized name.

    Raise ``NotFoundError`` where it has none, ``TransferError`` where the answer does
    not come or is not one of the two forms.
    """
    answer = transfers.get(f"{index}/{name}/", _ACCEPT, _LARGEST_PAGE)
    if answer.content_type in _JSON:
        return _from_json(answer)
    if answer.content_type in _HTML:
        return _from_html(answer)
    text = (
        f"{answer.content_type} instead of a list of files: check the"
        " address of the index"
    )
    raise TransferError.at(answer.address, text)


def _from_json(answer: Answer) -> list[PublishedFile]:
    try:
        document = json.loads(answer.body)
        return [_file(answer.address, each) for each in document["files"]]
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        text = "not the JSON that PEP 691 describes: check the address of the index"
        raise TransferError.at(answer.address, text) from None


def _file(page: str, given: dict[str, object]) -> PublishedFile:
    """Read one entry; what is not as described raises ``TypeError``."""
    name, address, hashes = given["filename"], given["url"], given["hashes"]
    if not isinstance(name, str) or not isinstance(address, str):
        raise TypeError(given)
    sha256 = hashes.get("sha256") if isinstance(hashes, dict) else ""
    size = given.get("size")
    return PublishedFile(
        name,
        urljoin(page, address),
        _sha256(sha256),
        size if isinstance(size, int) and size >= 0 else None,
        given.get("yanked", False) is not False,
    )


def _sha256(value: object) -> str:
    text = value.lower() if isinstance(value, str) else ""
    return text if _SHA256.fullmatch(text) else ""


def _from_html(answer: Answer) -> list[PublishedFile]:
    parser = _Anchors(answer.address)
    parser.feed(answer.body.decode("utf-8", "replace"))
    parser.close()
    return parser.files


class _Anchors(HTMLParser):
    """Collect what the anchors of a page point to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._base = page
        self.files: list[PublishedFile] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the address of an anchor, or of what all addresses are relative to."""
        given = {name: value or "" for name, value in attrs}
        if tag == "base" and "href" in given:
            self._set_base(given["href"])
        if tag != "a" or "href" not in given:
            return
        try:
            self.files.append(self._file(given))
        except ValueError:
            # No address at all, so there is nothing to fetch.
            return

    def _set_base(self, address: str) -> None:
        with suppress(ValueError):
            self._base = urljoin(self._base, address)

    def _file(self, given: dict[str, str]) -> PublishedFile:
        address, fragment = urldefrag(urljoin(self._base, given["href"]))
        name = unquote(urlsplit(address).path.rpartition("/")[2])
        kind, _, value = fragment.partition("=")
        sha256 = _sha256(value if kind == "sha256" else "")
        yanked = "data-yanked" in given
        return PublishedFile(name, address, sha256, yanked=yanked)
