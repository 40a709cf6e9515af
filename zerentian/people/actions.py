"""What is done with people: accounts, posts, passwords, sessions."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from datetime import timedelta
from pathlib import Path

from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from zerentian.core.problems import problem
from zerentian.core.regions import checked
from zerentian.ledger.actions import Actor, record
from zerentian.people.importing import plan_people
from zerentian.people.models import Account, Organisation, Post, SignIn, TownSettings
from zerentian.people.person import Person
from zerentian.people.rules import Right, Role, exclusive_pair

INITIAL_PASSWORD_LASTS = timedelta(days=7)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@transaction.atomic
def create_organisation(by: Person, kind: str, name: str, region: str, contact: str = "") -> Organisation:
    """A new organisation in a region. Raises `ProblemsFound` for a name taken there."""
    by.require(Right.MANAGE_PEOPLE, checked(region))
    name = name.strip()
    if Organisation.objects.filter(kind=kind, region=region, name=name).exists():
        raise problem("people.organisation_exists", value=name)
    organisation = Organisation.objects.create(kind=kind, name=name, region=region, contact=contact)
    record(by, "organisation.created", organisation, region=region, data={"kind": kind, "name": name})
    return organisation


@transaction.atomic
def create_account(by: Person, login: str, name: str, phone: str = "") -> tuple[Account, str]:
    """A new account without posts, and its initial password, which is told this once and expires."""
    by.require(Right.MANAGE_PEOPLE)
    login = login.strip().lower()
    if Account.objects.filter(login=login).exists():
        raise problem("people.login_taken", value=login)
    account = Account(login=login, name=name.strip(), phone=phone.strip())
    password = _issue_password(account)
    record(by, "account.created", account, region=_region(by), data={"login": login, **personal(account)})
    return account, password


@transaction.atomic
def import_people(by: Person, path: Path) -> list[tuple[Account, str]]:
    """Save what a table of people says, all of it or nothing; return the new accounts and initial passwords.

    Raises `ProblemsFound` with all faults.
    """
    by.require(Right.MANAGE_PEOPLE)
    plan = plan_people(path, by.acting)
    plan.problems.raise_if_any()
    made: dict[str, tuple[Account, str]] = {}
    for row in plan.rows:
        if row.state == "unchanged":
            continue
        if row.state == "new" and row.login not in made:
            made[row.login] = create_account(by, row.login, row.name, row.phone)
        account = made[row.login][0] if row.login in made else Account.objects.get(login=row.login)
        give_post(by, account, row.role, row.organisation, row.region, row.since, row.until)
    return list(made.values())


@transaction.atomic
def change_organisation(
    by: Person, organisation: Organisation, name: str, contact: str, is_active: bool
) -> None:
    """Rename an organisation, change how it is reached, or take it out of use."""
    held = Organisation.objects.select_for_update().get(pk=organisation.pk)
    by.require(Right.MANAGE_PEOPLE, held.region)
    name = name.strip()
    alike = Organisation.objects.filter(kind=held.kind, region=held.region, name=name)
    if alike.exclude(pk=held.pk).exists():
        raise problem("people.organisation_exists", value=name)
    data = {}
    for field, value in (("name", name), ("contact", contact.strip()), ("is_active", is_active)):
        before = getattr(held, field)
        if before != value:
            data[field] = {"from": before, "to": value}
            setattr(held, field, value)
    held.save()
    if data:
        record(by, "organisation.changed", held, region=held.region, data=data)


@transaction.atomic
def reset_password(by: Person, account: Account) -> str:
    """A new initial password, told this once; all sessions of the account end."""
    _require_over(by, account)
    password = _issue_password(account)
    _end_sessions(account)
    record(by, "account.password_reset", account, region=_region(by, account))
    return password


@transaction.atomic
def change_password(by: Actor, account: Account, password: str) -> None:
    """The account's own choice of a password, checked by the form; all its sessions end."""
    account.set_password(password)
    account.must_change_password = False
    account.password_expires = None
    account.save()
    _end_sessions(account)
    record(by, "account.password_changed", account, region=account.town)


@transaction.atomic
def give_post(
    by: Person,
    account: Account,
    role: Role,
    organisation: Organisation,
    region: str,
    since: datetime.date,
    until: datetime.date | None = None,
) -> Post:
    """Give an account a post. Its sessions end, so that it signs in with its new rights.

    Raises `ProblemsFound` for roles that exclude each other, `PermissionDenied` outside of one's own scope.
    """
    by.require(Right.MANAGE_PEOPLE, checked(region))
    _require_over(by, account)
    if account.id == by.account:
        raise PermissionDenied("own post")
    if until and until < since:
        raise problem("people.post_dates", since=since, until=until)
    later = account.posts.exclude(until__lt=since)
    if until:
        later = later.exclude(since__gt=until)
    pair = exclusive_pair({role, *(Role(post.role) for post in later)})
    if pair:
        names = "、".join(sorted(one.label for one in pair))
        raise problem("people.exclusive_roles", roles=names)
    post = Post.objects.create(
        account=account, role=role, organisation=organisation, region=region, since=since, until=until
    )
    _end_sessions(account)
    record(
        by, "post.given", post, region=region,
        data={"account": str(account.id), "role": role, "since": str(since), "until": str(until or "")},
    )  # fmt: skip
    return post


