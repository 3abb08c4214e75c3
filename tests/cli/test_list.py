"""``gradviz list``."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gradviz.cli.main import cli
from gradviz.models.initialise import INITIALISATIONS
from gradviz.models.layers import LAYERS
from gradviz.tasks.task_table import TASKS


def listed(kind):
    done = CliRunner().invoke(cli, ["list", kind], standalone_mode=False, catch_exceptions=False)
    return done.return_value, dict(line.split(maxsplit=1) for line in done.stdout.splitlines())


@pytest.mark.parametrize(("kind", "table"), [("tasks", TASKS), ("cells", LAYERS), ("inits", INITIALISATIONS)])
def test_every_name_has_its_line(kind, table):
    code, lines = listed(kind)
    assert code == 0
    assert list(lines) == list(table)
    assert all(len(line) > 10 for line in lines.values())


def test_lines_say_what_it_is():
    assert listed("tasks")[1]["parity"].startswith("A sequence of random 1 and -1;")
    assert listed("cells")[1]["gru"] == "GRU; gates: reset, update, candidate"


def test_options_stand_behind_a_name_with_their_defaults():
    tasks, inits = listed("tasks")[1], listed("inits")[1]
    more, less = (
        f"  metric: {one}" for one in ("accuracy, the larger the better", "mse, the smaller the better")
    )
    assert tasks["parity"].endswith(f"  (length = 100, bits: left out){more}")
    assert tasks["adding"].endswith(f"  (length = 100){less}")
    assert tasks["adding_1997"].endswith(f"  (length = [100, 110]){more}")
    assert tasks["digits"].endswith(f"  (permuted = false, permutation_seed = 0, held_out = 0.2){more}")
    assert inits["default"].endswith("  (no options)")
    assert inits["chrono"].endswith("  (t_max: required)")
    assert inits["identity"].endswith("  (scale = 1.0, input_std: left out)")


def test_experiments_of_this_folder_and_those_that_come_with_gradviz(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "b.toml").write_text("# what it shows\nname = 'b'\n")
    (tmp_path / "experiments" / "a.toml").write_text("name = 'a'\n# late\n")
    code, lines = listed("experiments")
    assert code == 0
    names = ["adding", "char", "char_corpus", "copy_memory", "temporal_order"]
    assert list(lines) == ["experiments/a.toml", "experiments/b.toml", *names]
    assert lines["experiments/a.toml"] == "late"
    assert lines["experiments/b.toml"] == "what it shows"
    assert lines["char"] == "The course's character model: two LSTM layers learn one sentence by heart."


def test_a_shipped_experiment_is_listed_once(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    assert all(name.startswith("experiments/") for name in listed("experiments")[1])


def test_papers_of_this_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    papers = tmp_path / "experiments" / "papers"
    papers.mkdir(parents=True)
    assert listed("reproductions") == (0, {})
    texts = ("claim", "source", "protocol", "theirs", "full_size")
    told = "".join(f'{name} = "the {name}"\n' for name in texts)
    (papers / "a1994.toml").write_text(f'name = "x"\n[reproduction]\n{told}differs = []\nminutes = 2.5\n')
    (papers / "b1997.toml").write_text("name = 'x'\n")
    code, lines = listed("reproductions")
    assert code == 0
    assert lines == {"a1994": "the claim (the source; 2.5 min)", "b1997": "has no table [reproduction]"}
