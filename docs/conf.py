"""The site: ``python -m sphinx -W --keep-going -b html docs build/site``."""

import gradviz

project = "gradviz"
author = "the gradviz authors"
copyright = "the gradviz authors"  # noqa: A001
version = release = gradviz.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]
html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_title = "gradviz"
html_theme_options = {"navigation_with_keys": True, "show_toc_level": 2}

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "amsmath", "substitution"]
myst_heading_anchors = 3
nb_execution_mode = "cache"  # the code cells of the Markdown pages
nb_execution_excludepatterns = ["lecture.ipynb"]  # its outputs are tested to be those of its code
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_in_temp = True  # what a page writes is not left in docs
nb_merge_streams = True  # lines that a cell prints are one block

autosummary_generate = True
numpydoc_show_class_members = False
intersphinx_mapping = {}
