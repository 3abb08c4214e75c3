"""Every kind of fault of the population, by name."""

from __future__ import annotations

from gradviz.benchmark.population.fault import Fault
from gradviz.benchmark.population.faults_of_code import IN_CODE
from gradviz.benchmark.population.faults_of_data import IN_DATA
from gradviz.benchmark.population.faults_of_training import IN_TRAINING
from gradviz.benchmark.population.faults_of_weights import IN_WEIGHTS
from gradviz.benchmark.population.held_out import HELD_OUT

FAULTS: dict[str, Fault] = {fault.name: fault for fault in (*IN_WEIGHTS, *IN_CODE, *IN_TRAINING, *IN_DATA)}


def fault_named(name: str) -> Fault:
    """A fault of `FAULTS` or of `HELD_OUT`."""
    return FAULTS[name] if name in FAULTS else HELD_OUT[name]
