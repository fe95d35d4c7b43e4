"""Sphinx settings of the documentation."""

from __future__ import annotations

from importlib.metadata import version as installed_version

project = "quart-hotframe"
copyright = "quart-hotframe contributors"
version = release = installed_version("quart-hotframe")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"

html_theme = "furo"
html_title = "quart-hotframe"
