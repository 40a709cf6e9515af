"""Self-checks: submitted once; what they found becomes findings of tickets, as what others find does."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.evaluation.assessment import Assessment, assess
from zerentian.ledger.actions import record
from zerentian.people.models import Account, Organisation
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.people.scope import scope_of
from zerentian.places.models import Site
from zerentian.rounds.models import Photo
from zerentian.rounds.photos import Filed
from zerentian.rounds.visit_actions import refuse_unfit
from zerentian.standards.queries import SelfCheckSheet, self_check_standard_of
from zerentian.tickets.actions import Seen, add_findings, hold_openings, open_of, open_ticket, rules_of
from zerentian.tickets.models import Proof, Ticket
from zerentian.tickets.self_check_models import SelfCheck, SelfCheckPhoto, SheetText
from zerentian.tickets.self_check_queries import monday_of

MOST_PHOTOS = 9
"""Photos of one clause."""
SOURCE = "self"
_LONGEST = datetime.timedelta(days=1)


def organisation_for(account: Account, site: Site) -> Organisation | None:
    """For whom the account checks a site: its committee, or who manages it; None where it is neither."""
    managed_by = {site.property_company_id, site.responsible_id}
    for post in account.current_posts if account.is_active else ():
        scope = scope_of([post], Right.SELF_CHECK)
        if scope.covers(site.region_id) or scope.organisations & managed_by:
            return post.organisation
    return None


@transaction.atomic
def submit_self_check(
    by: Person, id_: UUID, site: Site, answers: Mapping[str, str],
    photos: Mapping[str, Sequence[Filed]] | None = None, remark: str = "",
    *, started: datetime.datetime | None = None,
) -> SelfCheck:  # fmt: skip
    """Submit what was seen at one's own site; what is wrong becomes tickets, or joins those that are open.

    `id_` is made by who asks: the same one again is the same self-check. `photos` are filed already, by
    clause. Raises `ProblemsFound` with all that is missing.
    """
    organisation = organisation_for(by.acting, site)
    if organisation is None:
        raise PermissionDenied(Right.SELF_CHECK)
    hold_openings(site.town)
    known = SelfCheck.objects.select_related("site").filter(pk=id_).first()
    if known is not None:
        if (known.site_id, known.by_id) != (site.pk, by.acting.pk):
            raise problem("selfcheck.taken", value=known.site.name)
        return known
    if not site.is_active:
        raise problem("selfcheck.site_closed", value=site.name)
    photos = photos or {}
    sheet = self_check_standard_of(site.town, clock.this_month())
    asked = {one.id for one in sheet.standard.clauses}
    told = {clause: text for clause, text in answers.items() if clause in asked}
    judged = assess(sheet.standard, clock.this_month(), told)
    refuse_unfit(judged, told)
    for clause, filed in photos.items():
        if clause not in asked:
            raise problem("inspection.unknown_clause", value=clause)
        if len(filed) > MOST_PHOTOS:
            raise problem("intake.too_many_photos", limit=MOST_PHOTOS)
    made = _written(by, id_, site, organisation, sheet, told, remark, started)
    SelfCheckPhoto.objects.bulk_create(
        (
            SelfCheckPhoto(
                self_check=made, clause=clause, sha256=one.sha256, size=one.size,
                content_type=one.content_type,
            )
            for clause, filed in photos.items()
            for one in filed
        ),
        ignore_conflicts=True,
    )  # fmt: skip
    made.problems = _follow(by, made, judged, photos)
    made.save(update_fields=["problems"])
    data = {
        "week": str(made.week), "problems": made.problems, "photos": sum(map(len, photos.values())),
    }  # fmt: skip
    record(by, "selfcheck.submitted", made, region=site.region_id, data=data)
    return made


def _written(
    by: Person, id_: UUID, site: Site, organisation: Organisation, sheet: SelfCheckSheet,
    answers: Mapping[str, str], remark: str, started: datetime.datetime | None,
) -> SelfCheck:  # fmt: skip
    now = clock.now()
    begun = started if started and now - _LONGEST <= started <= now else now
    text, _ = SheetText.objects.get_or_create(sha256=sheet.sha256, defaults={"text": sheet.text})
    return SelfCheck.objects.create(
        id=id_, town=site.town, site=site, week=monday_of(clock.today()), by=by.acting,
        organisation=organisation, started=begun, submitted=now, standard=text, version=sheet.version,
        answers=dict(answers), remark=remark.strip()[:500],
    )  # fmt: skip


def _follow(by: Person, made: SelfCheck, judged: Assessment, photos: Mapping[str, Sequence[Filed]]) -> int:
    """Tickets of what was found wrong, one of each class; return how many problems there are."""
    loop, by_class = rules_of(made.town), defaultdict(list)
    for one in judged.found_wrong:
        if one.clause.id not in loop.left_out:
            seen = Seen(one.clause.text, made.submitted, one.clause.id, one.words, self_check=made)
            by_class[loop.class_of(one.clause.id).id].append(seen)
    for class_id, found in by_class.items():
        ticket = open_of(made.site, class_id)
        if ticket is not None:
            add_findings(by, ticket, SOURCE, found)
        else:
            ticket = open_ticket(by, made.site, SOURCE, loop.class_named(class_id), found)
        _show(by, ticket, [one for seen in found for one in photos.get(seen.clause, ())])
    return sum(map(len, by_class.values()))


def _show(by: Person, ticket: Ticket, filed: Sequence[Filed]) -> None:
    """Put the photos of a problem to its ticket."""
    known = set(ticket.proofs.filter(kind=Proof.Kind.BEFORE).values_list("sha256", flat=True))
    for one in {one.sha256: one for one in filed if one.sha256 not in known}.values():
        Proof.objects.create(
            ticket=ticket, kind=Proof.Kind.BEFORE, sha256=one.sha256, size=one.size,
            content_type=one.content_type, grade=Photo.Grade.GALLERY, by=by.acting,
        )  # fmt: skip
        data = {"sha256": one.sha256}
        record(by, "ticket.photo_added", ticket, region=ticket.site.region_id, data=data)
