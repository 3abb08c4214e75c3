"""Ctrl-C and SIGTERM wait for the end of the training step."""

import os
import signal
import threading

import pytest

from gradviz.experiment.run.interrupt import Interrupted, Terminated, deferred_interrupt


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_remembered_and_the_second_stops_at_once():
    with deferred_interrupt() as interrupt:
        assert not interrupt.requested
        press()
        assert interrupt.requested
        with pytest.raises(KeyboardInterrupt):
            press()


def test_the_handler_is_restored_after_an_exception():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyError), deferred_interrupt():
        raise KeyError
    assert signal.getsignal(signal.SIGINT) is before


def test_in_another_thread_nothing_is_changed():
    seen = []

    def work():
        with deferred_interrupt() as interrupt:
            seen.append((interrupt.requested, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, signal.getsignal(signal.SIGINT))]


def test_the_first_signal_sets_the_exit_code():
    before = signal.getsignal(signal.SIGTERM)
    with deferred_interrupt() as interrupt:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
        ended = interrupt.error("after step 3")
    assert isinstance(ended, Terminated)
    assert (ended.exit_code, str(ended)) == (143, "terminated after step 3")
    assert signal.getsignal(signal.SIGTERM) is before
    with deferred_interrupt() as interrupt:
        press()
        ended = interrupt.error("after step 3")
    assert not isinstance(ended, Terminated)
    assert isinstance(ended, Interrupted)
    assert (ended.exit_code, str(ended)) == (130, "interrupted after step 3")
