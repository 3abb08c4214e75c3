"""What setup.cfg cannot say of the build: a wheel has the files of ``experiments/`` in the package."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

EXPERIMENTS = Path("experiments")
COPIED = ("*.toml", "papers/*.toml", "papers/*.py", "results/*.json")


class WithExperiments(build_py):
    """Copies experiments, papers and results into the package, where an installed gradviz finds them."""

    def run(self) -> None:
        """Build as always, then copy; an editable install reads them where they stand."""
        super().run()
        if not self.editable_mode:
            for source, target in self._copies().items():
                self.mkpath(str(target.parent))
                self.copy_file(str(source), str(target))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """What was built, for the tools that ask."""
        copied = [] if self.editable_mode else map(str, self._copies().values())
        return [*super().get_outputs(include_bytecode), *copied]

    def _copies(self) -> dict[Path, Path]:
        folder = Path(self.build_lib, "gradviz", "experiments")
        sources = sorted(source for pattern in COPIED for source in EXPERIMENTS.glob(pattern))
        return {source: folder / source.relative_to(EXPERIMENTS) for source in sources}


setup(cmdclass={"build_py": WithExperiments})
