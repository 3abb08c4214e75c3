"""Options of an optimizer of one's own, without a call of it."""

from own_sources import TABLE, write_sources

from gradviz.experiment.config.resolve import examine

OWN = """
from gradviz.training.optimizers import RMSprop


def make(parameters, lr, decay=0.99, momentum=0.0):
    return RMSprop(parameters, lr=lr, alpha=decay, momentum=momentum)


def any_name(parameters, lr, **options):
    return RMSprop(parameters, lr=lr, **options)
"""


def found(folder, name, options):
    write_sources(folder, myopt=OWN)
    training = {"steps": 1, "optimizer": f"myopt.py:{name}", "optimizer_options": options}
    return examine({**TABLE, "training": training}, folder)


def test_mistakes_are_named(tmp_path):
    options = {"dekay": 0.9, "lr": 0.1, "momentum": 0.5, "decay": None}
    assert [str(one) for one in found(tmp_path, "make", options)] == [
        "training.optimizer_options.dekay: unknown key; did you mean 'decay'? (decay)",
        "training.optimizer_options.lr: must be given as training.learning_rate",
        "training.optimizer_options.momentum: must be given as training.momentum",
        "training.optimizer_options.decay = None: must be a number, text, true, false, or a list or table of "
        "them",
    ]


def test_it_gets_them(tmp_path):
    for name, options in (("make", {"decay": 0.9}), ("any_name", {"alpha": 0.9})):
        how = found(tmp_path, name, options).optimisation()
        assert how.optimizer_settings() == options


def test_one_that_fails_with_them_is_found_before_the_run(tmp_path):
    assert found(tmp_path, "any_name", {"alpha": 0.9}).training.optimizer_options == {"alpha": 0.9}
    (mistake,) = found(tmp_path, "any_name", {"alpah": 0.9})
    assert "alpah" in str(mistake)
