"""``python -m gradviz.benchmark.population``: measure the diagnosis, where only the libraries are installed.

It needs PyTorch, NumPy, xarray and h5netcdf. ``gradviz benchmark diagnosis`` does the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from gradviz.benchmark.population.report import member_text, population_text
from gradviz.benchmark.population.run import run_population


def main() -> None:
    """Run the members that are missing, and print the report."""
    parser = argparse.ArgumentParser(prog="python -m gradviz.benchmark.population")
    parser.add_argument("--results", type=Path, default=Path("gradviz-benchmark/diagnosis.jsonl"))
    parser.add_argument("--members", type=int, default=640)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--no-tries", action="store_true")
    parser.add_argument("--only", type=int, help="print everything about one member")
    options = parser.parse_args()
    if options.only is not None:
        print(member_text(options.only, held_out=options.held_out))
        return
    lines = run_population(
        options.results,
        range(options.first, options.first + options.members),
        held_out=options.held_out,
        tries=not options.no_tries,
        workers=options.workers,
        on_member=lambda line: print(_short(line), flush=True),
    )
    print(population_text(lines))


def _short(line: dict[str, object]) -> str:
    return f"{line['number']:5} {line['group']:9} {line['fault'] or '-':34} {line['seconds']:6} s"


if __name__ == "__main__":
    main()
