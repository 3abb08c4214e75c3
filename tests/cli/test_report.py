"""``gradviz report`` writes one page, or says in one line why not."""

import json
import os
import sys

import pytest
from report.data.made import recording

from gradviz.cli import main as main_module
from gradviz.recording.save import save


def run_of(folder, name, *steps, **options):
    """A recording's file."""
    save(recording(steps or (0, 10), **options), folder / name)
    return folder / name


def report(monkeypatch, *arguments):
    """The exit code of the command."""
    monkeypatch.setattr(sys, "argv", ["gradviz", "report", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main_module.main()
    return ended.value.code


def names_on(page):
    data = page.read_text(encoding="utf-8").partition('id="gradviz-data">')[2].partition("</script>")[0]
    return [run["name"] for run in json.loads(data)["runs"]]


def test_one_run(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.html"
    assert report(monkeypatch, run_of(tmp_path, "one.nc"), "-o", page) == 0
    assert capsys.readouterr().out == f"{page}\n"
    assert names_on(page) == ["one"]


def test_ten_runs_of_other_shapes(tmp_path, monkeypatch):
    runs = [
        run_of(tmp_path, f"{n}.nc", 0, n + 1, cell=("lstm", "gru", "rnn")[n % 3], times=n + 1, units=n + 1)
        for n in range(10)
    ]
    assert report(monkeypatch, *runs, "-o", tmp_path / "page.html") == 0
    assert names_on(tmp_path / "page.html") == [str(n) for n in range(10)]


def test_the_same_run_twice_is_shown_once(tmp_path, monkeypatch):
    run = run_of(tmp_path, "one.nc")
    assert report(monkeypatch, run, run, "-o", tmp_path / "page.html") == 0
    assert names_on(tmp_path / "page.html") == ["one"]


def test_no_such_run(tmp_path, monkeypatch, capsys):
    assert report(monkeypatch, tmp_path / "nowhere", "-o", tmp_path / "page.html") == 2
    expected = f"gradviz: no runs at {tmp_path / 'nowhere'}: there is no such file or folder\n"
    assert capsys.readouterr().err == expected
    assert list(tmp_path.iterdir()) == []


def test_no_run_is_given(monkeypatch, capsys):
    assert report(monkeypatch) == 2
    assert "Missing argument 'RUN...'" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"no recording", b"\x89HDF\r\n\x1a\n"])
def test_what_is_not_a_recording(tmp_path, monkeypatch, capsys, content):
    (tmp_path / "one.nc").write_bytes(content)
    assert report(monkeypatch, tmp_path / "one.nc", "-o", tmp_path / "page.html") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"gradviz: {tmp_path / 'one.nc'} is damaged or is not a netCDF4 file")
    assert not (tmp_path / "page.html").exists()


def test_a_run_without_a_recording_yet(tmp_path, monkeypatch, capsys):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/config.toml").write_text("")
    assert report(monkeypatch, tmp_path / "run", "-o", tmp_path / "page.html") == 2
    assert capsys.readouterr().err.startswith(f"gradviz: {tmp_path / 'run'} contains no recording")


