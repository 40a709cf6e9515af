"""Quiet hours, letters and back-off: examples worked by hand, and what always holds."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from datetime import UTC, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from zerentian.core.worktime import TOWN_ZONE
from zerentian.messages.letters import Entry, Letter, as_application_text, as_mail, as_markdown, mark_of
from zerentian.messages.limits import Backoff, Limits, QuietHours, limits
from zerentian.messages.rules import allowed_from, grouped, is_quiet, masked, wait_after

NIGHT = QuietHours(begins="21:00", ends="07:00", urgent_passes=True)
NOON = QuietHours(begins="11:30", ends="13:30", urgent_passes=False)


def at(text: str) -> datetime.datetime:
    """A moment on the town's clocks."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=TOWN_ZONE)


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        ("2026-03-02 20:59", "2026-03-02 20:59"),
        ("2026-03-02 21:00", "2026-03-03 07:00"),
        ("2026-03-02 23:59", "2026-03-03 07:00"),
        ("2026-03-03 00:00", "2026-03-03 07:00"),
        ("2026-03-03 06:59", "2026-03-03 07:00"),
        ("2026-03-03 07:00", "2026-03-03 07:00"),
        ("2026-12-31 22:00", "2027-01-01 07:00"),
    ],
)
def test_a_night_ends_in_the_morning(moment: str, allowed: str) -> None:
    assert allowed_from(at(moment), False, NIGHT) == at(allowed)


def test_quiet_hours_of_one_day() -> None:
    assert allowed_from(at("2026-03-02 12:00"), False, NOON) == at("2026-03-02 13:30")
    assert allowed_from(at("2026-03-02 14:00"), False, NOON) == at("2026-03-02 14:00")


def test_what_is_urgent_passes_only_where_the_data_say_so() -> None:
    assert allowed_from(at("2026-03-02 23:00"), True, NIGHT) == at("2026-03-02 23:00")
    assert allowed_from(at("2026-03-02 12:00"), True, NOON) == at("2026-03-02 13:30")


def test_the_towns_clocks_count() -> None:
    assert is_quiet(datetime.datetime(2026, 3, 2, 14, tzinfo=UTC), NIGHT)  # 22:00 in the town
    with pytest.raises(ValueError, match="aware"):
        is_quiet(datetime.datetime(2026, 3, 2, 14), NIGHT)  # noqa: DTZ001


clocks = st.times().map(lambda one: one.replace(second=0, microsecond=0))
moments = st.floats(946_684_800, 2_840_140_800).map(lambda one: datetime.datetime.fromtimestamp(one, UTC))


@given(moments, clocks, clocks, st.booleans(), st.booleans())
def test_never_sooner_never_quiet_never_a_day_later(
    moment: datetime.datetime, begins: datetime.time, ends: datetime.time, passes: bool, urgent: bool
) -> None:
    if begins == ends:
        return
    quiet = QuietHours(begins=begins, ends=ends, urgent_passes=passes)
    allowed = allowed_from(moment, urgent, quiet)
    assert moment <= allowed < moment + timedelta(days=1)
    assert allowed.tzinfo is UTC
    assert not is_quiet(allowed, quiet) or (urgent and passes)
    assert allowed_from(allowed, urgent, quiet) == allowed
    if not is_quiet(moment, quiet):
        assert allowed == moment


def test_the_waits_of_the_shipped_figures() -> None:
    waits = [wait_after(failures, limits().backoff) for failures in range(1, 8)]
    minutes = [one and one.total_seconds() / 60 for one in waits]
    assert minutes == [1, 5, 15, 60, 240, None, None]


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=8).map(sorted), st.integers(1, 20))
def test_waits_grow_and_end(minutes: list[int], most: int) -> None:
    backoff = Backoff(minutes=minutes, gives_up_after=most)
    waits = [wait_after(failures, backoff) for failures in range(1, most + 1)]
    assert waits[-1] is None
    kept = [one for one in waits[:-1] if one is not None]
    assert len(kept) == most - 1
    assert kept == sorted(kept)


