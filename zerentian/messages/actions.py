"""Telling people, and what they and their town decide about how they are told."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db import connection, transaction
from django.utils.http import url_has_allowed_host_and_scheme

from zerentian.core import clock
from zerentian.core.problems import problem, shorten
from zerentian.core.regions import town_of
from zerentian.ledger.actions import record
from zerentian.messages.delivery_actions import deliver_now
from zerentian.messages.limits import limits
from zerentian.messages.models import PERSONAL, Address, Channel, Delivery, Kind, Message, TownChannel
from zerentian.messages.rules import allowed_from
from zerentian.pages.prepared import insert
from zerentian.people.models import Account, Post
from zerentian.people.person import Person
from zerentian.people.rules import Right

_AT_ONCE = 5000
_member = RegexValidator(r"\A[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}\Z")
_ADDRESSES: dict[Channel, tuple[Callable[[str], None], str]] = {
    Channel.EMAIL: (validate_email, "邮箱地址，例如 zhang@example.com"),
    Channel.WECOM_APP: (_member, "企业微信账号（通讯录中的“账号”），例如 zhangsan"),
}
_WANTED: dict[Channel, dict[str, str]] = {
    Channel.EMAIL: {},
    Channel.WECOM_APP: {"corp_id": "企业 ID", "agent_id": "应用 ID（AgentId）"},
    Channel.WECOM_ROBOT: {"key": "机器人密钥"},
}
_HIDDEN = "key"


@dataclass(frozen=True, slots=True)
class Notice:
    """What one account is to be told; `key` names the occasion, `url` is a path within the site."""

    account: Account
    key: str
    kind: Kind
    title: str
    body: str
    url: str
    urgent: bool = False
    at: datetime.datetime | None = None
    town: str = ""


def tell(
    accounts: Iterable[Account],
    key: str,
    kind: Kind,
    title: str,
    body: str,
    url: str,
    urgent: bool = False,
    at: datetime.datetime | None = None,
    *,
    town: str = "",
) -> int:
    """Tell several accounts the same, as `tell_all` does."""
    _refuse(key, url)
    return tell_all([Notice(one, key, kind, title, body, url, urgent, at, town) for one in accounts])


def tell_all(notices: Iterable[Notice]) -> int:
    """Tell active accounts something, in the caller's transaction; return how many were told anew.

    Who was told under the same key before is not told again. `at` puts it off. Without `town` each account's
    own one counts. Raises `RuntimeError` outside of a transaction: an act and what is told of it stand or
    fall together.
    """
    told = {(one.account.pk, one.key): one for one in notices if one.account.is_active}
    for key, url in {(one.key, one.url) for one in told.values()}:
        _refuse(key, url)
    towns = _towns_of([one.account.pk for one in told.values() if not one.town])
    now = clock.now()
    made = [
        Message(
            account_id=one.account.pk, town=one.town or towns.get(one.account.pk, ""), key=one.key,
            kind=Kind(one.kind).value, title=shorten(one.title)[:200], body=one.body, url=one.url,
            urgent=one.urgent, created=now, not_before=one.at or now,
        )
        for one in told.values()
    ]  # fmt: skip
    count = 0
    for start in range(0, len(made), _AT_ONCE):
        some = made[start : start + _AT_ONCE]
        insert(some, or_leave=True)
        kept = set(Message.objects.filter(pk__in=[one.pk for one in some]).values_list("pk", flat=True))
        _dispatch([one for one in some if one.pk in kept])
        count += len(kept)
    return count


def announce(
    town: str,
    key: str,
    kind: Kind,
    title: str,
    body: str,
    url: str,
    urgent: bool = False,
    at: datetime.datetime | None = None,
) -> bool:
    """Tell a town's group through its robot, in the caller's transaction; whether it was anew.

    A town whose robot is off is told nothing. Raises as `tell` does.
    """
    _refuse(key, url)
    robots = TownChannel.objects.filter(town=town, channel=Channel.WECOM_ROBOT, is_on=True)
    if not robots.exists():
        return False
    made = Delivery(
        channel=Channel.WECOM_ROBOT.value, town=town, key=key, kind=Kind(kind).value,
        title=shorten(title)[:200], body=body, url=url, urgent=urgent,
        next_try=allowed_from(at or clock.now(), urgent, limits().quiet),
    )  # fmt: skip
    insert([made], or_leave=True)
    return Delivery.objects.filter(pk=made.pk).exists()


def mark_read(by: Person, messages: Iterable[Message]) -> int:
    """Note that one's own messages were opened; return how many were not before."""
    unread = Message.objects.visible_to(by.acting).unread()
    return unread.filter(pk__in=[one.pk for one in messages]).update(read_at=clock.now())


@transaction.atomic
def set_address(by: Person, channel: str, text: str) -> None:
    """Say where one is reached through a channel; an empty text takes it back.

    The ledger keeps that it was said, not the address. Raises `ProblemsFound` for one that can't be.
    """
    account = Account.objects.select_for_update().get(pk=by.acting.pk)
    address = _checked(channel, text.strip())
    known = Address.objects.filter(account=account, channel=channel).first()
    if (known.address if known else "") == address:
        return
    waiting = Delivery.objects.filter(
        message__account=account, channel=channel, state=Delivery.State.WAITING, batch=None
    )
    if address:
        Address.objects.update_or_create(account=account, channel=channel, defaults={"address": address})
        waiting.update(address=address)
    elif known:
        known.delete()
        waiting.update(state=Delivery.State.FAILED, last_error="本人删除了这个接收地址")
    kind = "address.set" if address else "address.removed"
    record(by, kind, account, region=account.town, data={"channel": Channel(channel).label})


