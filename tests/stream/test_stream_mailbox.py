from __future__ import annotations

import threading

import pytest

from livespot.stream.mailbox import Closed, Mailbox


def test_order_is_kept_and_the_end_comes_last():
    box: Mailbox[int] = Mailbox(3)
    for n in range(3):
        box.put(n)
    box.end()
    assert [box.get(), box.get(), box.get(), box.get(), box.get()] == [0, 1, 2, None, None]


def test_a_full_box_makes_its_writer_wait():
    box: Mailbox[int] = Mailbox(1)
    box.put(1)
    writer = threading.Thread(target=box.put, args=(2,))
    writer.start()
    writer.join(0.05)
    assert writer.is_alive() and len(box) == 1
    assert box.get() == 1
    writer.join(5)
    assert not writer.is_alive() and box.get() == 2


@pytest.mark.parametrize("fill", [0, 1])
def test_abort_wakes_whoever_waits(fill):
    box: Mailbox[int] = Mailbox(1)
    for n in range(fill):
        box.put(n)
    seen: list[type[BaseException]] = []

    def wait():
        try:
            box.put(9) if fill else box.get()
        except Closed:
            seen.append(Closed)

    waiting = threading.Thread(target=wait)
    waiting.start()
    waiting.join(0.05)
    box.abort()
    waiting.join(5)
    assert seen == [Closed] and len(box) == 0
    with pytest.raises(Closed):
        box.get()
