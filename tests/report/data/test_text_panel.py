"""The characters of a text, and what colours them."""

import numpy as np
from report.data.made import embedded, recording

from gradviz.report.data.frames import read_frame
from gradviz.report.data.typed import read_typed


def test_a_text_colours_its_characters():
    tree = recording((0, 10), times=4, samples=2, units=3, attributes={"text": "a b\n"})
    found = embedded(tree)["text"]
    assert found["characters"] == ["a", " ", "b", "\n"]
    assert found["visible"] == ["a", "␣", "b", "⏎"]
    (place,) = found["places"]
    recorded = tree["recurrent"].isel(layer=0, direction=0, sample=0)
    np.testing.assert_array_equal(
        read_typed(place["gradient"]), recorded["log10_grad_h"].transpose("step", "time").values
    )
    hidden = recorded["h"].transpose("step", "time", "unit").values
    np.testing.assert_allclose(read_frame(place["hidden"]).values(), hidden, rtol=0, atol=2 / 498)
    gates = recorded["gates"].sel(gate=place["gate_names"]).transpose("step", "gate", "time", "unit").values
    np.testing.assert_allclose(read_frame(place["gates"]).values(), gates, rtol=0, atol=1 / 498)


def test_a_text_that_does_not_fit_is_missing():
    found = embedded(recording((0,), times=4, attributes={"text": "too long"}))["text"]
    assert found["missing"] == "text"
    assert "text has 8 characters and the recording 4 time steps" in found["how_to_get_it"]


def test_the_text_of_another_recording_of_the_model():
    reading = recording((0,), times=3, attributes={"text": "abc"}).isel(step=0, sample=0, drop=True)
    found = embedded(recording((0, 10)), reading=reading)
    assert found["text"]["characters"] == ["a", "b", "c"]
    assert found["text"]["places"][0]["hidden"]["shape"] == [1, 3, 3]
    assert read_typed(found["places"][0]["steps"]).tolist() == [0, 10]
