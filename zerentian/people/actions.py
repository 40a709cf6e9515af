"""What is done with people: accounts, posts, passwords, sessions."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.core.regions import checked
from zerentian.ledger.actions import Actor, record
from zerentian.people.importing import PeoplePlan, plan_people
from zerentian.people.models import Account, Organisation, Post, SignIn, TownSettings
from zerentian.people.person import Person
from zerentian.people.rules import Right, Role, excluded_by, overlap
from zerentian.people.scope import scope_of

INITIAL_PASSWORD_LASTS = timedelta(days=7)
_INITIAL_ROUNDS = 20_000
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
def import_people(by: Person, path: Path) -> tuple[PeoplePlan, list[tuple[Account, str]]]:
    """Save what a table of people says, all of it or nothing; return the plan, and the new accounts with
    their initial passwords.

    Raises `ProblemsFound` with all faults.
    """
    by.require(Right.MANAGE_PEOPLE)
    Account.objects.select_for_update().get(pk=by.acting.pk)  # a second click waits, and finds nothing to do
    plan = plan_people(path, by.acting)
    plan.problems.raise_if_any()
    made: dict[str, tuple[Account, str]] = {}
    for row in plan.rows:
        if row.account is not None and row.changes:
            change_account(by, row.account, row.name, row.phone or row.account.phone)
        if row.state == "unchanged":
            continue
        if row.account is None and row.login not in made:
            made[row.login] = create_account(by, row.login, row.name, row.phone)
        account, post = row.account or made[row.login][0], row.post
        give_post(by, account, Role(post.role), post.organisation, post.region, post.since, post.until)
    return plan, list(made.values())


@transaction.atomic
def change_account(by: Person, account: Account, name: str, phone: str) -> None:
    """Change how a person is named and reached. The ledger keeps that it was, not what stood there."""
    _require_over(by, account)
    before = personal(account)
    account.name, account.phone = name.strip(), phone.strip()
    account.save(update_fields=["name", "phone"])
    after = personal(account)
    data = {
        field: {"from": before.get(field, ""), "to": after.get(field, "")}
        for field in sorted({*before, *after})
        if before.get(field) != after.get(field)
    }
    if data:
        record(by, "account.changed", account, region=_region(by, account), data=data)


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
    posts = held.posts.exclude(until__lt=clock.today()).filter(account__is_active=True).count()
    if held.is_active and not is_active and posts:
        raise problem("people.organisation_in_use", value=held.name, count=posts)
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

    Raises `ProblemsFound` for a post it holds already and for roles that exclude each other,
    `PermissionDenied` outside of one's own scope.
    """
    by.require(Right.MANAGE_PEOPLE, checked(region))
    by.require(Right.MANAGE_PEOPLE, organisation.region)
    account = Account.objects.select_for_update().get(pk=account.pk)
    _require_over(by, account)
    if account.id == by.account:
        raise PermissionDenied("own post")
    if until and until < since:
        raise problem("people.post_dates", since=since, until=until)
    post = Post(
        account=account, role=role, organisation=organisation, region=region, since=since, until=until
    )
    meanwhile = [held for held in account.posts.all() if overlap(held, post)]
    same = next((held for held in meanwhile if held.is_same(post)), None)
    if same:
        raise problem("people.post_held", since=same.since, until=same.until or "未定")
    other = excluded_by(role, (Role(held.role) for held in meanwhile))
    if other:
        raise problem("people.exclusive_roles", roles="、".join(sorted((role.label, other.label))))
    post.save()
    _end_sessions(account)
    record(
        by, "post.given", post, region=region,
        data={"account": str(account.id), "role": role, "since": str(since), "until": str(until or "")},
    )  # fmt: skip
    return post


@transaction.atomic
def end_post(by: Person, post: Post, last_day: datetime.date) -> None:
    """End a post with a day, never later than it ends already: what came since was judged by that.

    The last system administrator's post can't end.
    """
    by.require(Right.MANAGE_PEOPLE, post.region)
    last_day = max(last_day, post.since)
    if post.until and last_day > post.until:
        raise problem("people.post_prolonged", until=post.until)
    _refuse_last_admin(post, last_day)
    before = str(post.until or "")
    post.until = last_day
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
        for post in account.posts.filter(Post.held_on(clock.today())):
            _refuse_last_admin(post, clock.today())
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
def accept_code(by: Person, device: TOTPDevice, code: str) -> TOTPDevice | None:
    """The device, when the code is its code of now and was not given before; the first one sets it up."""
    accepted: TOTPDevice | None = verify_token(by.acting, device.persistent_id, code)
    if accepted and not accepted.confirmed:
        accepted.confirmed = True
        accepted.save()
        record(by, "account.second_factor_set", by.acting, region=by.acting.town)
    return accepted


@transaction.atomic
def reset_second_factor(by: Person, account: Account, reason: str) -> None:
    """Forget the code app of a lost phone: the next sign-in sets one up; all sessions of the account end."""
    _require_over(by, account)
    TOTPDevice.objects.filter(user=account).delete()
    _end_sessions(account)
    record(by, "account.second_factor_reset", account, region=_region(by, account), reason=reason)


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
    """Four groups of four letters without look-alikes: 79 bits.

    Nobody guesses those, so few rounds of hashing do, and hundreds of accounts are made in seconds. A
    successful sign-in hashes with all rounds; Django makes a failed one as slow as any other.
    """
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    hasher = PBKDF2PasswordHasher()
    account.password = hasher.encode(password, hasher.salt(), iterations=_INITIAL_ROUNDS)
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


def _refuse_last_admin(post: Post, last_day: datetime.date) -> None:
    """Somebody else must manage the post's whole region on the day after."""
    if post.role != Role.SYSTEM_ADMIN:
        return
    admins = Post.objects.filter(role=Role.SYSTEM_ADMIN)
    list(admins.select_for_update().order_by("pk"))  # two who remove each other come one after the other
    after = last_day + timedelta(days=1)
    others = admins.filter(Post.held_on(after), account__is_active=True).exclude(account=post.account)
    if not scope_of(others, Right.MANAGE_PEOPLE).covers(post.region):
        raise problem("people.last_admin")


def _region(by: Person, account: Account | None = None) -> str:
    holder = account or by.holder
    return holder.town if holder else ""
