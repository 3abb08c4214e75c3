"""Every public measure is in the table, or said not to reduce a run."""

import gradviz as gv
from gradviz.runs.public_measures import MEASURES, NOT_REDUCED


def test_the_table_has_every_public_measure():
    public = {name for name, home in gv._HOME_OF.items() if home.startswith("gradviz.measures.")}
    assert {*MEASURES, *NOT_REDUCED} == public
    assert MEASURES.keys().isdisjoint(NOT_REDUCED)
    assert all(MEASURES[name] is getattr(gv, name) for name in MEASURES)
