"""``gradviz new``: the file on standard output, and names that do not exist."""

import sys

import pytest
from click.testing import CliRunner

from gradviz.cli.main import cli, main
from gradviz.experiment.config.commented_toml import commented_toml


def test_the_file_is_printed():
    done = CliRunner().invoke(cli, ["new", "dyck", "--cell", "gru"], standalone_mode=False)
    assert done.return_value is None
    assert done.stdout == commented_toml("dyck", "gru")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ading"], "gradviz: unknown task 'ading'; did you mean 'adding'?"),
        (["adding", "--cell", "gur"], "gradviz: unknown cell 'gur'; did you mean 'gru'?"),
    ],
)
def test_a_name_that_does_not_exist(monkeypatch, capsys, words, message):
    monkeypatch.setattr(sys, "argv", ["gradviz", "new", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert told.err.startswith(message)
