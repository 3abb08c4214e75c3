import contextlib
import os
import signal
import threading

import pytest

from gradviz.cli import main as main_module
from gradviz.cli.termination import TerminatedCommand, termination_raised


def handler():
    return signal.getsignal(signal.SIGTERM)


def test_the_first_is_raised_and_a_second_is_ignored():
    before, seen = handler(), []

    def ended_twice():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            seen.append("closed")

    with pytest.raises(TerminatedCommand), termination_raised():
        ended_twice()
    assert seen == ["closed"]
    assert handler() == before


def test_one_is_ignored_while_an_error_in_closing_is_handled():
    seen = []

    def close():
        try:
            raise ValueError
        except ValueError:
            os.kill(os.getpid(), signal.SIGTERM)
            seen.append("closed")

    def ended():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            close()

    with pytest.raises(TerminatedCommand), termination_raised():
        ended()
    assert seen == ["closed"]


class TerminatedWhenDeleted:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        self.deleted = True  # the signal is handled before this line


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_that_a_destructor_drops_does_not_shield_from_the_next():
    def goes_on():
        TerminatedWhenDeleted()
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("the second signal was ignored")

    with pytest.raises(TerminatedCommand), termination_raised():
        goes_on()


def test_no_ordinary_except_keeps_it_going():
    def goes_on():
        with contextlib.suppress(Exception):
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(TerminatedCommand), termination_raised():
        goes_on()


def test_in_another_thread_nothing_is_changed():
    before, seen = handler(), []

    def look():
        with termination_raised():
            seen.append(handler())

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]


def test_the_command_ends_with_one_line(monkeypatch, capsys):
    monkeypatch.setattr(main_module.cli, "invoke", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    monkeypatch.setattr("sys.argv", ["gradviz", "list"])
    with pytest.raises(SystemExit) as ended:
        main_module.main()
    assert ended.value.code == 143
    assert capsys.readouterr().err == "gradviz: terminated\n"
