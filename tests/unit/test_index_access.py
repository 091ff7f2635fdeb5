"""pip's configuration, read through pip itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from abi3build.errors import UsageError
from abi3build.index.access import Access, read_access

if TYPE_CHECKING:
    from pathlib import Path


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Make an environment in which pip finds one file, and no netrc unless told."""
    path = folder / "pip.conf"
    if not path.exists():
        path.write_text("", encoding="utf-8")
    keep = {
        name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ
    }
    return {
        **keep,
        "HOME": str(folder),
        "PIP_CONFIG_FILE": str(path),
        "NETRC": str(folder / "netrc"),
        **variables,
    }


def test_file_section_and_variables_count_in_pips_order(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://global.example/simple/\n"
        "extra-index-url =\n    https://a:b@one.example/simple\n"
        "    file:///local/simple\n    https://two.example/simple\n"
        "timeout = 3\ncert = /ca.pem\n"
        "[install]\nindex-url = https://install.example/simple\n",
        encoding="utf-8",
    )
    assert read_access(environment(tmp_path)) == Access(
        (
            "https://install.example/simple",
            "https://one.example/simple",
            "https://two.example/simple",
        ),
        {"https://one.example:443": ("a", "b")},
        "/ca.pem",
        None,
        3.0,
    )
    given = environment(
        tmp_path, PIP_INDEX_URL="https://env.example/s", PIP_DEFAULT_TIMEOUT="900"
    )
    access = read_access(given)
    assert access.indexes[0] == "https://env.example/s"


def test_without_configuration_it_is_pypi(tmp_path: Path) -> None:
    given = environment(tmp_path, PIP_CONFIG_FILE=os.devnull)
    assert read_access(given) == Access(("https://pypi.org/simple",))


def test_netrc_has_the_credentials_that_no_address_has(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine x.example login u password p\n", encoding="utf-8")
    netrc.chmod(0o600)
    given = environment(tmp_path, PIP_INDEX_URL="https://x.example:8443/simple")
    assert read_access(given).credentials == {"https://x.example:8443": ("u", "p")}


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        pytest.param(
            {"PIP_NO_INDEX": "1"},
            "--pypi: pip's configuration sets no-index: unset it to use an index",
            id="no-index",
        ),
        pytest.param(
            {"PIP_INDEX_URL": "https://user:pass/word@x.example/simple"},
            "--pypi: pip's configuration contains an invalid index URL: correct"
            " index-url and extra-index-url",
            id="no-address",
        ),
        pytest.param(
            {"PIP_INDEX_URL": "file:///srv/simple"},
            "--pypi: file:///srv/simple: not an index on the network: set pip's"
            " index-url to an https URL",
            id="no-network",
        ),
    ],
)
def test_settings_that_name_no_index_are_said(
    tmp_path: Path, variables: dict[str, str], text: str
) -> None:
    with pytest.raises(UsageError) as raised:
        read_access(environment(tmp_path, **variables))
    assert str(raised.value) == text