@transaction.atomic
def set_channel(by: Person, town: str, channel: str, is_on: bool, values: Mapping[str, str]) -> TownChannel:
    """Switch a town's channel on or off, with what it needs; a robot's key left empty stays as it is.

    Raises `ProblemsFound` when something is lacking that it needs to be on.
    """
    by.require(Right.MANAGE_SETTINGS, town)
    TownChannel.objects.get_or_create(town=town, channel=channel)
    held = TownChannel.objects.select_for_update().get(town=town, channel=channel)
    wanted = _WANTED[Channel(channel)]
    after = {name: values.get(name, "").strip() for name in wanted}
    if _HIDDEN in wanted:
        after[_HIDDEN] = after[_HIDDEN] or held.settings.get(_HIDDEN, "")
    if is_on:
        _refuse_lacking(Channel(channel), wanted, after)
    data: dict[str, object] = {
        name: {"from": held.settings.get(name, ""), "to": value}
        for name, value in after.items()
        if name != _HIDDEN and value != held.settings.get(name, "")
    }
    if after.get(_HIDDEN, "") != held.settings.get(_HIDDEN, ""):
        data["key_changed"] = True
    if held.is_on != is_on:
        data["is_on"] = {"from": held.is_on, "to": is_on}
    held.is_on, held.settings = is_on, after
    held.save()
    if data:
        record(by, "channel.changed", held, region=town, data=data)
    return held


def send_test(by: Person, channel: str, town: str = "") -> Delivery:
    """Send oneself a test through a channel, or with `town` its group; return what became of it.

    It is tried at once, whatever the hour. Within a minute there is one. Raises `ProblemsFound` when the
    channel is off or one has no address.
    """
    asked = town or by.acting.town
    if town:
        by.require(Right.MANAGE_SETTINGS, town)
    if not TownChannel.objects.filter(town=asked, channel=channel, is_on=True).exists():
        raise problem("message.channel_off", channel=_label(channel))
    key = f"test:{channel}:{by.acting.pk}:{clock.now():%Y%m%d%H%M}"
    words = (key, Kind.TEST, "测试消息", "收到这条消息，说明接收方式可用。")
    with transaction.atomic():
        if channel == Channel.WECOM_ROBOT:
            by.require(Right.MANAGE_SETTINGS, asked)
            announce(asked, *words, "/messages/channels")
            made = Delivery.objects.get(town=asked, channel=channel, key=key)
        else:
            if not Address.objects.filter(account=by.acting, channel=channel).exists():
                raise problem("message.no_address", channel=_label(channel))
            tell([by.acting], *words, "/messages/addresses", town=asked)
            made = Delivery.objects.get(message__account=by.acting, channel=channel, key=key)
            # the other channel is not what is tried
            Delivery.objects.filter(message=made.message_id).exclude(pk=made.pk).delete()
    return deliver_now(made)


def _refuse(key: str, url: str) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError(f"{key} told outside of a transaction")
    if not url.startswith("/") or not url_has_allowed_host_and_scheme(url, allowed_hosts=None):
        raise ValueError(f"{url} is no path within the site")


def _towns_of(accounts: Sequence[UUID]) -> dict[UUID, str]:
    """The town of each account's first post."""
    posts = Post.objects.filter(Post.held_on(clock.today()), account__in=accounts).order_by("-since", "-pk")
    return {account: town_of(region) for account, region in posts.values_list("account", "region")}


def _dispatch(messages: Sequence[Message]) -> None:
    """Put messages on their way through the channels that are open to them."""
    towns = {one.town for one in messages}
    on = set(TownChannel.objects.filter(town__in=towns, is_on=True).values_list("town", "channel"))
    if not on:
        return
    addresses: dict[UUID, list[tuple[str, str]]] = {}
    accounts = [one.account_id for one in messages]
    rows = Address.objects.filter(account__in=accounts, channel__in={channel for _, channel in on})
    for account, channel, address in rows.values_list("account", "channel", "address"):
        addresses.setdefault(account, []).append((channel, address))
    quiet = limits().quiet
    insert(
        [
            Delivery(
                message_id=one.pk, channel=channel, town=one.town, key=one.key, address=address,
                kind=one.kind,
                title=one.title, body=one.body, url=f"/messages/{one.pk}", urgent=one.urgent,
                created=one.created, next_try=allowed_from(one.not_before, one.urgent, quiet),
            )
            for one in messages
            for channel, address in addresses.get(one.account_id, ())
            if (one.town, channel) in on
        ]
    )  # fmt: skip


def _checked(channel: str, address: str) -> str:
    """The address. Raises `ProblemsFound` for one that the channel does not have."""
    if channel not in PERSONAL:
        raise problem("message.no_address", channel=_label(channel))
    validate, expected = _ADDRESSES[Channel(channel)]
    try:
        if address:
            validate(address)
    except ValidationError as error:
        raise problem("message.address", value=address, channel=_label(channel), expected=expected) from error
    return address


def _refuse_lacking(channel: Channel, wanted: Mapping[str, str], given: Mapping[str, str]) -> None:
    lacking = [words for name, words in wanted.items() if not given[name]]
    if channel == Channel.EMAIL and not settings.EMAIL_HOST:
        lacking.append("服务器上的邮件设置（EMAIL_HOST，由运维人员设置）")
    if channel == Channel.WECOM_APP and given["corp_id"] and given["corp_id"] not in settings.WECOM_SECRETS:
        lacking.append("服务器上的应用密钥（WECOM_SECRETS，由运维人员设置）")
    if lacking:
        raise problem("message.channel_incomplete", channel=channel.label, lacking="、".join(lacking))


def _label(channel: str) -> str:
    return Channel(channel).label if channel in Channel else channel
