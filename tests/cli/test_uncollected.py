"""The collector rests while a command imports, and only then."""

import gc
import subprocess
import sys

from gradviz.cli.uncollected import uncollected_imports

ALONE = """
import gc
from gradviz.cli.uncollected import uncollected_imports
seen = []
try:
    with uncollected_imports():
        seen.append(gc.isenabled())
        raise KeyError
except KeyError:
    print(seen, gc.isenabled(), gc.get_freeze_count() > 0)
"""


def test_it_rests_in_the_block_and_works_afterwards():
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert done.stdout == "[False] True True\n"


def test_a_process_that_has_imported_keeps_it():
    import xarray  # noqa: F401

    frozen = gc.get_freeze_count()
    with uncollected_imports():
        assert gc.isenabled()
    assert gc.get_freeze_count() == frozen