@pytest.mark.parametrize(
    "change",
    [
        {"quiet": {"begins": "21:00", "ends": "21:00", "urgent_passes": True}},
        {"backoff": {"minutes": [5, 1], "gives_up_after": 3}},
        {"backoff": {"minutes": [1, 600], "gives_up_after": 3}},
        {"digest": {"listed": 0}},
        {"more": 1},
    ],
)
def test_figures_that_make_no_sense_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Limits.model_validate(limits().model_dump() | change)


@dataclass(frozen=True)
class One:
    address: str
    urgent: bool = False
    batch: UUID | None = None


def test_what_waits_for_one_goes_together_and_what_is_urgent_alone() -> None:
    kept = uuid4()
    a, b, c = One("a"), One("b"), One("a")
    urgent, begun, begun_too = One("a", urgent=True), One("a", batch=kept), One("a", batch=kept)
    assert grouped([urgent, a, b, begun, c, begun_too]) == [[urgent], [a, c], [b], [begun, begun_too]]


@given(
    st.lists(
        st.builds(
            One,
            st.sampled_from("abc"),
            st.booleans(),
            st.sampled_from([None, *map(UUID, ("1" * 32, "2" * 32))]),
        )
    )
)
def test_nothing_is_lost_and_nobody_gets_what_is_anothers(waiting: list[One]) -> None:
    letters = grouped(waiting)
    assert sorted(map(id, (one for letter in letters for one in letter))) == sorted(map(id, waiting))
    for letter in letters:
        assert len({one.batch for one in letter}) == 1
        if letter[0].batch is None:
            assert len({one.address for one in letter}) == 1
            assert len(letter) == 1 or not any(one.urgent for one in letter)


def letter(*entries: Entry, listed: int = 30) -> Letter:
    return Letter("m", "a", entries, listed)


ONE = Entry("东村一期待整改", "两天内完成。", "https://x/messages/1")
TWO = Entry("结果已公布", "", "https://x/messages/2")


def test_one_message_is_told_whole() -> None:
    assert letter(ONE).subject == "责任田：东村一期待整改"
    assert as_mail(letter(ONE)) == "东村一期待整改\n\n两天内完成。\n\nhttps://x/messages/1\n"
    assert as_markdown(letter(ONE)) == "[东村一期待整改](https://x/messages/1)\n两天内完成。"
    assert as_application_text(letter(TWO)) == '<a href="https://x/messages/2">结果已公布</a>'


def test_several_are_a_list_of_titles() -> None:
    both = letter(ONE, TWO)
    assert both.subject == "责任田：2 条消息"
    assert "1. 东村一期待整改\n   https://x/messages/1\n\n2. 结果已公布" in as_mail(both)
    assert as_markdown(both).splitlines()[2] == "2. [结果已公布](https://x/messages/2)"


def test_a_long_list_is_cut_and_says_so() -> None:
    many = letter(*[ONE] * 50, listed=20)
    assert as_mail(many).endswith("……另有 30 条，请到平台查看。\n")
    assert "20. " in as_mail(many)
    assert "21. " not in as_mail(many)


@given(
    st.lists(
        st.builds(
            Entry, st.text(max_size=200), st.text(max_size=900), st.just("https://x/messages/" + "1" * 36)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_nothing_is_longer_than_its_channel_takes(entries: list[Entry]) -> None:
    assert len(as_application_text(letter(*entries)).encode()) <= 2048
    assert len(as_markdown(letter(*entries)).encode()) <= 4096


def test_a_title_makes_no_link_of_its_own() -> None:
    sly = Entry("[点我](https://evil.example)<a href='x'>", "", "https://x/1")
    assert as_markdown(letter(sly)).count("](") == 1
    assert as_application_text(letter(sly)).count("<a") == 1


def test_a_mark_is_the_same_each_time() -> None:
    ids = [uuid4(), uuid4()]
    assert mark_of(ids) == mark_of(reversed(ids)) != mark_of(ids[:1])


def test_a_masked_address_tells_little() -> None:
    assert masked("zhangsan@example.com") == "zh…@example.com"
    assert masked("693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa") == "693…"
    assert masked("") == ""
