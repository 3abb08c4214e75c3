"""Formulas as MathML, made at build: a page needs no script and no request to show them.

Without latex2mathml, which comes with ``gradviz[docs]``, the site falls back to MathJax from the network.
"""

from __future__ import annotations

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

_LOG = logging.getLogger(__name__)
_NOT_UNDERSTOOD = re.compile(r"<m[io]>(&amp;|&|&#x0?0?026;|\\[^<]*)</m[io]>")


def as_mathml(latex: str, *, block: bool) -> str:
    """A formula as the text of a ``<math>`` element.

    Parameters
    ----------
    latex : str
        Without dollar signs.
    block : bool
        Whether it stands on lines of its own.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a command in it is not known.
    """
    known = re.sub(r"\\(begin|end)\{(?:aligned|align|alignat\*?|gather\*?)\}", r"\\\1{align*}", latex)
    known = known.replace(r"\lvert", "|").replace(r"\rvert", "|")
    try:
        text = convert(known, display="block" if block else "inline")
    except Exception as error:
        raise ValueError(f"{latex!r} cannot be read as LaTeX: {error!r}") from error
    unknown = _NOT_UNDERSTOOD.search(text)
    if unknown:
        raise ValueError(f"{unknown[1]!r} is not known in {latex!r}")
    return text


def _shown(node: nodes.Element, *, block: bool) -> str:
    try:
        return as_mathml(node.astext(), block=block)
    except ValueError as error:
        _LOG.warning("a formula cannot be shown: %s", error, location=node)
        return f"<code>{node.astext()}</code>"


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_shown(node, block=False))
    raise nodes.SkipNode


def visit_displaymath(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})</span>')
    translator.body.append(f"{_shown(node, block=True)}</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
