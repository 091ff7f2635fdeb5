"""What an index says of a project: its files, as JSON (PEP 691) or HTML (PEP 503).

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from abi3build.errors import UnreadableError, UsageError
from abi3build.index.page_links import read_link_tags
from abi3build.index.transfer import TransferError
from abi3build.wheels.wheel import parse_wheel_name, promise_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from packaging.specifiers import SpecifierSet

    from abi3build.index.page_links import LinkTag
    from abi3build.index.transfer import Answer, Transfers

__all__ = [
    "PublishedFile",
    "Wanted",
    "parse_wanted",
    "promising_wheels",
    "read_project",
    "wheels_of_releases",
]


_MOST = 500


class Wanted(NamedTuple):
    """Say which releases of which project are meant."""

    text: str
    """As it was given, for messages."""

    name: str
    """Normalized."""

    specifiers: SpecifierSet
    """Empty for the newest release."""


def parse_wanted(text: str) -> Wanted:
    """Read the value of ``--pypi``: a name, perhaps with versions (PEP 508).

    Raise ``UsageError`` for anything else.
    """
    expected = "expected a name such as psutil, psutil==7.2.2 or psutil>=7"
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        message = f"--pypi {text}: {expected}"
        raise UsageError(message) from None
    if requirement.extras or requirement.url or requirement.marker:
        message = (
            f"--pypi {text}: extras, URLs and markers do not select wheels: {expected}"
        )
        raise UsageError(message)
    return Wanted(text, canonicalize_name(requirement.name), requirement.specifier)


def wheels_of_releases(
    wanted: Wanted, files: Iterable[PublishedFile]
) -> list[PublishedFile]:
    """Choose all wheels of the releases that are meant, by version and name.

    Without a version it is the newest release that is neither yanked nor, as long as
    there is another, a pre-release.  Raise ``UnreadableError`` if nothing is left.
    """
    releases = _releases(wanted, files)
    if not releases:
        message = f"{wanted.text}: no matching release has a wheel: check the version"
        raise UnreadableError(message)
    if not wanted.specifiers:
        final = [version for version in releases if not version.is_prerelease]
        releases = {max(final or releases): releases[max(final or releases)]}
    return [
        file
        for version in sorted(releases)
        for file in sorted(releases[version], key=lambda file: file.name)
    ]


def promising_wheels(
    wanted: Wanted, wheels: Iterable[PublishedFile]
) -> list[PublishedFile]:
    """Choose the wheels tagged abi3 or abi3t.

    Raise ``UnreadableError`` if nothing is left, and ``UsageError`` if too much
    is.
    """
    named = [(file, parse_wheel_name(file.name)) for file in wheels]
    chosen = [file for file, (_, _, tags) in named if promise_of(tags) is not None]
    if not chosen:
        found = {Version(version) for _, (_, version, _) in named}
        versions = ", ".join(str(version) for version in sorted(found)[-3:])
        message = (
            f"{wanted.text}: no wheel of {versions} promises the stable ABI: name"
            " another version"
        )
        raise UnreadableError(message)
    if len(chosen) > _MOST:
        message = (
            f"--pypi {wanted.text}: {len(chosen)} wheels, but at most {_MOST} are"
            " audited: name fewer versions"
        )
        raise UsageError(message)
    return chosen


def _releases(
    wanted: Wanted, files: Iterable[PublishedFile]
) -> dict[Version, list[PublishedFile]]:
    exact = any(each.operator in {"==", "==="} for each in wanted.specifiers)
    releases: dict[Version, dict[str, PublishedFile]] = {}
    for file in files:
        version = _version(wanted, file.name)
        if version is None or (file.yanked and not exact):
            continue
        # Of two indexes that have a file the first one counts.
        releases.setdefault(version, {}).setdefault(file.name, file)
    found = {version: list(each.values()) for version, each in releases.items()}
    if not wanted.specifiers:
        return found
    return {version: found[version] for version in wanted.specifiers.filter(found)}


def _version(wanted: Wanted, filename: str) -> Version | None:
    """Return the version of a wheel of the project; None for any other file."""
    if not filename.isprintable() or re.search(r"[/\\]", filename):
        return None
    if len(filename) > _LONGEST_NAME:
        return None
    try:
        distribution, version, _ = parse_wheel_name(filename)
        if canonicalize_name(distribution) != wanted.name:
            return None
        return Version(version)
    except (UnreadableError, InvalidVersion):
        return None


_ACCEPT = (
    "application/vnd.pypi.simple.v1+json,"
    " application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
)
_LARGEST_PAGE = 32 << 20
"""In bytes; the largest project on PyPI has some 20 MB."""

_MOST_VALUES = 1_000_000
"""How many values of JSON a page may have, three times as many as the largest has.

