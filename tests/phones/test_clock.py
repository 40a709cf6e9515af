"""T20: a phone whose clock is wrong. What it says is kept, its error is measured, far ones are held."""

from __future__ import annotations

import datetime

import pytest

from tests.browser import at_rest
from tests.cast import PASSWORD
from tests.phone import Phone
from tests.phones.conftest import NewPhone
from tests.phones.visits import OWN, inspect, send_all
from zerentian.core import clock
from zerentian.field.models import HeldReport
from zerentian.rounds.models import Inspection, Round

HOUR = 3_600
_AHEAD = """(() => {
  const Real = Date, ahead = AHEAD * 1000
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + ahead) }
    static now() { return Real.now() + ahead }
  }
})()"""


def wrong(new_phone: NewPhone, seconds: float) -> Phone:
    """A phone whose clock is so many seconds ahead, signed in and then without network."""
    phone = new_phone()
    phone.context.add_init_script(_AHEAD.replace("AHEAD", str(round(seconds))))
    phone.sign_in("inspector", PASSWORD)
    phone.set_offline()
    return phone


@pytest.mark.parametrize("hours", [23, -23])
def test_a_clock_wrong_by_less_than_a_day_is_put_right(
    round_: Round, new_phone: NewPhone, hours: int
) -> None:
    phone = wrong(new_phone, hours * HOUR)
    inspect(phone, OWN)
    phone.set_offline(False)
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert made.clock_offset == pytest.approx(hours * HOUR, abs=5)
        assert abs(made.started - clock.now()) < datetime.timedelta(minutes=10)
        assert (made.standing, made.month) == ("counts", round_.month)


@pytest.mark.parametrize("error", [25 * HOUR, -25 * HOUR, "1970"], ids=["ahead", "behind", "1970"])
def test_a_clock_wrong_by_more_than_a_day_is_for_a_supervisor(
    round_: Round, new_phone: NewPhone, error: float | str
) -> None:
    seconds = 1_000_000 - clock.now().timestamp() if error == "1970" else float(error)
    phone = wrong(new_phone, seconds)
    inspect(phone, OWN, poor=True, photos=1)
    phone.set_offline(False)
    phone.sync()
    phone.go("/queue")
    assert phone.sees("已收到，待主管处理")
    with at_rest():
        held = HeldReport.objects.get()
        assert (held.why, str(held.inspection)) == ("clock", phone.stored("visits")[0]["id"])
        assert held.body
        assert not Inspection.objects.exists()


def test_a_clock_set_back_between_two_visits_keeps_both(round_: Round, new_phone: NewPhone) -> None:
    """Each is measured on its own; the order is the phone's own count."""
    phone = new_phone("inspector")
    phone.set_offline()
    inspect(phone, OWN)
    phone.page.evaluate(_AHEAD.replace("AHEAD", str(-5 * HOUR)))
    inspect(phone, "西村花园")
    phone.set_offline(False)
    send_all(phone)
    phone.sync()
    with at_rest():
        first, second = sorted(Inspection.objects.all(), key=lambda one: one.context["number"])
        assert first.clock_offset == pytest.approx(0, abs=5)
        assert second.clock_offset == pytest.approx(-5 * HOUR, abs=5)
        assert abs(second.started - first.started) < datetime.timedelta(minutes=10)
