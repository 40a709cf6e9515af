"""The pages of messages."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser

from tests.browser import DESKTOP, PHONE, Person
from tests.cast import TOWN, Cast
from zerentian.core import clock
from zerentian.messages.models import Address, Delivery, Message, TownChannel
from zerentian.messages.tests.servers import AGENT, CORPORATION, ROBOT, MailServer, WeCom
from zerentian.messages.tests.test_delivering import deliver
from zerentian.messages.tests.test_telling import DAY, tell


def page(cast: Cast, who: str, path: str) -> str:
    answer = cast.client(who).get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_inbox_shows_unread_first_and_only_ones_own(cast: Cast) -> None:
    for key in ("一", "二", "三"):
        tell(cast, "village", key=key, title=f"事项{key}")
    tell(cast, "operator", title="别人的事")
    Message.objects.filter(key="二").update(read_at=DAY)
    text = page(cast, "village", "/messages/")
    assert text.index("事项三") < text.index("事项一") < text.index("事项二")
    assert "别人的事" not in text
    assert "消息，2 条未读" in text
    assert "事项二" not in page(cast, "village", "/messages/?is_read=False")
    assert "没有符合条件的消息" in page(cast, "village", "/messages/?kind=late")


def test_an_empty_inbox_says_what_will_come(cast: Cast) -> None:
    text = page(cast, "village", "/messages/")
    assert "还没有消息" in text
    assert "bell-count" not in text
    assert "全部标为已读" not in text


def test_the_bell_stops_counting_at_a_hundred(cast: Cast) -> None:
    Message.objects.bulk_create(
        Message(account=cast.village, key=str(number), kind="todo", title="x", url="/")
        for number in range(150)
    )
    assert '<span class="bell-count">99+</span>' in page(cast, "village", "/")


def test_opening_marks_as_read_and_leads_there(cast: Cast) -> None:
    tell(cast, "village")
    one = Message.objects.get()
    answer = cast.client("village").get(f"/messages/{one.pk}")
    assert answer["Location"] == "/places/sites"
    one.refresh_from_db()
    assert one.read_at
    Message.objects.update(url="//evil.example")
    assert cast.client("village").get(f"/messages/{one.pk}")["Location"] == "/messages/"


def test_one_or_all_are_marked_as_read(cast: Cast) -> None:
    for key in ("a", "b", "c"):
        tell(cast, "village", key=key)
    client = cast.client("village")
    client.post(f"/messages/{Message.objects.first().pk}/read")
    assert Message.objects.unread().count() == 2
    answer = client.post("/messages/read", follow=True)
    assert "已把 2 条消息标为已读" in answer.content.decode()
    assert not Message.objects.unread().exists()


def test_an_export_holds_no_formula(cast: Cast) -> None:
    tell(cast, "village", title="=1+1", body="@SUM(A1)")
    answer = cast.client("village").get("/messages/?export=xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows())
    assert [cell.value for cell in rows[0]] == ["时间", "标题", "内容", "类别", "打开时间"]
    assert [cell.data_type for cell in rows[1]][:4] == ["s"] * 4


def test_one_says_where_one_is_told_and_tries_it(town: Cast, mail: MailServer) -> None:
    client = town.client("deputy")
    assert "还没有填写地址" in page(town, "deputy", "/messages/addresses")
    refused = client.post("/messages/addresses", {"email": "nobody", "wecom_app": "a b"})
    assert not Address.objects.filter(account=town.deputy).exists()
    assert "只能用字母" in refused.content.decode()
    client.post("/messages/addresses", {"email": "deputy@example.com", "wecom_app": "lisi"})
    assert Address.objects.filter(account=town.deputy).count() == 2
    answer = client.post("/messages/addresses/test", {"channel": "email"}, follow=True)
    assert "已发出，请查看是否收到" in answer.content.decode()
    assert mail.mails[0]["To"] == "deputy@example.com"
    client.post("/messages/addresses", {"email": "", "wecom_app": "lisi"})
    assert Address.objects.filter(account=town.deputy).count() == 1
    assert client.post("/messages/addresses/test", {"channel": "email"}).status_code == 422
    assert client.post("/messages/addresses/test", {"channel": "pigeon"}).status_code == 422


def test_a_channel_is_set_up_on_its_page(cast: Cast, mail: MailServer, wecom: WeCom) -> None:
    client = cast.client("admin")
    refused = client.post("/messages/channels/wecom_robot", {"is_on": "on"})
    assert "还不能开启，缺少：机器人密钥" in refused.content.decode()
    pasted = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={ROBOT}"
    client.post("/messages/channels/wecom_robot", {"is_on": "on", "key": pasted})
    given = {"is_on": "on", "corp_id": CORPORATION, "agent_id": AGENT}
    client.post("/messages/channels/wecom_app", given)
    assert TownChannel.objects.get(channel="wecom_robot").settings == {"key": ROBOT}
    for path in ("/messages/channels", "/messages/channels/wecom_robot"):
        assert ROBOT not in page(cast, "admin", path)
    assert "693…" in page(cast, "admin", "/messages/channels")
    answer = client.post("/messages/channels/wecom_robot/test", follow=True)
    assert "已发出" in answer.content.decode()
    assert len(wecom.received) == 1
    assert client.get("/messages/channels/pigeon").status_code == 404
    assert client.post("/messages/channels/pigeon/test").status_code == 422


def test_the_log_names_who_and_why_and_not_what(town: Cast, mail: MailServer) -> None:
    mail.unknown.add("village@example.com")
    with clock.set_to(DAY):
        tell(town, "village", "operator")
    deliver()
    failed = Delivery.objects.get(state="failed")
    text = page(town, "admin", "/messages/deliveries?state=failed")
    assert "邮件服务器不接受收件地址（550）" in text
    assert "vi…@example.com" in text
    detail = page(town, "admin", f"/messages/deliveries/{failed.pk}")
    assert "重发" in detail
    for one in (text, detail):
        assert "village@example.com" not in one
        assert "东村一期待整改" not in one
    mail.unknown.clear()
    answer = town.client("admin").post(f"/messages/deliveries/{failed.pk}/retry", follow=True)
    assert "已重新排队" in answer.content.decode()
    assert deliver() == 0  # a moment before it was put back
    failed.refresh_from_db()
    assert failed.state == "waiting"
    exported = town.client("admin").get("/messages/deliveries?export=xlsx")
    assert exported.status_code == 200
    assert "东村" not in page(town, "far_admin", "/messages/deliveries")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_no_page_has_a_barrier(
    town: Cast, mail: MailServer, chromium: Browser, address: str, size: dict[str, int]
) -> None:
    with clock.set_to(DAY):
        tell(town, "village", "admin", urgent=True)
        tell(town, "village", "admin", key="read")
    Message.objects.filter(key="read").update(read_at=DAY)
    mail.unknown.add("village@example.com")
    deliver()
    failed = Delivery.objects.filter(state="failed").first()
    pages = ["/messages/", "/messages/addresses"]
    of_settings = ["channels", "channels/wecom_robot", "deliveries", f"deliveries/{failed.pk}"]
    for who, paths in (("village", pages), ("admin", [f"/messages/{one}" for one in of_settings])):
        one = Person(chromium, address, who, size)
        for path in paths:
            one.go(path)
        one.context.close()
        assert not one.faults


@pytest.mark.parametrize("path", ["/messages/deliveries", "/messages/channels"])
def test_the_pages_of_settings_lead_to_each_other(cast: Cast, path: str) -> None:
    assert path in page(cast, "admin", "/settings")
    assert "还没有发出过消息" in page(cast, "admin", "/messages/deliveries")
    assert TOWN not in page(cast, "far_admin", path)