Each takes up to 120 bytes once it is read, and three bytes of the page.
"""

_MOST_FILES = 100_000

_JSON = {"application/vnd.pypi.simple.v1+json", "application/json"}
_HTML = {"application/vnd.pypi.simple.v1+html", "text/html"}

_MOST_DIGITS = 100
_LONGEST_NAME = 255
"""In characters; no usual file system has longer names."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PublishedFile:
    """Describe one file of a project as the index does."""

    name: str
    address: str
    sha256: str = ""
    """Empty if the index does not say."""

    size: int | None = None
    """In bytes; None if the index does not say (PEP 700 made it say)."""

    yanked: bool = False
    requires_python: str = ""


def read_project(transfers: Transfers, index: str, name: str) -> list[PublishedFile]:
    """Ask an index for a project by its normalized name.

    Raise ``NotFoundError`` if it has none, ``TransferError`` if there is no answer or
    if it is not in one of the two forms.
    """
    answer = transfers.get(f"{index}/{name}/", _ACCEPT, _LARGEST_PAGE)
    if answer.content_type in _JSON:
        return _from_json(answer)
    if answer.content_type in _HTML:
        return _from_html(answer)
    text = (
        f"{answer.content_type} instead of a list of files: check the URL of the index"
    )
    raise TransferError.at(answer.address, text)


def _from_json(answer: Answer) -> list[PublishedFile]:
    if sum(map(answer.body.count, (b"{", b"[", b","))) > _MOST_VALUES:
        text = f"more than {_MOST_VALUES} values: check the URL of the index"
        raise TransferError.at(answer.address, text)
    try:
        document = json.loads(answer.body, parse_int=_integer)
        _expect_few(document["files"], answer)
        return [_file(answer.address, each) for each in document["files"]]
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        text = "not the JSON that PEP 691 describes: check the URL of the index"
        raise TransferError.at(answer.address, text) from None


def _integer(digits: str) -> int:
    """Read an integer; raise ``ValueError`` for one that no size of a file has.

    Older Pythons need hours for some millions of digits.
    """
    if len(digits) > _MOST_DIGITS:
        raise ValueError(digits[:_MOST_DIGITS])
    return int(digits)


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
        _text(given.get("requires-python")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) and value.isprintable() else ""


def _sha256(value: object) -> str:
    text = value.lower() if isinstance(value, str) else ""
    return text if _SHA256.fullmatch(text) else ""


def _from_html(answer: Answer) -> list[PublishedFile]:
    base, files = answer.address, []
    for tag in read_link_tags(answer.body.decode("utf-8", "replace")):
        # What is not an address at all is left out: there is nothing to fetch.
        with suppress(ValueError):
            if tag.name == "base":
                base = urljoin(base, tag.attributes.get("href", ""))
            elif "href" in tag.attributes:
                files.append(_linked_file(base, tag))
        _expect_few(files, answer)
    return files


def _linked_file(base: str, tag: LinkTag) -> PublishedFile:
    address, fragment = urldefrag(urljoin(base, tag.attributes["href"]))
    name = unquote(urlsplit(address).path.rpartition("/")[2])
    kind, _, value = fragment.partition("=")
    sha256 = _sha256(value if kind == "sha256" else "")
    yanked = "data-yanked" in tag.attributes
    requires = tag.attributes.get("data-requires-python", "")
    return PublishedFile(
        name, address, sha256, yanked=yanked, requires_python=_text(requires)
    )


def _expect_few(files: Sequence[object], answer: Answer) -> None:
    if len(files) > _MOST_FILES:
        text = f"more than {_MOST_FILES} files: check the URL of the index"
        raise TransferError.at(answer.address, text)
