"""Long work is shared, takes turns, and stops when nobody waits for it."""

import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator

import pytest

from tb_plugin_weightdelta.answering.work import Waiting, Work
from tb_plugin_weightdelta.core.errors import Abandoned, SourceUnavailable, TooMany
from tests.support.patience import GENEROUS, wait_until

PATIENTLY = Waiting()


class Stepwise:
    """Batches 0, 1, 2 … of which each must be let through."""

    def __init__(self, count: int = 3) -> None:
        self.count = count
        self.done: list[int] = []
        self.begun = 0
        self.at_once = 0
        self.most_at_once = 0
        self._counting = threading.Lock()
        self._let_through = threading.Semaphore(0)
        self._reached = threading.Semaphore(0)

    def batches(self) -> Iterator[int]:
        self.begun += 1
        for number in range(self.count):
            self._count(1)
            self._reached.release()
            assert self._let_through.acquire(timeout=GENEROUS)
            self._count(-1)
            self.done.append(number)
            yield number

    def _count(self, more: int) -> None:
        with self._counting:
            self.at_once += more
            self.most_at_once = max(self.most_at_once, self.at_once)

    def let_through(self, batches: int) -> None:
        self._let_through.release(batches)

    def wait_until_reached(self) -> None:
        assert self._reached.acquire(timeout=GENEROUS)


class Asking:
    """One who asks, in a thread."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.answer: object = None
        self._thread = threading.Thread(target=self._ask, args=(call,), daemon=True)
        self._thread.start()

    def _ask(self, call: Callable[[], object]) -> None:
        try:
            self.answer = call()
        except Exception as error:
            self.answer = error

    def result(self) -> object:
        self._thread.join(GENEROUS)
        assert not self._thread.is_alive()
        return self.answer


def test_all_batches_are_the_answer_of_one_who_is_patient():
    work = Work[int]()
    assert work.ask("k", "lane", lambda: iter(range(5)), PATIENTLY) == ([0, 1, 2, 3, 4], True)


def test_those_who_ask_for_the_same_share_the_work():
    work, steps = Work[int](), Stepwise()
    asking = [Asking(lambda: work.ask("k", "lane", steps.batches, PATIENTLY)) for _ in range(4)]
    wait_until(lambda: work.waiting == 4)
    steps.let_through(3)
    assert [one.result() for one in asking] == 4 * [([0, 1, 2], True)]
    assert steps.begun == 1


def test_when_the_wait_ends_a_part_is_given_and_the_next_who_asks_goes_on_from_there():
    work, steps = Work[int](), Stepwise()
    assert work.ask("k", "lane", steps.batches, Waiting.of(0.01)) == ([], False)
    steps.let_through(1)
    wait_until(lambda: steps.done == [0])
    wait_until(lambda: work.ask("k", "lane", steps.batches, Waiting.of(0)) == ([0], False))
    steps.let_through(2)
    assert work.ask("k", "lane", steps.batches, PATIENTLY) == ([0, 1, 2], True)
    assert steps.begun == 1


def test_a_part_is_not_called_whole_because_the_rest_is_done_at_that_moment():
    """Asked over and over while its batches are done, with threads that change all the time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        work = Work[int]()
        for key in range(300):
            is_over = False
            while not is_over:
                done, is_over = work.ask(key, "lane", lambda: iter(range(3)), Waiting.of(0))
            assert done == [0, 1, 2]
    finally:
        sys.setswitchinterval(usual)


def test_work_that_nobody_waits_for_any_more_stops_after_its_batch():
    work, steps = Work[int](), Stepwise()
    gone = threading.Event()
    waiting = Waiting(is_gone=gone.is_set)
    asking = Asking(lambda: work.ask("k", "lane", steps.batches, waiting))
    steps.wait_until_reached()
    gone.set()
    assert isinstance(asking.result(), Abandoned)
    steps.let_through(3)
    wait_until(lambda: len(work) == 0)
    assert steps.done == [0]


