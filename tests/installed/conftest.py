"""Where the commands of an installed gradviz run."""

import pytest
from installed.commands import FILES


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An empty folder in which the commands run in their order."""
    folder = tmp_path_factory.mktemp("empty")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder
