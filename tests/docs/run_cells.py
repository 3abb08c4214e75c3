"""Runs the code cells of a notebook: ``python run_cells.py NOTEBOOK [UNTIL] [EXPRESSION ...]``.

The cells run in order, in one namespace, without Jupyter and with warnings as errors, and each picture is
drawn. UNTIL is a text in the cell before which it stops, or empty for all cells. The last line is JSON:
``printed``, what each cell printed; ``pictures``, how many it has drawn; ``values``, that of each EXPRESSION
at the end.
"""

import contextlib
import io
import json
import sys
import warnings
from pathlib import Path


def run_cell(source, namespace):
    """Run one cell; what it printed, and the number of pictures it has drawn."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, source[:40], "exec"), namespace)
        import matplotlib.pyplot as plt

        figures = [plt.figure(number) for number in plt.get_fignums()]
        for figure in figures:
            figure.canvas.draw()
        plt.close("all")
    return printed.getvalue(), len(figures)


def main(path, until="", *expressions):
    """Run the notebook and print what came out."""
    namespace = {"__name__": "__main__"}
    results = []
    for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if until and until in source:
            break
        if cell["cell_type"] == "code":
            results.append(run_cell(source, namespace))
    printed, pictures = zip(*results, strict=True)
    values = {text: eval(text, namespace) for text in expressions}
    print(json.dumps({"printed": printed, "pictures": pictures, "values": values}))


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(*sys.argv[1:])
