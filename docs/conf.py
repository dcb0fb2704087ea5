"""Sphinx configuration: MyST pages, the furo theme, and figures that the build draws itself."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

project = "gradlab"
author = "the gradlab authors"
copyright = "2026, the gradlab authors"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "_extensions.errata",
    "_extensions.gallery",
    "_extensions.settings",
    "_extensions.systems",
]
exclude_patterns = ["_build", "_gallery", "gallery", "tutorial/softmax_course"]
root_doc = "index"
source_suffix = {".md": "markdown"}
default_role = "literal"
nitpicky = False

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Equation", "Source", "Deviation"]

html_theme = "furo"
html_title = "gradlab"
html_static_path = ["_static"]
html_css_files = ["gradlab.css"]
html_show_sphinx = False
html_copy_source = False
