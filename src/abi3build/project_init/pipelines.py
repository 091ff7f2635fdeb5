"""What a project may add to its pipelines: one snippet for each service it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from abi3build import __version__

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Snippet", "snippets_for"]


class Snippet(NamedTuple):
    """Contain lines to add to a file; only the user adds them."""

    file: str
    text: str


_CIBUILDWHEEL = """\
[tool.cibuildwheel]
# One build for each platform serves every later Python; the others only test it.
build = "{first}-*"
"""

_GITHUB = """\
      - uses: abi3build/abi3build@v{release}
        with:
          paths: dist
"""

_GITLAB = """\
audit:
  script:
    - python -m pip install abi3build
    - abi3build audit --also junit=abi3build.xml dist/
  artifacts:
    reports:
      junit: abi3build.xml
"""

_PRE_COMMIT = """\
  - repo: https://github.com/abi3build/abi3build
    rev: v{release}
    hooks:
      - id: abi3build-settings
"""


def snippets_for(folder: Path, floor_tag: str, pyproject: str) -> tuple[Snippet, ...]:
    """Return what fits the services whose files the project has.

    The tag is that of the floor, such as ``cp39``.
    """
    found = []
    if (folder / ".github" / "workflows").is_dir():
        found.append(
            Snippet(".github/workflows, after the build", _of_release(_GITHUB))
        )
    if (folder / ".gitlab-ci.yml").exists():
        found.append(Snippet(".gitlab-ci.yml", _GITLAB))
    if (folder / ".pre-commit-config.yaml").exists():
        found.append(Snippet(".pre-commit-config.yaml", _of_release(_PRE_COMMIT)))
    if "[tool.cibuildwheel" in pyproject:
        found.append(Snippet("pyproject.toml", _CIBUILDWHEEL.format(first=floor_tag)))
    return tuple(found)


def _of_release(text: str) -> str:
    """Return a snippet that pins what runs now, as the docs do."""
    return text.format(release=__version__)
