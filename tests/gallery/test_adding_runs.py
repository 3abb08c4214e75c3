"""The shared trainings."""

from gradviz.gallery.adding_runs import HIDDEN, LENGTH, SETTING, STEPS, adding_experiments


def test_they_differ_only_in_the_cell():
    tables = [run.table() for run in adding_experiments().values()]
    assert [table.pop("name") for table in tables] == ["adding-rnn", "adding-lstm", "adding-gru"]
    assert [table["model"].pop("cell") for table in tables] == ["rnn", "lstm", "gru"]
    assert tables[0] == tables[1] == tables[2]
    for number in (f"{LENGTH} time steps", f"{HIDDEN} units", f"{STEPS} steps"):
        assert number in SETTING
