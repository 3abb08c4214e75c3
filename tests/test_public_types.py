"""What type checkers and editors are told of the public names is what the package loads."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gradviz as gv

STUB = Path(gv.__file__).with_suffix(".pyi")
USER_CODE = Path(__file__).parent / "user_code"


def test_the_stub_names_every_public_name_and_its_home():
    imports = [node for node in ast.parse(STUB.read_text()).body if isinstance(node, ast.ImportFrom)]
    names = {name.asname: node.module for node in imports for name in node.names}
    assert names == {**gv._HOME_OF, **dict.fromkeys(gv._SUBPACKAGES, "gradviz")}
    assert all(name.name == name.asname for node in imports for name in node.names)  # re-exported


def test_a_prompt_completes_every_public_name():
    assert dir(gv) == sorted([*gv._HOME_OF, *gv._SUBPACKAGES, "__version__"])
    code = (
        "import gradviz, rlcompleter; print(rlcompleter.Completer({'gv': gradviz}).complete('gv.plot_gr', 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("gv.plot_gradient_heatmap")


@pytest.mark.slow
def test_user_code_is_checked_strictly():
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", str(USER_CODE / "typed_use.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    assert done.stdout.startswith("Success"), done.stdout
