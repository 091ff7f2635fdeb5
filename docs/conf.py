"""Sphinx's settings for the documentation site: ``make docs`` builds it."""

from __future__ import annotations

project = "abi3build"
author = "The abi3build maintainers"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "abi3build"
html_theme_options = {
    "source_repository": "https://github.com/abi3build/abi3build/",
    "source_branch": "main",
    "source_directory": "docs/",
}
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
