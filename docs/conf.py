"""The site: ``python -m sphinx -W --keep-going -b html docs build/site``."""

import importlib.util
import os
import sys
from pathlib import Path

import gradviz
from gradviz import tasks

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
os.environ.setdefault("OMP_NUM_THREADS", "1")  # small trainings are slower with more, where other work runs

import plot_pictures  # noqa: E402

project = "gradviz"
author = "the gradviz authors"
copyright = "the gradviz authors"
version = release = gradviz.__version__

_MATH = "mathml" if importlib.util.find_spec("latex2mathml") else "sphinx.ext.mathjax"
extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    _MATH,
    "other_files",
    "generated",
    "plot_pictures",
]
html_math_renderer = _MATH.rpartition(".")[2]
exclude_patterns = ["_build", "_ext", "**/.ipynb_checkpoints"]
templates_path = ["_templates"]
default_role = "py:obj"
add_module_names = False

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["gradviz.css"]
html_title = "gradviz"
html_favicon = "_static/favicon.svg"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {
        "image_light": "_static/logo-light.svg",
        "image_dark": "_static/logo-dark.svg",
        "alt_text": "gradviz",
    },
    "navigation_with_keys": True,
    "navbar_persistent": ["search-button"],
    "show_toc_level": 2,
    "header_links_before_dropdown": 7,
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {
    name: [] for name in ("index", "start", "lecture", "gallery")
}  # they have no pages below them
html_context = {"default_mode": "auto"}

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "amsmath", "substitution"]
myst_heading_anchors = 3
nb_execution_mode = "cache"  # the code cells of the Markdown pages
nb_execution_cache_path = str(HERE.parent / "build/docs-cells")
nb_execution_excludepatterns = ["lecture.ipynb"]  # its outputs are tested to be those of its code
nb_execution_in_temp = True  # what a page writes does not stay between its sources
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_output_stderr = "remove"  # progress bars
nb_merge_streams = True  # lines that a cell prints are one block

autosummary_generate = True
autosummary_context = {
    "drawn": plot_pictures.CODE,
    "needs_runs": {name: plot_pictures.uses_the_runs(name) for name in plot_pictures.CODE},
}
autodoc_typehints = "none"  # numpydoc's sections say them
numpydoc_show_class_members = False

for (
    _name
) in tasks.__all__:  # their readers write gv.tasks.adding, of which the class Adding would be an alias
    if isinstance(getattr(tasks, _name), type):
        getattr(tasks, _name).__name__ = _name


def _without_signature(app, what, name, *rest):
    """Leave out how a class is made which only functions of gradviz make."""
    is_public = name.rpartition(".")[0] in ("gradviz", "gradviz.tasks")
    return ("", None) if what == "class" and not is_public else None


def setup(app):
    app.connect("autodoc-process-signature", _without_signature)