def test_work_goes_on_while_another_waits_for_it():
    work, steps = Work[int](), Stepwise()
    gone = threading.Event()
    leaving = Asking(lambda: work.ask("k", "lane", steps.batches, Waiting(is_gone=gone.is_set)))
    staying = Asking(lambda: work.ask("k", "lane", steps.batches, PATIENTLY))
    wait_until(lambda: work.waiting == 2)
    gone.set()
    assert isinstance(leaving.result(), Abandoned)
    steps.let_through(3)
    assert staying.result() == ([0, 1, 2], True)


def test_after_a_part_was_given_nobody_may_come_back():
    work, steps = Work[int](linger=0), Stepwise()
    while not steps.begun:
        assert work.ask("k", "lane", steps.batches, Waiting.of(0.01)) == ([], False)
    steps.let_through(3)
    wait_until(lambda: len(work) == 0)
    assert steps.done == [0]


def test_a_slow_piece_holds_up_no_other():
    work, slow = Work[int](), Stepwise()
    asking = Asking(lambda: work.ask("slow", "a", slow.batches, PATIENTLY))
    slow.wait_until_reached()
    for number in range(10):
        assert work.ask(number, "b", lambda: iter([1]), PATIENTLY) == ([1], True)
    slow.let_through(3)
    assert asking.result() == ([0, 1, 2], True)


def test_long_pieces_take_turns():
    work, done = Work[int](threads=1), list[str]()
    hold = Stepwise(1)
    first = Asking(lambda: work.ask("hold", "c", hold.batches, PATIENTLY))
    hold.wait_until_reached()

    def batches(name: str) -> Iterator[int]:
        for number in range(3):
            done.append(name)
            time.sleep(0.02)  # longer than a turn
            yield number

    asking = [
        Asking(lambda name=name: work.ask(name, name, lambda: batches(name), PATIENTLY))
        for name in "ab"
    ]
    wait_until(lambda: work.waiting == 3)
    hold.let_through(1)
    for one in (first, *asking):
        one.result()
    assert sorted(done[:2]) == sorted(done[2:4]) == sorted(done[4:]) == ["a", "b"]


def test_two_pieces_of_one_lane_are_never_worked_on_at_once():
    work, steps = Work[int](), Stepwise()
    asking = [
        Asking(lambda key=key: work.ask(key, "lane", steps.batches, PATIENTLY)) for key in "xyz"
    ]
    steps.let_through(9)
    assert [one.result() for one in asking] == 3 * [([0, 1, 2], True)]
    assert (steps.begun, steps.most_at_once) == (3, 1)


def test_no_more_threads_work_than_there_may_be():
    work, steps = Work[int](threads=2), Stepwise(1)
    asking = [
        Asking(lambda key=key: work.ask(key, key, steps.batches, PATIENTLY)) for key in "abcdef"
    ]
    for _ in range(2):
        steps.wait_until_reached()
    steps.let_through(6)
    for one in asking:
        assert one.result() == ([0], True)
    assert steps.most_at_once == 2


def test_what_a_batch_raises_everybody_hears_and_the_next_begins_anew():
    def fails() -> Iterator[int]:
        yield 1
        raise SourceUnavailable("gone")

    work = Work[int]()
    for _ in range(2):
        with pytest.raises(SourceUnavailable, match="gone"):
            work.ask("k", "lane", fails, PATIENTLY)
    assert work.ask("k", "lane", lambda: iter([7]), PATIENTLY) == ([7], True)
    assert len(work) == 0


def test_what_ends_a_thread_elsewhere_ends_one_piece_here():
    def exits() -> Iterator[int]:
        raise SystemExit
        yield 1

    work = Work[int](threads=1)
    with pytest.raises(RuntimeError, match="SystemExit"):
        work.ask("k", "lane", exits, PATIENTLY)
    assert work.ask("k", "lane", lambda: iter([7]), PATIENTLY) == ([7], True)


def test_a_thread_that_cannot_start_is_tried_again(monkeypatch):
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    work = Work[int]()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        for _ in range(3):
            with pytest.raises(RuntimeError, match="start new thread"):
                work.ask("k", "lane", lambda: iter([7]), PATIENTLY)
    assert work.ask("k", "lane", lambda: iter([7]), PATIENTLY) == ([7], True)


