"""A wheel and an sdist, built as for a release, from a copy of what is committed or would be."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FOR_BUILDING = ("gradviz.egg-info", "PKG-INFO")


def sources() -> set[str]:
    """The files of the project by their paths: a clone's, or those of an unpacked sdist."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return {path for path in listed.stdout.split("\0") if path and (ROOT / path).exists()}
    listed = (ROOT / "gradviz.egg-info" / "SOURCES.txt").read_text(encoding="utf-8").splitlines()
    return {path for path in listed if not path.startswith(_FOR_BUILDING)}


def build(folder: Path, *kinds: str) -> list[Path]:
    """Copy the sources into a folder and build there; the files that were made."""
    copy, made = folder / "sources", folder / "made"
    for path in sources():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path)
    subprocess.run([sys.executable, "-m", "build", *kinds, "-o", str(made), str(copy)], check=True)
    return sorted(made.iterdir())


def content(archive: Path) -> dict[str, bytes]:
    """The files in a wheel, or in an sdist without its outer folder, with their bytes."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            return {name: opened.read(name) for name in opened.namelist() if not name.endswith("/")}
    with tarfile.open(archive) as opened:
        members = [member for member in opened if member.isfile()]
        return {member.name.partition("/")[2]: opened.extractfile(member).read() for member in members}
