"""A Python environment of its own with gradviz in it, and commands that run there, far from the sources."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from installed.commands import Command

_OF_THE_CALLER = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "MPLBACKEND")


class Environment:
    """Packages installed by pip into a new folder, under the constraints of one file."""

    def __init__(self, folder: Path, requirements: Sequence[str], constraints: Path):
        self._programs = folder / "bin"
        home = folder / "home"  # what gradviz and matplotlib keep
        self.variables = {name: value for name, value in os.environ.items() if name not in _OF_THE_CALLER}
        self.variables |= {"XDG_CACHE_HOME": str(home), "MPLCONFIGDIR": str(home / "matplotlib")}
        self.variables["OMP_NUM_THREADS"] = "1"  # two environments may be tried at the same time
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        self.python("-m", "pip", "install", "--quiet", "-c", str(constraints), *requirements, folder=folder)

    def python(self, *words: str, folder: Path) -> str:
        """What this environment's Python prints; an error if it fails."""
        return self._done("python", words, folder)

    def start(self, *words: str, folder: Path) -> subprocess.Popen[str]:
        """A running ``gradviz``."""
        program = [str(self._programs / "gradviz"), *words]
        return subprocess.Popen(program, cwd=folder, env=self.variables, text=True, stdout=subprocess.PIPE)

    def run(self, command: Command, folder: Path) -> str:
        """What a command prints, after a look at its exit code, its errors, its words and its files."""
        words = [found for word in shlex.split(command.words) for found in _found(word, folder)]
        program = "python" if command.code else "gradviz"
        first = ["-c", command.code] if command.code else []
        out = self._done(program, [*first, *words], folder, command.codes)
        assert command.prints in out
        for pattern in command.makes:
            assert any(path.stat().st_size for path in folder.glob(pattern)), (pattern, out)
        return out

    def _done(self, program: str, words: Sequence[str], folder: Path, codes: Sequence[int] = (0,)) -> str:
        done = subprocess.run(
            [str(self._programs / program), *words],
            cwd=folder,
            env=self.variables,
            text=True,
            capture_output=True,
            check=False,
        )
        said = f"{program} {shlex.join(words)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode in codes, said
        assert "Traceback" not in done.stderr, said
        assert "Warning" not in done.stderr, said
        return done.stdout


def _found(word: str, folder: Path) -> list[str]:
    """A word itself, or the first path that it is a pattern of."""
    if "*" not in word:
        return [word]
    return [str(path.relative_to(folder)) for path in sorted(folder.glob(word))[:1]]