def test_a_folder_that_does_not_exist(tmp_path, monkeypatch, capsys):
    page = tmp_path / "nowhere" / "page.html"
    assert report(monkeypatch, run_of(tmp_path, "one.nc"), "-o", page) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch, capsys):
    run = run_of(tmp_path, "one.nc")
    (tmp_path / "closed").mkdir(mode=0o500)
    assert report(monkeypatch, run, "-o", tmp_path / "closed/page.html") == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_full_disk_leaves_the_earlier_page(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.html"
    page.write_text("earlier")
    run = run_of(tmp_path, "one.nc")
    monkeypatch.setattr("os.fsync", _no_space)
    assert report(monkeypatch, run, "-o", page) == 1
    assert "No space left" in capsys.readouterr().err
    assert page.read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.nc", "page.html"]


def test_a_folder_as_output(tmp_path, monkeypatch, capsys):
    assert report(monkeypatch, run_of(tmp_path, "one.nc"), "-o", tmp_path) == 2
    assert "is a directory" in capsys.readouterr().err


def test_without_bokeh_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert report(monkeypatch, tmp_path / "one.nc") == 2
    assert capsys.readouterr().err == "gradviz: interactive pages need bokeh: pip install 'gradviz[html]'\n"


def _no_space(_):
    raise OSError(28, "No space left on device")


def test_a_character_model_reads_its_own_text(tmp_path, monkeypatch, capsys):
    from gradviz.experiment.demo_runs import character_experiment
    from gradviz.experiment.run.run import run

    experiment = character_experiment()
    small = experiment.model_copy(
        update={
            "model": experiment.model.model_copy(update={"hidden_size": 4}),
            "training": experiment.training.model_copy(update={"steps": 2}),
        }
    )
    run(small, tmp_path / "char")
    assert report(monkeypatch, tmp_path / "char", "-o", tmp_path / "page.html") == 0
    data = (tmp_path / "page.html").read_text(encoding="utf-8").partition('id="gradviz-data">')[2]
    (found,) = json.loads(data.partition("</script>")[0])["runs"]
    assert found["name"] == small.name
    assert found["text"]["read_later"]
    assert "".join(found["text"]["characters"]).startswith("hello pytorch")

    (tmp_path / "char" / "checkpoint.pt").unlink()
    assert report(monkeypatch, tmp_path / "char", "-o", tmp_path / "page.html") == 0
    assert "no text on the page: " in capsys.readouterr().err


@pytest.mark.parametrize("command", ["report", "explore"])
def test_no_folder_for_the_page_is_said_before_the_work(tmp_path, monkeypatch, capsys, command):
    def work(*_, **__):
        raise AssertionError("the work has begun")

    for place in ("recording.load.load", "report.lessons.lesson_page.lesson_page"):
        monkeypatch.setattr(f"gradviz.{place}", work)
    run = [run_of(tmp_path, "one.nc")] if command == "report" else ["remember"]
    (tmp_path / "file.txt").write_text("")
    for page, expected in (
        (
            "missing/folder/x.html",
            f"there is no folder {tmp_path / 'missing/folder'} for x.html; make it first",
        ),
        (
            "file.txt/x.html",
            f"{tmp_path / 'file.txt'} is a file, not a folder: {tmp_path / 'file.txt/x.html'} cannot be put "
            "there",
        ),
    ):
        monkeypatch.setattr(sys, "argv", ["gradviz", command, *map(str, run), "-o", str(tmp_path / page)])
        with pytest.raises(SystemExit) as ended:
            main_module.main()
        assert ended.value.code == 2
        assert capsys.readouterr().err == f"gradviz: {expected}\n"


def test_a_damaged_run_among_several_is_left_out(tmp_path, monkeypatch, capsys):
    good = [run_of(tmp_path, f"{n}.nc") for n in range(2)]
    bad = run_of(tmp_path, "bad.nc")
    bad.write_bytes(bad.read_bytes()[:-100])
    page = tmp_path / "page.html"
    assert report(monkeypatch, good[0], bad, good[1], "-o", page) == 1
    said = capsys.readouterr()
    assert said.out == f"{page}\n"
    assert said.err.startswith(f"gradviz: left out: {bad} is damaged")
    assert said.err.count("\n") == 1
    assert names_on(page) == ["0", "1"]


def test_a_damaged_run_alone_has_no_page(tmp_path, monkeypatch, capsys):
    bad = run_of(tmp_path, "bad.nc")
    bad.write_bytes(bad.read_bytes()[:-100])
    assert report(monkeypatch, bad, "-o", tmp_path / "page.html") == 2
    assert capsys.readouterr().err.startswith(f"gradviz: {bad} is damaged")
    assert not (tmp_path / "page.html").exists()
