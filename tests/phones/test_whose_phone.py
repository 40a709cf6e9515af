"""Whose phone it is: sign-ins that end, people that change, and leaving nothing behind."""

from __future__ import annotations

from tests.browser import at_rest
from tests.cast import PASSWORD, Cast
from tests.phone import Phone
from tests.phones import network as net
from tests.phones.network import ALL, network
from tests.phones.visits import NEXT, OWN, inspect, send_all, waiting
from zerentian.field.actions import end_tokens_of
from zerentian.field.models import HeldReport
from zerentian.people import actions as people
from zerentian.rounds.models import Inspection

ENDED = "登录已失效，检查照常做，重新登录后上传"


def test_a_sign_in_that_ended_keeps_the_queue_until_the_next(phone: Phone, cast: Cast) -> None:
    """T10: banner and page say so; a visit can go on meanwhile; all counts after the new sign-in."""
    inspect(phone, OWN)
    phone.sync()
    phone.set_offline()
    inspect(phone, NEXT, poor=True, photos=1)
    with at_rest():
        end_tokens_of(str(cast.inspector.pk))
    phone.set_offline(False)
    assert phone.sees(ENDED, within=20)
    assert waiting(phone, 1, 1)
    phone.go("/me")
    assert phone.sees("登录已失效。检查照常做，重新登录后上传。")
    phone.press("重新登录")
    assert phone.sees("本机还有 1 条检查、1 张照片没有上传")
    phone.sign_in("inspector", PASSWORD)
    phone.sync()
    assert not phone.sees(ENDED, within=0.1)
    with at_rest():
        assert [one.standing for one in Inspection.objects.all()] == ["counts", "counts"]
        assert not HeldReport.objects.exists()


def test_another_person_on_the_phone_does_not_send_it(phone: Phone, cast: Cast) -> None:
    """T10: the queue belongs to who made it."""
    with network(phone, ALL, net.cut):
        inspect(phone, poor=True, photos=1)
        assert waiting(phone, 1, 1)
    phone.sign_in("other_inspector", PASSWORD)
    send_all(phone)
    assert phone.sees("本机还有 1 条属于其他账号")
    with at_rest():
        assert not Inspection.objects.exists()
    phone.sign_in("inspector", PASSWORD)
    phone.sync()
    with at_rest():
        assert Inspection.objects.get().inspector == cast.inspector


def test_an_inspector_deactivated_meanwhile_has_his_work_kept_for_a_supervisor(
    phone: Phone, cast: Cast
) -> None:
    """T11: held at the server, and the phone says so."""
    phone.set_offline()
    inspect(phone, poor=True, photos=1)
    with at_rest():
        people.set_active(cast.person("admin"), cast.inspector, False, "离职")
    phone.set_offline(False)
    assert phone.sees(ENDED, within=20)
    send_all(phone)
    assert waiting(phone, 0, 0)
    assert phone.sees("已收到，待主管处理")
    with at_rest():
        held = HeldReport.objects.get()
        assert (held.why, held.account) == (HeldReport.Why.SIGNED_OUT, cast.inspector)
        assert not Inspection.objects.exists()


def test_signing_out_waits_for_the_queue_and_leaves_nothing(phone: Phone) -> None:
    """T102."""
    phone.set_offline()
    inspect(phone, poor=True, photos=1)
    _leave(phone)
    assert phone.sees("本机还有 1 条检查、1 张照片没有上传")
    assert len(phone.stored("originals")) == 1
    phone.set_offline(False)
    phone.sync()
    _leave(phone)
    phone.page.wait_for_selector("text=动态口令")
    for table in ("visits", "tasks", "originals", "copies", "uploads", "standards"):
        assert phone.stored(table) == [], table
    assert {one["key"] for one in phone.stored("settings")} <= {"device", "made", "previous", "pauseOnMobile"}


def _leave(phone: Phone) -> None:
    phone.go("/me")
    phone.press("退出登录")
    phone.press("退出并清除")