@transaction.atomic
def end_post(by: Person, post: Post, last_day: datetime.date) -> None:
    """End a post with a day. The last system administrator's post can't end."""
    by.require(Right.MANAGE_PEOPLE, post.region)
    _refuse_last_admin(post)
    before = str(post.until or "")
    post.until = max(last_day, post.since)
    post.save()
    _end_sessions(post.account)
    record(
        by, "post.ended", post, region=post.region, data={"until": {"from": before, "to": str(post.until)}}
    )


@transaction.atomic
def set_active(by: Person, account: Account, active: bool, reason: str = "") -> None:
    """Deactivate an account, which ends its sessions at once, or activate it again."""
    _require_over(by, account)
    if not active:
        for post in account.posts.filter(Post.held_on(timezone.localdate())):
            _refuse_last_admin(post)
        _end_sessions(account)
    account.is_active = active
    account.save()
    kind = "account.activated" if active else "account.deactivated"
    record(by, kind, account, region=_region(by, account), reason=reason)


@transaction.atomic
def note_sign_in(by: Actor, account: Account, session: str, agent: str) -> None:
    """Remember a session that was opened by signing in."""
    note_session(by, account, session, agent)
    record(by, "account.signed_in", account, region=account.town)


def note_session(by: Actor, account: Account, session: str, agent: str) -> None:
    """Remember a session, so that it is listed and can be ended."""
    SignIn.objects.update_or_create(
        session=session, defaults={"account": account, "address": by.address, "agent": agent[:300]}
    )


@transaction.atomic
def sign_out(by: Person, session: str) -> None:
    """End one's own session by signing out."""
    if by.holder is not None:
        _end_sessions(by.holder, only=session)


@transaction.atomic
def end_sign_in(by: Person, sign_in: SignIn) -> None:
    """End a session: one's own, or one of an account under one's management."""
    if sign_in.account_id != by.account:
        _require_over(by, sign_in.account)
    _end_sessions(sign_in.account, only=sign_in.session)
    record(by, "account.session_ended", sign_in.account, region=_region(by, sign_in.account))


@transaction.atomic
def change_settings(by: Person, settings: TownSettings, changes: dict[str, object]) -> None:
    """Change a town's settings; the ledger keeps what stood before."""
    by.require(Right.MANAGE_SETTINGS, settings.town)
    data = {}
    for name, value in changes.items():
        before = getattr(settings, name)
        if before != value:
            data[name] = {"from": before, "to": value}
            setattr(settings, name, value)
    settings.save()
    if data:
        record(by, "settings.changed", settings, region=settings.town, data=data)


def personal(account: Account) -> dict[str, str]:
    """Personal fields as the ledger keeps them: hashes salted by the account, void once it is erased."""
    fields = {"name": account.name, "phone": account.phone}
    salt = account.password[-16:]
    return {
        f"{name}_hash": hashlib.sha256(f"{salt}{value}".encode()).hexdigest()
        for name, value in fields.items()
        if value
    }


def _issue_password(account: Account) -> str:
    """Four groups of four letters without look-alikes: 78 bits."""
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    account.set_password(password)
    account.must_change_password = True
    account.password_expires = timezone.now() + INITIAL_PASSWORD_LASTS
    account.save()
    return password


def _end_sessions(account: Account, only: str = "") -> None:
    open_ones = account.sign_ins.filter(ended__isnull=True)
    if only:
        open_ones = open_ones.filter(session=only)
    Session.objects.filter(session_key__in=list(open_ones.values_list("session", flat=True))).delete()
    open_ones.update(ended=timezone.now())


def _require_over(by: Person, account: Account) -> None:
    """Managing people there, where every post of the account lies."""
    by.require(Right.MANAGE_PEOPLE)
    for post in account.posts.all():
        by.require(Right.MANAGE_PEOPLE, post.region)


def _refuse_last_admin(post: Post) -> None:
    if post.role != Role.SYSTEM_ADMIN:
        return
    others = Post.objects.filter(
        Post.held_on(timezone.localdate()), role=Role.SYSTEM_ADMIN, account__is_active=True
    ).exclude(account=post.account)
    if not others.exists():
        raise problem("people.last_admin")


def _region(by: Person, account: Account | None = None) -> str:
    holder = account or by.holder
    return holder.town if holder else ""
