"""Print what the diagnosis says of every report: ``PYTHONPATH=tests python -m diagnosis.reports [NAME ...]``.

t stands for trouble, w for a warning, n for a note.
"""

import sys
import warnings
from collections import Counter

import torch
from diagnosis.reports.judge import HEALTHY, REPORTS, load, outcome, verdict


def chosen(names):
    return [name for name in names if not sys.argv[1:] or any(part in name for part in sys.argv[1:])]


def main():
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    verdicts = Counter()
    for name in chosen(REPORTS):
        broken, mended = outcome(name), outcome(name, "mended")
        verdicts[verdict(name)] += 1
        print(f"{name:40} {verdict(name):11} wanted {', '.join(sorted(load(name).KINDS))}")
        print(f"    error {broken.error:.2f}, found: {broken.as_text}")
        print(f"    mended {mended.error:.2f}, found: {mended.as_text}", flush=True)
    for name in chosen(HEALTHY):
        result = outcome(name)
        print(f"{name:40} error {result.error:.2f}, found: {result.as_text}", flush=True)
    print(dict(verdicts))


if __name__ == "__main__":
    main()
