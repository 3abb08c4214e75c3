"""What is left out keeps the ends and the marks, fits the budget, and is said in words."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.report.data.coarsen import at_most, every, fit, note_of, ordinal

SIZES = st.integers(1, 3000)


@settings(max_examples=100, deadline=None)
@given(SIZES, st.integers(1, 50), st.lists(st.integers(-5, 3500), max_size=5))
def test_every_keeps_ends_and_what_must_stay(count, stride, keep):
    found = every("step", count, stride, keep)
    kept = found.kept.tolist()
    assert kept == sorted(set(kept))
    assert {0, count - 1, *(place for place in keep if 0 <= place < count)} <= set(kept)
    assert set(range(0, count, stride)) <= set(kept)
    assert len(kept) <= -(-count // stride) + 1 + len(keep)


@settings(max_examples=100, deadline=None)
@given(SIZES, st.integers(1, 400), st.lists(st.integers(0, 2999), max_size=5))
def test_at_most_spaces_evenly(count, most, keep):
    kept = at_most("step", count, most, keep).kept
    assert {0, count - 1} <= set(kept.tolist())
    assert min(count, most) <= len(kept) <= min(count, max(most, 2) + len(keep))
    if most > 1 and not keep:
        assert np.diff(kept).max(initial=0) <= np.ceil((count - 1) / (min(most, count) - 1 or 1))


def test_nothing_is_left_out_of_what_fits():
    assert at_most("time", 400, 400).kept.tolist() == list(range(400))
    assert at_most("time", 400, 400).words == ""
    assert fit({"step": 5, "time": 6, "unit": 7}, 5 * 6 * 7 * 4 * 2, each=4) == {
        "step": 1,
        "time": 1,
        "unit": 1,
    }


@settings(max_examples=100, deadline=None)
@given(SIZES, SIZES, st.integers(1, 600), st.integers(1, 6), st.integers(1000, 10**6))
def test_what_is_left_fits(steps, times, units, each, nbytes):
    sizes = {"step": steps, "time": times, "unit": units}
    strides = fit(sizes, nbytes, each=each)
    kept = [len(every(dim, size, strides[dim]).kept) for dim, size in sizes.items()]
    is_small = all(-(-size // strides[dim]) <= 2 for dim, size in sizes.items())
    assert np.prod(kept, dtype=float) * each * 4 / 3 <= nbytes or is_small
    assert all(left >= min(2, size) for left, size in zip(kept, sizes.values(), strict=True))


def test_the_finest_dim_is_coarsened_first():
    strides = fit({"step": 40, "time": 60, "unit": 512}, 40 * 60 * 64 * 2)
    assert strides["step"] == strides["time"] == 1
    assert strides["unit"] > 4


def test_words_by_hand():
    units, steps = every("unit", 256, 4), every("step", 200, 3)
    assert (
        note_of("gates", [units, steps]) == "gates: every 4th of 256 units, every 3rd of 200 training steps"
    )
    assert (
        note_of("total gradient", [at_most("step", 1000, 400)])
        == "total gradient: 400 of 1,000 training steps"
    )
    assert note_of("gates", [every("unit", 256, 1)]) == ""


def test_ordinals():
    words = [ordinal(number) for number in (2, 3, 4, 11, 12, 13, 21, 22, 101, 111)]
    assert words == ["2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th"]
