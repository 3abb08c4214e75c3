"""The job of a worker."""

import pickle
import sys
import threading

import torch
from own_sources import FILES, TABLE, write_sources

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.own_code import source
from gradviz.experiment.run.run import run
from gradviz.experiment.sweep import job as job_module
from gradviz.experiment.sweep.job import Job, do_job, job_of


def test_on_one_thread_the_run_of_its_table(small, tmp_path, monkeypatch):
    experiment = resolve(small())
    threads = []

    def noted(*arguments, **options):
        threads.append(torch.get_num_threads())
        return run(*arguments, **options)

    monkeypatch.setattr(job_module, "run", noted)
    torch.set_num_threads(2)
    result = do_job(Job(experiment.table(), str(tmp_path / "job")))
    assert threads == [1]
    assert result.final == run(experiment, tmp_path / "plain").final


def test_two_in_one_process_come_one_after_the_other(small, tmp_path, monkeypatch):
    inside, most = [], []

    def noted(*_, **__):
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.05)
        inside.pop()

    monkeypatch.setattr(job_module, "run", noted)
    job = Job(resolve(small()).table(), str(tmp_path))
    threads = [threading.Thread(target=do_job, args=(job,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]


def test_a_worker_gets_the_sources_with_the_job(tmp_path, monkeypatch):
    """Also where the source reads a file beside it, which is not copied."""
    reads = "import pathlib\nscale = float((pathlib.Path(__file__).parent / 'scale.txt').read_text())\n"
    write_sources(tmp_path / "code", mytasks=reads + FILES["mytasks.py"])
    (tmp_path / "code" / "scale.txt").write_text("2")
    experiment = resolve(TABLE, folder=tmp_path / "code")
    sent = pickle.dumps(job_of(experiment, tmp_path / "job"))
    monkeypatch.setattr(source, "_KNOWN", {})
    for name in [name for name in sys.modules if name.startswith("gradviz_source_")]:
        monkeypatch.delitem(sys.modules, name)
    result = do_job(pickle.loads(sent))
    assert {path.name for path in (tmp_path / "job" / "sources").rglob("*.py")} == set(FILES)
    assert result.final == run(experiment, tmp_path / "plain").final
