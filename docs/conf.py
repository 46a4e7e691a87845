"""Sphinx: the pages are text notebooks, executed while the site is built."""

from importlib.metadata import version as installed_version

project = "cxmkit"
author = "The cxmkit developers"
copyright = f"2026, {author}"
version = release = installed_version("cxmkit")

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
]

# An example that fails fails the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_show_tb = True
nb_merge_streams = True
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # would come from a foreign host
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

default_role = "py:obj"  # `Tally` in a docstring is a link
autodoc_typehints = "none"  # numpydoc sections state the types in words
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "furo"
html_title = f"cxmkit {version}"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["sentences.css"]
