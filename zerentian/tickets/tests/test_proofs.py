"""Photos of tickets: who may add which, when, and what is doubted."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from PIL import Image

from tests.cast import TOWN, Cast
from tests.playing import FIRST, POOR, at, drawn_round, inspect
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.actions import PROGRAM, Actor
from zerentian.ledger.models import DailyRoot, Event
from zerentian.places.models import Site
from zerentian.rounds.models import Photo
from zerentian.rounds.photos import Filed, file_photo
from zerentian.rounds.visit_actions import Position
from zerentian.tickets import actions, blind_checks
from zerentian.tickets.following import follow_waiting
from zerentian.tickets.models import Proof, Ticket
from zerentian.tickets.proofs import MOST, add_proof, before_of, remove_proof
from zerentian.tickets.tests.test_actions import opened

MONDAY = at(datetime.date(2023, 10, 23))
HERE = Position(Decimal("31.1106"), Decimal("121.0563"), 12)
SHOP = Actor(None, "商铺：张三")


@pytest.fixture(autouse=True)
def _monday(tmp_path: Path, settings) -> Iterator[None]:
    settings.DATA_FOLDER = tmp_path
    with clock.set_to(MONDAY):
        yield


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    Site.objects.filter(pk=cast.sites["own"].pk).update(latitude=HERE.latitude, longitude=HERE.longitude)
    cast.sites["own"].refresh_from_db()
    return opened(cast)


def picture(seed: int = 0, quality: int = 90) -> bytes:
    """A picture with shapes and fine detail of its own, always the same for a seed."""
    drawn = Image.radial_gradient("L").rotate(seed * 37).resize((320, 240)).convert("RGB")
    for at_, shade in ((seed * 53 + step * 71, step * 40 % 255) for step in range(1, 40)):
        box = (at_ * 7 % 280, at_ * 13 % 210, at_ * 7 % 280 + 12 + at_ % 9, at_ * 13 % 210 + 9 + at_ % 7)
        drawn.paste((shade, 255 - shade, at_ % 255), box)
    packed = io.BytesIO()
    drawn.save(packed, "JPEG", quality=quality)
    return packed.getvalue()


def photo(seed: int = 0, quality: int = 90) -> Filed:
    return file_photo(picture(seed, quality))


def after(cast: Cast, ticket: Ticket, seed: int = 0, who: str = "property", **more: object) -> Proof:
    values = {"grade": "A", "position": HERE, "taken": clock.now()} | more
    return add_proof(cast.person(who), ticket, "after", photo(seed), **values)  # type: ignore[arg-type]


def test_each_kind_by_whom_it_is_for(cast: Cast, ticket: Ticket) -> None:
    for who in ("village", "neighbour", "operator", "auditor", "outsider"):
        with pytest.raises(PermissionDenied):
            after(cast, ticket, who=who)
    for who in ("property", "neighbour", "leader"):
        with pytest.raises(PermissionDenied):
            add_proof(cast.person(who), ticket, "before", photo(1))
    with pytest.raises(PermissionDenied):
        add_proof(SHOP, ticket, "before", photo(1))
    assert after(cast, ticket).by == cast.property
    assert add_proof(SHOP, ticket, "after", photo(2)).by is None
    assert add_proof(cast.person("operator"), ticket, "before", photo(3)).kind == Proof.Kind.BEFORE
    add_proof(PROGRAM, ticket, "before", photo(4))
    actions.handle(cast.person("property"), ticket, "已补齐")
    for who in ("property", "neighbour"):
        with pytest.raises(PermissionDenied):
            add_proof(cast.person(who), ticket, "check", photo(5))
    with pytest.raises(PermissionDenied):
        add_proof(SHOP, ticket, "check", photo(5))
    assert add_proof(cast.person("village"), ticket, "check", photo(5), position=HERE).doubt == ""


def test_only_while_the_ticket_is_there_for_it(cast: Cast, ticket: Ticket) -> None:
    with pytest.raises(ProblemsFound):
        add_proof(cast.person("village"), ticket, "check", photo(1))
    proof = after(cast, ticket)
    actions.handle(cast.person("property"), ticket, "已补齐")
    with pytest.raises(ProblemsFound):
        after(cast, ticket, 2)
    with pytest.raises(ProblemsFound):
        remove_proof(cast.person("property"), proof)
    with pytest.raises(ProblemsFound) as found:
        add_proof(cast.person("operator"), ticket, "before", photo(3))
    assert found.value.problems[0].code == "ticket.photo_late"
    assert Proof.objects.get() == proof


def test_what_is_reported_is_checked_with_photos_before_it_is_opened(cast: Cast) -> None:
    ticket = opened(cast, source="public")
    assert add_proof(cast.person("village"), ticket, "check", photo(1)).kind == Proof.Kind.CHECK


def test_a_blind_check_has_photos_too(cast: Cast, ticket: Ticket) -> None:
    after(cast, ticket)
    actions.handle(cast.person("property"), ticket, "已补齐")
    actions.verify(cast.person("village"), ticket, True, "")
    actions.close(cast.person("operator"), ticket)
    with pytest.raises(ProblemsFound):
        add_proof(cast.person("dispatcher"), ticket, "check", photo(1))
    DailyRoot.objects.create(
        town=TOWN, day=datetime.date(2023, 10, 22), first=1, last=1, root="ab", chain="cd"
    )
    blind_checks.draw_blind_checks(cast.person("operator"), TOWN, "2023-10")
    assert add_proof(cast.person("dispatcher"), ticket, "check", photo(1)).kind == Proof.Kind.CHECK


def test_again_stays_one_and_is_taken_back_by_who_added_it(cast: Cast, ticket: Ticket) -> None:
    proof = after(cast, ticket)
    assert after(cast, ticket) == proof
    with pytest.raises(PermissionDenied):
        remove_proof(SHOP, proof)
    remove_proof(cast.person("property"), proof)
    kinds = Event.objects.filter(subject=str(ticket.pk), kind__contains="photo").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["ticket.photo_added", "ticket.photo_removed"]
    assert not Proof.objects.exists()


def test_not_more_than_somebody_looks_at(cast: Cast, ticket: Ticket) -> None:
    for number in range(MOST):
        Proof.objects.create(ticket=ticket, kind="after", sha256=f"{number:064x}")
    with pytest.raises(ProblemsFound) as found:
        after(cast, ticket)
    assert found.value.problems[0].code == "ticket.many_photos"


def test_an_honest_photo_raises_no_doubt(cast: Cast, ticket: Ticket) -> None:
    add_proof(cast.person("operator"), ticket, "before", photo(1), position=HERE)
    assert after(cast, ticket, 2).doubt == ""


def test_doubts_have_words_and_refuse_nothing(cast: Cast, ticket: Ticket) -> None:
    far = Position(Decimal("31.1606"), HERE.longitude, 30)
    assert "拍摄位置距点位 5.6 公里，超出" in after(cast, ticket, 1, position=far).doubt
    rough = Position(Decimal("31.1606"), HERE.longitude, 6000)
    assert after(cast, ticket, 2, position=rough).doubt == ""
    gallery = after(cast, ticket, 3, position=None, grade="C", taken=MONDAY - datetime.timedelta(days=1))
    assert gallery.doubt == "拍摄时间早于发现问题的时间；没有定位；选自相册或文件，不是当场拍摄"


def test_a_photo_used_before_is_doubted(cast: Cast, ticket: Ticket) -> None:
    add_proof(cast.person("operator"), ticket, "before", photo(1), position=HERE)
    assert after(cast, ticket, 1).doubt == "与本单的整改前照片是同一张"
    other = opened(cast, "next")
    assert after(cast, other, 1, "neighbour").doubt == f"与整改单 {ticket.number} 的照片是同一张"
    actions.handle(cast.person("property"), ticket, "已补齐")
    actions.verify(cast.person("operator"), ticket, False, "照片不符")
    assert "与本单的整改前照片是同一张" in after(cast, ticket, 1).doubt


def test_the_before_photo_saved_anew_is_doubted(cast: Cast, ticket: Ticket) -> None:
    add_proof(cast.person("operator"), ticket, "before", photo(1), position=HERE)
    again = add_proof(cast.person("property"), ticket, "after", photo(1, 60), position=HERE)
    assert again.doubt == "与整改前的照片像同一张"


def test_the_problem_is_shown_by_the_photos_of_its_visit(cast: Cast, inspected: Ticket) -> None:
    finding = inspected.findings.get(clause="bins")
    shown = Photo.objects.create(
        inspection=finding.inspection, clause="bins", slot="bins:1", sha256=photo(1).sha256
    )
    Photo.objects.create(inspection=finding.inspection, clause="purity", slot="b", sha256="b" * 64)
    Photo.objects.create(
        inspection=finding.inspection, clause="bins", slot="c", sha256="c" * 64, received=None
    )
    added = add_proof(cast.person("operator"), inspected, "before", photo(2))
    assert [one.id for one in before_of(inspected)] == [shown.pk, added.pk]
    assert after(cast, inspected, 1).doubt == "与“东村一期”的检查照片是同一张"


@pytest.fixture
def inspected(cast: Cast) -> Ticket:
    """A ticket that came of a visit."""
    round_ = drawn_round(cast)
    inspect(cast, round_.assignments.get(site=cast.sites["own"]), POOR)
    with clock.set_to(at(FIRST, 12)):
        follow_waiting()
    return Ticket.objects.get(problem_class="facility")
