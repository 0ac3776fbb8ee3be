"""Jobs: progress, cancel, errors; nothing hangs."""

from __future__ import annotations

import threading

import pytest

from livespot.errors import InputError
from livespot.gui.progress import Job, ProgressStrip


def test_a_job_reports_and_gives_its_result(qtbot):
    go = threading.Event()

    def work(report):
        report(1, 4)
        go.wait(5)
        return "done"

    strip, ended = ProgressStrip(), []
    qtbot.addWidget(strip)
    strip.ended.connect(ended.append)
    job = Job("Counting", work)
    strip.run(job)
    qtbot.waitUntil(lambda: job.fraction == 0.25)
    strip.poll()
    assert not strip.isHidden() and "25 %" in strip.accessibleName()
    go.set()
    assert job.wait(5)
    strip.poll()
    assert ended == [job] and job.result == "done" and strip.isHidden() and strip.job is None


def test_cancel_ends_the_work_at_its_next_report(qtbot):
    def work(report):
        while True:
            report(0, None)

    strip, ended = ProgressStrip(), []
    qtbot.addWidget(strip)
    strip.ended.connect(ended.append)
    strip.run(Job("For ever", work))
    assert strip.job.fraction is None
    strip.cancel_button.click()
    job = strip.job
    assert job is None or job.wait(5)
    strip.poll()
    assert ended[0].cancelled and ended[0].error is None


def test_an_error_is_kept_for_the_owner(qtbot):
    def work(report):
        raise InputError("x: no")

    job = Job("Failing", work)
    job.start()
    assert job.wait(5) and str(job.error) == "x: no" and not job.cancelled


def test_closing_waits_for_the_work(qtbot):
    strip = ProgressStrip()
    qtbot.addWidget(strip)

    def work(report):
        while True:
            report(3, 0)

    strip.run(Job("For ever", work))
    strip.close_job(5.0)
    assert strip.job is None


@pytest.mark.parametrize(
    ("done", "total", "share"), [(0, 0, None), (5, None, None), (9, 3, 1.0), (1, 2, 0.5)]
)
def test_fractions(done, total, share):
    job = Job("x", lambda report: None)
    job._done, job._total = done, total
    assert job.fraction == share
