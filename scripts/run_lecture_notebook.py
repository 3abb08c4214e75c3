"""Runs docs/lecture.ipynb and writes its outputs into it; needs `pip install nbclient ipykernel`."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "docs/lecture.ipynb"


def main() -> None:
    """Run the notebook with the Python that runs this, and keep nothing of when and where that was."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(
        notebook, kernel_name="python3", resources=resources, record_timing=False, coalesce_streams=True
    ).execute()
    notebook.metadata.language_info = {"name": "python"}
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
