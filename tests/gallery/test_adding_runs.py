"""The shared trainings."""

from gradviz.gallery.adding_runs import AddingSettings, seeded_experiments, seeds_of


def test_they_differ_only_in_the_cell():
    seeded = seeded_experiments(AddingSettings())
    assert len(seeded) == 3 * 5
    tables = [seeded[f"{cell}/0"].table() for cell in ("rnn", "lstm", "gru")]
    assert [table.pop("name") for table in tables] == ["adding-rnn", "adding-lstm", "adding-gru"]
    assert [table["model"].pop("cell") for table in tables] == ["rnn", "lstm", "gru"]
    assert tables[0] == tables[1] == tables[2]


def test_every_setting_acts():
    changed = AddingSettings(length=12, hidden_size=7, steps=33, seeds=2)
    runs = seeded_experiments(changed)
    assert list(runs) == ["rnn/0", "rnn/1", "lstm/0", "lstm/1", "gru/0", "gru/1"]
    run = runs["gru/1"]
    assert (run.task.options["length"], run.model.hidden_size, run.training.steps, run.seed) == (12, 7, 33, 1)
    assert seeds_of(runs, "gru") == {"0": runs["gru/0"], "1": run}