def test_pieces_that_nobody_waits_for_are_given_up_also_behind_a_slow_one():
    work, slow = Work[int](threads=1, linger=0), Stepwise(1)
    asking = Asking(lambda: work.ask("slow", "lane", slow.batches, PATIENTLY))
    slow.wait_until_reached()
    for number in range(3000):
        asked = work.ask(number, "lane", lambda: iter([1]), Waiting.of(0))
        assert asked == ([], False)
    assert len(work) <= 2
    slow.let_through(1)
    assert asking.result() == ([0], True)
    assert work.ask(7, "lane", lambda: iter([1]), PATIENTLY) == ([1], True)
    assert len(work) == 0


def test_nobody_can_ask_for_more_than_there_is_room_for():
    work, slow = Work[int](threads=1, most_pieces=3), Stepwise(1)
    asking = [
        Asking(lambda key=key: work.ask(key, "lane", slow.batches, PATIENTLY)) for key in "abc"
    ]
    wait_until(lambda: work.waiting == 3)
    with pytest.raises(TooMany, match="3 runs or questions"):
        work.ask("one more", "lane", lambda: iter([1]), Waiting.of(0))
    slow.let_through(3)
    assert [one.result() for one in asking] == 3 * [([0], True)]


def test_those_who_wait_for_none_of_their_questions_hold_up_nobody_who_waits():
    work, hold = Work[int](threads=1), Stepwise(1)
    done: list[str] = []

    def batches(name: str) -> Iterator[int]:
        for number in range(100):
            done.append(name)
            time.sleep(0.001)
            yield number

    first = Asking(lambda: work.ask("hold", "c", hold.batches, PATIENTLY))
    hold.wait_until_reached()
    for number in range(50):
        work.ask(number, "a", lambda: batches("lingers"), Waiting.of(0))
        work.ask(number, number, lambda: batches("lingers"), Waiting.of(0))
    waits = Asking(lambda: work.ask("waits", "a", lambda: batches("waits"), PATIENTLY))
    wait_until(lambda: work.waiting == 2)
    hold.let_through(1)
    first.result()
    assert waits.result() == (list(range(100)), True)
    assert done[:100] == ["waits"] * 100


def test_what_lingers_is_bounded_and_the_newest_stays():
    work, hold = Work[int](threads=1), Stepwise(1)
    first = Asking(lambda: work.ask("hold", "c", hold.batches, PATIENTLY))
    hold.wait_until_reached()
    for number in range(100):
        work.ask(number, number, lambda: iter([1]), Waiting.of(0))
        work.ask((number, "same"), "same", lambda: iter([1]), Waiting.of(0))
    assert len(work) <= 1 + 20
    steps = Stepwise(1)
    assert work.ask(99, 99, steps.batches, Waiting.of(0)) == ([], False)
    assert steps.begun == 0  # the work of before is still there
    hold.let_through(1)
    first.result()


def test_what_is_quick_comes_in_one_turn_and_is_over_with_its_last_batch():
    work, hold = Work[int](threads=1, is_last=lambda number: number == 4), Stepwise(1)
    first = Asking(lambda: work.ask("hold", "c", hold.batches, PATIENTLY))
    hold.wait_until_reached()
    order: list[str] = []

    def quick(name: str) -> Iterator[int]:
        for number in range(5):
            order.append(name)
            yield number
        raise AssertionError("asked for more than the last batch")

    asking = [
        Asking(lambda name=name: work.ask(name, name, lambda: quick(name), PATIENTLY))
        for name in "ab"
    ]
    wait_until(lambda: work.waiting == 3)
    hold.let_through(1)
    for one in (first, *asking):
        one.result()
    assert order in (["a"] * 5 + ["b"] * 5, ["b"] * 5 + ["a"] * 5)


def test_a_thread_without_work_holds_nothing_of_what_it_did():
    class Row:
        pass

    work, row = Work[Row](), Row()
    seen = weakref.ref(row)
    rows = [row]
    del row
    assert work.ask("k", "lane", lambda: iter([rows.pop()]), PATIENTLY)[1]
    wait_until(lambda: seen() is None)
