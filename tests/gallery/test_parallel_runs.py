"""Runs in processes of their own: one thread, waiting for others, and what is left when one fails."""

import contextlib
import threading
from types import SimpleNamespace

import pytest
import torch

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.lock import locked
from gradviz.experiment.sweep.job import Job
from gradviz.gallery import parallel_runs
from gradviz.gallery.parallel_runs import RunFailed, complete, complete_all, one_thread

SMALL = resolve(
    {
        "name": "small",
        "task": {"name": "adding", "length": 5},
        "model": {"cell": "gru", "hidden_size": 3},
        "training": {"steps": 4, "batch_size": 2},
        "recording": {"every": 2},
    }
)


def test_threads_and_kernels_are_restored():
    torch.set_num_threads(2)
    with contextlib.suppress(KeyError), one_thread():
        assert torch.get_num_threads() == 1
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        raise KeyError
    assert torch.get_num_threads() == 2
    assert not torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        with one_thread():
            pass
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.is_deterministic_algorithms_warn_only_enabled()
    finally:
        torch.use_deterministic_algorithms(False)


def test_a_run_that_another_process_works_on_is_waited_for(tmp_path, monkeypatch):
    looks, folder = [], tmp_path / "run"
    folder.mkdir()
    with contextlib.ExitStack() as other:
        other.enter_context(locked(folder))

        def look(seconds):
            looks.append(seconds)
            other.close()

        # not time.sleep itself, which subprocess calls too while git is asked for the commit
        monkeypatch.setattr(parallel_runs, "time", SimpleNamespace(sleep=look))
        assert complete(SMALL, folder).steps == 4
    assert looks == [parallel_runs.SECONDS_BETWEEN_LOOKS]


@pytest.mark.slow
def test_two_galleries_at_once_do_each_run_once(tmp_path):
    jobs = [
        Job(resolve({**SMALL.table(), "seed": seed}).table(), str(tmp_path / str(seed))) for seed in (0, 1)
    ]
    found = {}

    def gallery(name):
        found[name] = sorted(
            (result.name, *result.final.values()) for result in complete_all(jobs, workers=2)
        )

    threads = [threading.Thread(target=gallery, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found["a"] == found["b"]
    assert len(found["a"]) == 2


def test_a_run_that_fails_is_named(tmp_path):
    table = SMALL.table()
    (tmp_path / "broken").write_text("a file where the folder should be")
    with pytest.raises(RunFailed, match=r"broken: .*FileExistsError"):
        list(complete_all([Job(table, str(tmp_path / "broken"))], workers=1))
