"""Closing a month: prepared by one person, confirmed by another, published; reopened only with a reason."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.core.regions import town_of
from zerentian.ledger.actions import record
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.results.checks import Check, Light, checklist, evidence_checks
from zerentian.results.freezing import entry_rows, frozen, site_rows, subject_rows
from zerentian.results.importing import plan_outside
from zerentian.results.models import Closing, ListEntry, OutsideResult, SiteResult, SubjectResult
from zerentian.results.snapshots import results_of, take_snapshot
from zerentian.rounds.models import Round
from zerentian.standards.models import RuleVersion


@transaction.atomic
def prepare(by: Person, round_: Round, reason: str = "") -> Closing:
    """Freeze the round's figures for another person to confirm.

    Raises `ProblemsFound` while a check is red; coverage alone may be excused by a reason.
    """
    held = _held(by, round_)
    if held.state == Round.State.CLOSED:
        raise problem("rounds.closed", value=str(held))
    _refuse_unready(held, reason)
    if not held.inspections.counted().exists():
        raise problem("results.nothing")
    for earlier in held.closings.filter(state=Closing.State.PREPARED):
        _withdraw(by, earlier)
    snapshot = take_snapshot(held)
    results = results_of(snapshot)
    made = Closing.objects.create(
        round=held,
        number=held.closings.count() + 1,
        policy=RuleVersion.objects.get(pk=snapshot.policy),
        inputs=snapshot.model_dump(mode="json"),
        digest=frozen(results).digest,
        reason=reason.strip(),
        prepared_by=by.acting,
    )
    SiteResult.objects.bulk_create(site_rows(made, snapshot, results), batch_size=1000)
    SubjectResult.objects.bulk_create(subject_rows(made, results, held.month))
    ListEntry.objects.bulk_create(entry_rows(made, results, held.month))
    record(by, "closing.prepared", made, region=held.town, reason=reason, data={"digest": made.digest})
    return made


@transaction.atomic
def withdraw(by: Person, closing: Closing) -> None:
    """Take back a closing that nobody confirmed yet."""
    held = Round.objects.select_for_update().get(pk=closing.round_id)
    by.require(Right.CLOSE_MONTH, held.town)
    _withdraw(by, _prepared(closing))


@transaction.atomic
def confirm(by: Person, closing: Closing) -> None:
    """Close the month as the second person; the figures must still be the ones prepared.

    Raises `ProblemsFound`. Two who confirm at once: one closes, the other is told.
    """
    round_ = _held(by, closing.round)
    held = _prepared(closing)
    if held.prepared_by_id == by.account:
        raise problem("results.own_closing")
    _refuse_hard(evidence_checks(round_))  # a doubt may have come up since it was prepared
    if frozen(results_of(take_snapshot(round_))).digest != held.digest:
        raise problem("results.changed_meanwhile")
    round_.closings.filter(state=Closing.State.CLOSED).update(state=Closing.State.REPLACED)
    held.state, held.closed_by, held.closed = Closing.State.CLOSED, by.acting, clock.now()
    held.save()
    round_.state = Round.State.CLOSED
    round_.save()
    record(by, "closing.confirmed", held, region=round_.town, data={"digest": held.digest})


@transaction.atomic
def publish(by: Person, closing: Closing) -> None:
    """Show a closed month to all who may see results."""
    round_ = _held(by, closing.round)
    held = Closing.objects.get(pk=closing.pk)
    if held.state != Closing.State.CLOSED:
        raise problem("results.not_closed", value=str(held))
    if held.published:
        raise problem("results.published_already", value=str(held))
    held.published = clock.now()
    held.save()
    record(by, "closing.published", held, region=round_.town, data={"digest": held.digest})


@transaction.atomic
def reopen(by: Person, round_: Round, reason: str) -> None:
    """Open a closed month for corrections; its closing stays in force until a new version is confirmed."""
    held = _held(by, round_)
    if held.state != Round.State.CLOSED:
        raise problem("results.not_closed", value=str(held))
    current = held.closings.get(state=Closing.State.CLOSED)
    current.reopened_for = reason.strip()
    current.save()
    held.state = Round.State.OPEN
    held.save()
    record(by, "round.reopened", held, region=held.town, reason=reason)


@transaction.atomic
def import_outside(by: Person, path: Path) -> int:
    """Save what a table of others' results says, all of it or nothing; return how many rows.

    A result given before for the same month, source and committee is replaced. Raises `ProblemsFound`.
    """
    by.require(Right.CLOSE_MONTH)
    plan = plan_outside(path, by.acting)
    plan.problems.raise_if_any()
    for row in plan.rows:
        town = town_of(row.subject)
        by.require(Right.CLOSE_MONTH, town)
        given, _ = OutsideResult.objects.update_or_create(
            town=town, month=row.month, source=row.source, subject=row.subject,
            defaults={"score": row.score, "passed": row.passed},
        )  # fmt: skip
        data = {"score": str(row.score), "passed": row.passed}
        record(by, "result.given", given, region=row.subject, data=data)
    return len(plan.rows)


def _held(by: Person, round_: Round) -> Round:
    held = Round.objects.select_for_update().get(pk=round_.pk)
    by.require(Right.CLOSE_MONTH, held.town)
    return held


def _prepared(closing: Closing) -> Closing:
    held = Closing.objects.select_for_update().get(pk=closing.pk)
    if held.state != Closing.State.PREPARED:
        raise problem("results.not_prepared", value=str(held))
    return held


def _withdraw(by: Person, closing: Closing) -> None:
    closing.state = Closing.State.WITHDRAWN
    closing.save()
    record(by, "closing.withdrawn", closing, region=closing.round.town)


def _refuse_unready(round_: Round, reason: str) -> None:
    checks = checklist(round_)
    _refuse_hard(checks)
    red = [check for check in checks if check.light == Light.RED]
    if red and not reason.strip():
        raise problem("results.reason_needed", note="；".join(one.note for one in red))


def _refuse_hard(checks: list[Check]) -> None:
    hard = [check for check in checks if check.light == Light.RED and not check.may_be_excused]
    if hard:
        raise problem("results.not_ready", checks="；".join(f"{one.title}（{one.note}）" for one in hard))
