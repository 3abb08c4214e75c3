"""Settings that cannot be measured are refused, and limits apply to one network only."""

from dataclasses import replace

import pytest

from gradviz.benchmark.settings import Settings
from gradviz.errors import UnknownName


def test_the_limits_are_stated_for_the_default_network_and_above_on_one_or_two_threads():
    assert Settings().limits_apply
    for change in ({"hidden_size": 1024}, {"batch_size": 256}, {"threads": 1}, {"num_layers": 3}):
        assert replace(Settings(), **change).limits_apply
    assert Settings(lengths=(7,), cells=("gru",), pairs=1).limits_apply
    for change in ({"hidden_size": 64}, {"batch_size": 32}, {"threads": 3}):
        assert not replace(Settings(), **change).limits_apply
    assert Settings(device="cuda", threads=8).limits_apply


def test_what_makes_no_sense_is_refused():
    with pytest.raises(UnknownName, match="unknown cell 'lsmt'; did you mean 'lstm'"):
        Settings(cells=("lsmt",))
    with pytest.raises(ValueError, match="pairs = 0: must be a whole number of at least 1"):
        Settings(pairs=0)
    with pytest.raises(ValueError, match="length = 0: must be a whole number of at least 1"):
        Settings(lengths=(100, 0))
    with pytest.raises(ValueError, match="nothing to measure"):
        Settings(cells=())
