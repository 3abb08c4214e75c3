"""A paper's file is checked before any run; every mistake has its place."""

import pytest

from gradviz.experiment.config.validation import BadExperiment
from gradviz.reproductions import measure_table, paper_mistakes
from gradviz.reproductions.paper_file import read_paper


class Sizes:
    NAMES = ("size_before", "size_after")


@pytest.fixture
def sizes(monkeypatch):
    monkeypatch.setattr(paper_mistakes, "measure_of", lambda name: Sizes)


def test_a_paper(tiny, write):
    paper = read_paper(write(tiny()))
    assert (paper.name, len(paper.points), paper.told.minutes) == ("tiny", 10, 4.0)


def test_an_ordinary_sweep_is_not_a_paper(tiny, write):
    table = tiny()
    del table["reproduction"]
    with pytest.raises(BadExperiment, match=r"tiny.toml: has no table \[reproduction\]"):
        read_paper(write(table))


def test_an_unknown_measure(tiny, write):
    said = r"tiny.toml: reproduction.measured\[0\]: unknown measure 'lyapunow'; did you mean 'lyapunov'\?"
    with pytest.raises(BadExperiment, match=said):
        read_paper(write(tiny(reproduction__measured=["lyapunow"])))


def test_a_claim_about_what_nothing_measures(tiny, write):
    table = tiny(reproduction__expect=[{"metric": "size_after", "above": 1.0}])
    with pytest.raises(BadExperiment, match=r"expect\[0\].metric = 'size_after': nothing is measured"):
        read_paper(write(table))


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({"metric": "size_aftr", "above": 1.0}, r"expect\[0\].metric: unknown .* did you mean 'size_after'"),
        ({"metric": "size_after"}, r"reproduction.expect\[0\]: has no comparison"),
        ({"metric": "size_after", "until_below": 1.0}, r"expect\[0\].until_below: must be left out"),
        ({"metric": "size_after", "above": 1.0, "at": 1}, r"expect\[0\].at: must be left out"),
        (
            {"metric": "size_after", "above": 1.0, "where": {"model.init": "identity"}},
            r"expect\[0\].where: no point of the sweep",
        ),
        (
            {"metric": "size_after", "above_that_of": {"model.cell": "gru"}},
            r"expect\[0\].above_that_of: no point of the sweep",
        ),
    ],
)
def test_claims_about_measured_numbers(tiny, write, sizes, claim, message):
    with pytest.raises(BadExperiment, match=message):
        read_paper(write(tiny(reproduction__measured=["sizes"], reproduction__expect=[claim])))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"metric": "los", "below": 1.0}, r"reproduction.learned.metric: unknown metric 'los'"),
        ({"metric": "validation_loss", "below": 1.0}, r"learned.metric .* needs a table \[validation\]"),
        ({"metric": "loss", "below": 1.0, "at": 3}, r"learned.at = 3: must be at most 2"),
        ({"metric": "loss"}, r"reproduction.learned: has no comparison"),
        ({"metric": "loss", "below": 1.0, "where": {"seed": 9}}, r"learned.where: no point of the sweep"),
    ],
)
def test_rules_of_having_learned(tiny, write, rule, message):
    with pytest.raises(BadExperiment, match=message):
        read_paper(write(tiny(reproduction__learned=rule)))


def test_a_mistake_of_every_point_is_told_once(tiny, write):
    with pytest.raises(BadExperiment) as error:
        read_paper(write(tiny(reproduction__learned={"metric": "los", "below": 1.0})))
    assert len(str(error.value).splitlines()) == 1


def test_every_measure_in_the_table_is_a_module_with_names():
    for name in measure_table.MEASURED:
        measure = measure_table.measure_of(name)
        assert measure.NAMES
        assert all(isinstance(one, str) for one in measure.NAMES)
        assert callable(measure.measure)
