"""Recordings with one thing wrong, written without gradviz: each is refused with one clear error, or read."""

import json
import warnings

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hostile import recordings

import gradviz as gv
from gradviz.errors import BadRecording, GradvizError
from gradviz.plots.plot_table import PLOTS, draw
from gradviz.recording.validate import validate_tree

CHANGES = {
    "attributes": recordings.attribute_changes,
    "values": recordings.value_changes,
    "labels": recordings.label_changes,
    "shapes": recordings.shape_changes,
}


@pytest.fixture(scope="module")
def sound():
    return {cell: recordings.sound(cell) for cell in ("lstm", "rnn")}


def written(tree, path):
    """Write a tree as xarray does, or return None for what no netCDF file can hold."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree.to_netcdf(path, engine="h5netcdf")
        except (TypeError, ValueError, AttributeError):
            return None
    return path


def outcome(name, use):
    """``"read"``, ``"refused"``, or the error that is neither, with the name of the change."""
    try:
        use()
    except GradvizError as error:
        message = str(error)
        return (
            "refused" if 20 < len(message) < 1000 and "site-packages" not in message else f"{name}: {message}"
        )
    except Exception as error:
        return f"{name}: {type(error).__name__}: {error}"
    return "read"


def tried(changes, tmp_path, use):
    """The outcome of every change, each in a file of its own."""
    path, found = tmp_path / "changed.nc", {}
    for name, tree in changes:
        path.unlink(missing_ok=True)
        if written(tree, path):
            found[name] = outcome(name, lambda: use(path))
    return found


def failures(found):
    return sorted(set(found.values()) - {"read", "refused"})


def test_a_sound_recording_is_read(sound, tmp_path):
    found = tried([("sound", sound["rnn"])], tmp_path, gv.load)
    assert found == {"sound": "read"}


@pytest.mark.parametrize("kind", CHANGES)
def test_one_clear_error_or_a_recording(sound, kind):
    found = {
        name: outcome(name, lambda tree=tree: validate_tree(tree))
        for name, tree in CHANGES[kind](sound["rnn"])
    }
    assert len(found) > 50
    assert failures(found) == []
    assert 5 < list(found.values()).count("refused") < len(found)


def accepted(sound, kind, *, seed, count):
    """Changes of a kind, chosen at random, that make a recording which is not refused."""
    found = []
    changes = list(CHANGES[kind](sound))
    np.random.default_rng(seed).shuffle(changes)
    for name, tree in changes:
        if outcome(name, lambda tree=tree: validate_tree(tree)) == "read":
            found.append((name, tree))
    return found[:count]


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "rnn"])
@pytest.mark.parametrize("kind", CHANGES)
def test_what_is_loaded_can_be_diagnosed(sound, kind, cell):
    found = {}
    for name, tree in accepted(sound[cell], kind, seed=0, count=60):
        found[name] = outcome(name, lambda tree=tree: json.dumps(gv.diagnose(tree).to_dict()))
    assert found
    assert failures(found) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHANGES)
def test_what_is_loaded_can_be_drawn(sound, kind):
    found, names = {}, sorted(PLOTS)  # each change with two plots, all plots with some changes
    for number, (change, tree) in enumerate(accepted(sound["lstm"], kind, seed=1, count=66)):
        for name in (names[number % len(names)], names[(7 * number + 3) % len(names)]):
            given = {"text": "abcdef", "unit": 0} if name == "text" else {}
            found[f"{name}, {change}"] = outcome(
                f"{name}, {change}",
                lambda name=name, tree=tree, given=given: draw(name, tree, given).figure.canvas.draw(),
            )
            plt.close("all")
    assert found
    assert failures(found) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHANGES)
def test_what_is_written_is_read_or_refused(sound, tmp_path, kind):
    changes = list(CHANGES[kind](sound["rnn"]))[::7]
    found = tried(changes, tmp_path, lambda path: gv.load(path).load())
    assert len(found) > 10
    assert failures(found) == []


WRONG_ATTRIBUTES = [
    ("/", "gradviz_format", "many"),
    ("/", "gradviz_format", np.nan),
    ("/", "gradviz_format", np.array([1, 2, 3])),
    ("/", "gradviz_format", -3),
    ("/", "lag", "many"),
    ("/", "lag", -3),
    ("/", "lag", np.array([1, 2])),
    ("/", "baseline", "many"),
    ("/layer", "cell", np.array([1, 2, 3])),
    ("/layer", "cell", "{"),
    ("/layer", "replay_error", "many"),
    ("/layer", "replay_error", -3),
    ("/layer", "detail", 2.5),
    ("/layer", "length", "many"),
    ("/layer", "hidden_size", -3),
    ("/layer", "names_not_zeroed", 2.5),
]


@pytest.mark.parametrize(("place", "name", "value"), WRONG_ATTRIBUTES)
def test_the_error_names_the_attribute(sound, place, name, value):
    with pytest.raises(BadRecording, match=rf"attribute '{name}' is .*; expected"):
        validate_tree(recordings.with_attribute(sound["rnn"], place, name, value))


@pytest.mark.parametrize("kind", ["text", "complex"])
def test_variables_of_other_types_are_refused(sound, tmp_path, kind):
    change = recordings.KINDS[kind]
    tree = recordings.with_module(
        sound["rnn"],
        lambda ds: ds.assign(log10_grad_h=(ds["log10_grad_h"].dims, change(ds["log10_grad_h"].values))),
    )
    with pytest.raises(BadRecording, match=r"variable 'log10_grad_h' is of type .*expected numbers"):
        validate_tree(tree)
    with pytest.raises(BadRecording, match=r"changed\.nc"):
        gv.load(written(tree, tmp_path / "changed.nc"))


@pytest.mark.parametrize("size", [1e308, -1e308, 1e101])
def test_a_huge_loss_is_named_and_not_drawn(sound, size):
    tree = sound["rnn"].copy()
    tree["loss"] = tree["loss"].copy(data=[1.0, size, 2.0])
    ax = gv.plot_learning_curve(tree)
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.texts] == ["beyond 1e+100 from step 1"]
    assert ax.get_ylim()[1] < 10
    plt.close(ax.figure)


def test_a_group_that_contains_itself_is_refused_at_once(sound, tmp_path):
    path = written(sound["rnn"], tmp_path / "cycle.nc")
    with h5py.File(path, "a") as file:
        file["layer/again"] = file["/"]
        file["itself"] = file["/"]
    with pytest.raises(BadRecording, match=r"contains itself|holds a group 'again'"):
        gv.load(path)


@pytest.mark.parametrize("link", [h5py.SoftLink("/layer/loss"), h5py.ExternalLink("other.nc", "/loss")])
def test_links_are_refused(sound, tmp_path, link):
    path = written(sound["rnn"], tmp_path / "link.nc")
    with h5py.File(path, "a") as file:
        file["layer/linked"] = link
    with pytest.raises(BadRecording, match="holds a link 'linked'"):
        gv.load(path)


def test_values_that_no_file_of_this_size_can_hold_are_refused(sound, tmp_path):
    path = written(sound["rnn"], tmp_path / "sparse.nc")
    with h5py.File(path, "a") as file:
        file["layer"].create_dataset("huge", shape=(10**6, 10**6), dtype="f4", chunks=(100, 100))
    with pytest.raises(BadRecording, match="bytes of memory, more than its"):
        gv.load(path)
