"""Who may open what: every address, every role, own and other scope. An address that is missing here fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.cast import OTHER_TOWN, PARTS, TOWN, VILLAGE, Cast
from tests.playing import FIRST, LAST, POOR, at, drawn_round, inspect
from zerentian.core import clock
from zerentian.documents.actions import folder_of_job
from zerentian.documents.models import Job
from zerentian.field.models import HeldReport, Upload
from zerentian.ledger.models import Event
from zerentian.messages.models import Delivery, Message
from zerentian.people.models import Account, Post, SignIn
from zerentian.places.models import Facility
from zerentian.results.actions import confirm, prepare, publish, reopen
from zerentian.rounds import photos as photo_files
from zerentian.rounds.correction_actions import propose_correction
from zerentian.rounds.models import Assignment, Flag, Inspection, Photo
from zerentian.server.demo_photos import drawn_photos
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import loop_of, self_check_standard_of
from zerentian.tickets.actions import Seen, open_ticket
from zerentian.tickets.guidance_actions import Answered, Facts, add_attendance, record_guidance
from zerentian.tickets.guidance_actions import add_photo as add_guidance_photo
from zerentian.tickets.guidance_models import Guidance
from zerentian.tickets.guidance_rules import Guest
from zerentian.tickets.intake_actions import create_sender, receive_event
from zerentian.tickets.models import BlindCheck, Extension, Proof, Ticket
from zerentian.tickets.proofs import add_proof
from zerentian.tickets.self_check_actions import submit_self_check
from zerentian.tickets.self_check_models import SelfCheck

EVERYBODY = set(PARTS)
SEE_PLACES = EVERYBODY - {"admin", "far_admin", "inspector", "other_inspector", "supervisor"}
SEE_STANDARDS = EVERYBODY - {"admin", "far_admin"}
OPERATORS = {"operator", "second_operator", "outsider"}
ADMINS = {"admin", "far_admin"}
OUR_OPERATORS = {"operator", "second_operator"}
INSPECTORS = {"inspector", "other_inspector"}
SEE_ROUNDS = OPERATORS | {"auditor", "dispatcher", "supervisor", "deputy", "leader"}
SEE_RESULTS = SEE_ROUNDS - {"supervisor"} | {"village", "neighbour", "property"}
SEE_DRAFT_RESULTS = OPERATORS | {"auditor", "deputy"}
CLOSERS = OUR_OPERATORS | {"deputy"}
SEE_INSPECTIONS = SEE_ROUNDS | {"village", "neighbour", "property"}
SEE_OUR_INSPECTION = SEE_INSPECTIONS - {"outsider", "neighbour"}
SEE_TICKETS = SEE_INSPECTIONS - {"supervisor"}
SEE_OUR_TICKET = SEE_TICKETS - {"outsider", "neighbour"}
DISPATCHERS = OUR_OPERATORS | {"dispatcher"}
VERIFIERS = OPERATORS | {"dispatcher", "village", "neighbour"}
CORRECTORS = OUR_OPERATORS | {"supervisor"}
REPORTERS = DISPATCHERS | {"deputy", "leader", "village"}
GUIDERS = OPERATORS | INSPECTORS | {"supervisor", "village", "neighbour"}
GUIDE_US = OUR_OPERATORS | INSPECTORS | {"supervisor"}
SEE_OUR_GUIDANCE = SEE_OUR_TICKET | INSPECTORS | {"supervisor"}

# address -> (method, who gets in for a thing of our own town); who is not named gets 403 or 404
MATRIX: dict[str, tuple[str, set[str]]] = {
    "desk:home": ("get", EVERYBODY),
    "desk:search": ("get", EVERYBODY),
    "desk:settings": ("get", ADMINS),
    "desk:ledger": ("get", {"auditor"}),
    "desk:event": ("get", {"auditor"}),
    "desk:verify_ledger": ("post", {"auditor"}),
    "documents:plates": ("get", SEE_PLACES - {"outsider", "neighbour"}),
    "documents:jobs": ("get", SEE_STANDARDS),
    "documents:ask_for_month": ("get", OUR_OPERATORS),
    "documents:ask_for_register": ("get", OPERATORS),
    "documents:ask_for_order": ("get", DISPATCHERS),
    "documents:ask_for_score_sheet": ("post", SEE_STANDARDS - {"outsider"}),
    "documents:file": ("get", {"operator"}),
    "documents:templates": ("get", OPERATORS),
    "documents:template": ("get", OPERATORS),
    "documents:preview": ("get", OPERATORS),
    "documents:take_back": ("post", OPERATORS),
    "messages:inbox": ("get", EVERYBODY),
    "messages:read_all": ("post", EVERYBODY),
    "messages:open": ("get", {"village"}),
    "messages:read_one": ("post", {"village"}),
    "messages:addresses": ("get", EVERYBODY),
    "messages:test_address": ("post", EVERYBODY),
    "messages:channels": ("get", ADMINS),
    "messages:channel": ("get", ADMINS),
    "messages:test_channel": ("post", ADMINS),
    "messages:deliveries": ("get", ADMINS),
    "messages:delivery": ("get", {"admin"}),
    "messages:retry": ("post", {"admin"}),
    "guidance:guidances": ("get", SEE_TICKETS | GUIDERS),
    "guidance:effects": ("get", SEE_TICKETS | GUIDERS),
    "guidance:new": ("get", GUIDERS),
    "guidance:find_sites": ("get", GUIDERS),
    "guidance:site_row": ("get", GUIDE_US | {"village"}),
    "guidance:guidance": ("get", SEE_OUR_GUIDANCE),
    "guidance:hold": ("post", GUIDE_US),
    "guidance:withdraw": ("post", GUIDE_US),
    "guidance:add_attendance": ("post", GUIDE_US),
    "guidance:import_attendance": ("post", GUIDE_US),
    "guidance:remove_attendance": ("post", GUIDE_US),
    "guidance:add_photo": ("post", GUIDE_US),
    "guidance:photo": ("get", SEE_OUR_GUIDANCE),
    "guidance:remove_photo": ("post", GUIDE_US),
    "guidance:sheet": ("get", GUIDE_US),
    "intake:find_site": ("get", REPORTERS | {"neighbour", "outsider"}),
    "intake:register": ("get", REPORTERS),
    "intake:import_list": ("get", DISPATCHERS | {"outsider"}),
    "intake:columns": ("get", DISPATCHERS),
    "intake:preview": ("get", DISPATCHERS),
    "intake:senders": ("get", DISPATCHERS | {"outsider"}),
    "intake:new_sender": ("get", DISPATCHERS | {"outsider"}),
    "intake:sender": ("get", DISPATCHERS),
    "intake:edit_sender": ("get", DISPATCHERS),
    "intake:renew_secret": ("post", DISPATCHERS),
    "intake:switch_sender": ("post", DISPATCHERS),
    "intake:forget_alias": ("post", DISPATCHERS),
    "intake:events": ("get", DISPATCHERS | {"outsider"}),
    "intake:event": ("get", DISPATCHERS),
    "self_checks:mine": ("get", SEE_TICKETS),
    "self_checks:check": ("get", {"village", "property"}),
    "self_checks:self_check": ("get", SEE_OUR_TICKET),
    "self_checks:photo": ("get", SEE_OUR_TICKET),
    "self_checks:board": ("get", SEE_TICKETS),
    "self_checks:sites": ("get", SEE_TICKETS),
    "self_checks:self_checks": ("get", SEE_TICKETS),
    "self_checks:problems": ("get", SEE_TICKETS),
    "self_checks:comparison": ("get", SEE_TICKETS),
    "people:sign_out": ("post", EVERYBODY),
    "people:password": ("get", EVERYBODY),
    "people:second_factor": ("get", EVERYBODY),
    "people:sessions": ("get", EVERYBODY),
    "people:end_session": ("post", {"admin"}),
    "people:accounts": ("get", ADMINS),
    "people:new_account": ("get", ADMINS),
    "people:account": ("get", {"admin"}),
    "people:change_account": ("get", {"admin"}),
    "people:reset_second_factor": ("get", {"admin"}),
    "people:new_post": ("get", {"admin"}),
    "people:reset_password": ("post", {"admin"}),
    "people:set_active": ("get", {"admin"}),
    "people:end_post": ("get", {"admin"}),
    "people:import_people": ("get", ADMINS),
    "people:organisation": ("get", {"admin"}),
    "people:organisations": ("get", ADMINS),
    "people:new_organisation": ("get", ADMINS),
    "places:map": ("get", SEE_PLACES),
    "places:map_sites": ("get", SEE_PLACES),
    "places:regions": ("get", SEE_PLACES),
    "places:new_region": ("get", OPERATORS),
    "places:region": ("get", OUR_OPERATORS),
    "places:new_facility": ("get", OUR_OPERATORS),
    "places:facility": ("get", OUR_OPERATORS),
    "places:remove_facility": ("post", OUR_OPERATORS),
    "places:sites": ("get", SEE_PLACES),
    "places:site": ("get", SEE_PLACES - {"outsider", "neighbour"}),
    "places:new_site": ("get", OPERATORS),
    "places:import_sites": ("get", OPERATORS),
    "places:edit_site": ("get", OUR_OPERATORS),
    "places:close_site": ("get", OUR_OPERATORS),
    "results:closings": ("get", SEE_RESULTS),
    "results:close": ("get", SEE_DRAFT_RESULTS - {"outsider"}),
    "results:preview_subject": ("get", SEE_DRAFT_RESULTS - {"outsider"}),
    "results:reopen": ("get", CLOSERS),
    "results:closing": ("get", SEE_RESULTS - {"outsider"}),
    "results:confirm": ("post", CLOSERS),
    "results:withdraw": ("post", CLOSERS),
    "results:publish": ("post", CLOSERS),
    "results:verify": ("post", SEE_DRAFT_RESULTS - {"outsider"}),
    "results:sites": ("get", SEE_RESULTS - {"outsider"}),
    "results:subject": ("get", SEE_RESULTS - {"outsider"}),
    "results:explanation": ("get", SEE_RESULTS - {"outsider"}),
    "results:site": ("get", SEE_RESULTS - {"outsider"}),
    "results:outside": ("get", CLOSERS | {"outsider"}),
    "results:import_outside": ("get", CLOSERS | {"outsider"}),
    "rounds:rounds": ("get", SEE_ROUNDS),
    "rounds:new_round": ("get", OPERATORS),
    "rounds:round": ("get", SEE_ROUNDS - {"outsider"}),
    "rounds:draw_round": ("get", OUR_OPERATORS),
    "rounds:draw_rechecks": ("post", OUR_OPERATORS),
    "rounds:plan": ("get", SEE_ROUNDS - {"outsider"}),
    "rounds:proof": ("get", SEE_STANDARDS - {"outsider"}),
    "rounds:assignment": ("get", SEE_ROUNDS - {"outsider"}),
    "rounds:reassign": ("get", OUR_OPERATORS),
    "rounds:sign_unreachable": ("post", CORRECTORS),
    "rounds:conflicts": ("get", OPERATORS),
    "rounds:new_conflict": ("get", OPERATORS),
    "rounds:today": ("get", INSPECTORS),
    "rounds:start": ("post", {"inspector"}),
    "rounds:unreachable": ("get", OUR_OPERATORS | {"inspector"}),
    "rounds:inspections": ("get", SEE_INSPECTIONS | INSPECTORS),
    "rounds:inspection": ("get", SEE_OUR_INSPECTION | {"inspector"}),
    "rounds:save": ("post", {"inspector"}),
    "rounds:submit": ("post", {"inspector"}),
    "rounds:add_photo": ("post", {"inspector"}),
    "rounds:correct": ("get", CORRECTORS | {"inspector"}),
    "rounds:corrections": ("get", SEE_ROUNDS | INSPECTORS),
    "rounds:standing": ("get", CORRECTORS),
    "rounds:flags": ("get", OPERATORS | {"supervisor"}),
    "rounds:flag": ("get", CORRECTORS),
    "rounds:flag_earlier": ("get", CORRECTORS),
    "reception:held": ("get", OPERATORS | {"supervisor"}),
    "reception:held_report": ("get", CORRECTORS),
    "reception:held_photo": ("get", CORRECTORS),
    "reception:devices": ("get", OPERATORS | {"supervisor"}),
    "reception:orphans": ("get", OPERATORS | {"supervisor"}),
    "reception:orphan": ("get", CORRECTORS),
    "reception:import_queue": ("get", OPERATORS | {"supervisor"}),
    "rounds:decide": ("get", SEE_OUR_INSPECTION | {"inspector"}),
    "rounds:photo": ("get", SEE_OUR_INSPECTION | {"inspector"}),
    "rounds:original": ("get", CORRECTORS | {"auditor"}),
    "rounds:remove_photo": ("post", {"inspector"}),
    "tickets:board": ("get", SEE_TICKETS),
    "tickets:tickets": ("get", SEE_TICKETS),
    "tickets:ticket": ("get", SEE_OUR_TICKET),
    "tickets:photo": ("get", SEE_OUR_TICKET),
    "tickets:move": ("post", {"property"}),
    "tickets:add_photo": ("post", {"property"}),
    "tickets:remove_photo": ("post", {"property"}),
    "tickets:ask_for_extension": ("post", {"property"}),
    "tickets:decide_extension": ("post", DISPATCHERS),
    "tickets:checks": ("get", DISPATCHERS | {"outsider"}),
    "tickets:draw_checks": ("get", DISPATCHERS | {"outsider"}),
    "tickets:settle_check": ("post", DISPATCHERS),
    "shop:codes": ("get", VERIFIERS),
    "shop:code": ("get", VERIFIERS - {"outsider", "neighbour"}),
    "shop:end_code": ("post", VERIFIERS - {"outsider", "neighbour"}),
    "standards:versions": ("get", SEE_STANDARDS),
    "standards:version": ("get", SEE_STANDARDS - {"outsider"}),
    "standards:new_version": ("get", OPERATORS),
    "standards:changes": ("get", SEE_STANDARDS - {"outsider"}),
    "standards:sheet": ("get", SEE_STANDARDS - {"outsider"}),
    "standards:new_text": ("get", OPERATORS),
    "standards:edit_facts": ("get", OUR_OPERATORS),
    "standards:edit_section": ("get", OUR_OPERATORS),
    "standards:edit_clause": ("get", OUR_OPERATORS),
    "standards:arrange": ("post", OUR_OPERATORS),
    "standards:discard": ("post", OUR_OPERATORS),
    "standards:edit": ("get", OUR_OPERATORS),
    "standards:import_sheet": ("get", OPERATORS),
    "standards:preview": ("post", OPERATORS),
    "standards:trial": ("get", SEE_STANDARDS - {"outsider"}),
    "standards:publish": ("post", OUR_OPERATORS),
}
PUBLIC = {"people:sign_in", "shop:entry", "shop:ticket", "shop:photo", "shop:leave"}
IDS = (
    "event_id", "account_id", "post_id", "sign_in_id", "site_id", "version_id", "round_id", "draw_id",
    "assignment_id", "inspection_id", "photo_id", "correction_id",
    "closing_id", "job_id", "organisation_id", "facility_id", "flag_id", "held_id", "upload_id",
    "ticket_id", "proof_id", "extension_id", "check_id",
    "message_id", "delivery_id",
    "sender_id", "device_event_id", "guidance_id", "attendance_id", "guidance_photo_id",
    "self_check_id", "self_check_photo_id",
)  # fmt: skip


TICKET_ADDRESSES: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "tickets:move": lambda things: {"name": "return"},
    "tickets:photo": lambda things: {"photo_id": things["proof_id"]},
    "tickets:add_photo": lambda things: {"kind": "after"},
}


def addresses() -> set[str]:
    names = set()

    def walk(patterns: list[URLPattern | URLResolver], prefix: str = "") -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{pattern.namespace}:" if pattern.namespace else prefix
                walk(pattern.url_patterns, inner)
            else:
                names.add(prefix + str(pattern.name))

    walk(get_resolver().url_patterns)
    return names


def test_no_address_is_missing_from_the_matrix() -> None:
    of_pages = {name for name in addresses() if not name.startswith("field:")}  # see field/tests/test_api.py
    assert of_pages == set(MATRIX) | PUBLIC


@pytest.fixture
def things(cast: Cast) -> dict[str, object]:
    """A thing of our own town for each kind of id."""
    event = Event.objects.create(
        town=TOWN, kind="site.created", actor_name="x", subject_type="site", subject="1"
    )
    village = Account.objects.create(login="somebody", name="某人")
    place = cast.organisations["village"]
    Post.objects.create(account=village, role="committee", organisation=place, region=VILLAGE)
    session = SignIn.objects.create(account=village, session="k" * 32)
    message = Message.objects.create(
        account=cast.village, key="x", kind="todo", title="东村一期待整改", url="/places/sites"
    )
    delivery = Delivery.objects.create(
        message=message, channel="email", town=TOWN, key="x", kind="todo", title=message.title, url="/x",
        state="gave_up",
    )  # fmt: skip
    sender = create_sender(cast.person("operator"), TOWN, "智能监控", "device")
    told, _ = receive_event(sender, {"id": "1", "site": "某处"})
    return inspected(cast) | {
        "sender_id": sender.pk,
        "device_event_id": told.pk,
        "event_id": event.pk,
        "message_id": message.pk,
        "delivery_id": delivery.pk,
        "channel": "email",
        "account_id": village.pk,
        "post_id": village.posts.get().pk,
        "sign_in_id": session.pk,
        "site_id": cast.sites["own"].pk,
        "version_id": RuleVersion.objects.get(kind="standard").pk,
        "region_code": VILLAGE,
    }


def inspected(cast: Cast) -> dict[str, object]:
    """A round in which our inspector visited our compound."""
    round_ = drawn_round(cast)
    task = round_.assignments.get(site=cast.sites["own"])
    Assignment.objects.filter(pk=task.pk).update(inspector=cast.inspector)
    task.refresh_from_db()
    done = inspect(cast, task, POOR)
    photo = Photo.objects.create(
        inspection=done, slot="a", sha256="0" * 64, size=1, content_type="image/jpeg", width=1, height=1
    )
    flag = Flag.objects.create(inspection=done, kind="like_photo", detail="相似", photo=photo, earlier=photo)
    Inspection.objects.update(examined=at(LAST))
    held, upload = kept_of(cast, task)
    closing = prepare(cast.person("operator"), round_, "一处未能检查")
    confirm(cast.person("deputy"), closing)
    publish(cast.person("operator"), closing)
    reopen(cast.person("operator"), round_, "更正")
    correction = propose_correction(cast.person("inspector"), done, {"bins": "yes"}, "误点")
    ticket, proof = ticket_of(cast, done)
    given = guidance_of(cast, ticket)
    own_check = self_check_of(cast)
    job = Job.objects.create(
        kind="register", title="台账", asked_by=cast.operator, state="done", files=["台账.xlsx"]
    )
    folder_of_job(job).mkdir(parents=True)
    (folder_of_job(job) / "台账.xlsx").write_bytes(b"x")
    return {
        "organisation_id": cast.organisations["village"].pk,
        "facility_id": Facility.objects.create(site=cast.sites["own"], kind="waste_room", name="厢房").pk,
        "job_id": job.pk,
        "name": "bulletin.docx",
        "flag_id": flag.pk,
        "held_id": held.pk,
        "upload_id": upload.pk,
        "round_id": round_.pk,
        "draw_id": round_.draws.get().pk,
        "assignment_id": task.pk,
        "inspection_id": done.pk,
        "photo_id": photo.pk,
        "correction_id": correction.pk,
        "closing_id": closing.pk,
        "ticket_id": ticket.pk,
        "self_check_id": own_check.pk,
        "self_check_photo_id": own_check.photos.get().pk,
        "proof_id": proof.pk,
        "extension_id": ticket.extension_requests.get().pk,
        "check_id": ticket.blind_checks.get().pk,
        "guidance_id": given.pk,
        "attendance_id": given.attendances.get().pk,
        "guidance_photo_id": given.photos.get().pk,
        "subject_result_id": closing.subject_results.get(subject=VILLAGE).pk,
        "site_result_id": closing.site_results.get(site=cast.sites["own"]).pk,
    }


def ticket_of(cast: Cast, done: Inspection) -> tuple[Ticket, Proof]:
    """What our visit found, with the property company, which asks for more time; drawn for a blind check."""
    with clock.set_to(at(LAST, 18)):
        loop = loop_of(TOWN, "2023-10")
        found = [Seen("容器不全", done.started, "bins", "否", done)]
        ticket = open_ticket(cast.person("operator"), done.site, "town", loop.class_of("bins"), found)
        (filed,) = [photo_files.file_photo(content) for content in drawn_photos(1)]
        proof = add_proof(cast.person("property"), ticket, "after", filed)
    Extension.objects.create(ticket=ticket, until=at(LAST, 20), reason="定制", asked_by=cast.property)
    BlindCheck.objects.create(ticket=ticket, month="2023-10", root="0" * 64)
    return ticket, proof


def guidance_of(cast: Cast, ticket: Ticket) -> Guidance:
    """What our inspector showed at our compound, with a guest and a photo."""
    with clock.set_to(at(LAST, 19)):
        by = cast.person("inspector")
        facts = Facts("visit", "现场指导", at(LAST, 18, 30), "现场", "已示范")
        given = record_guidance(by, facts, [Answered(ticket.site, ("bins",), ticket)])
        add_attendance(by, given, Guest("张三"))
        (content,) = drawn_photos(1)
        add_guidance_photo(by, given, content)
    return given


def self_check_of(cast: Cast) -> SelfCheck:
    """Our village looked at our compound itself, and took a photo."""
    sheet = self_check_standard_of(TOWN, "2023-10").standard
    (filed,) = [photo_files.file_photo(content) for content in drawn_photos(1)]
    answers, photos = {one.id: "n/a" for one in sheet.clauses}, {sheet.clauses[0].id: [filed]}
    with clock.set_to(at(LAST, 19)):
        return submit_self_check(cast.person("village"), uuid4(), cast.sites["own"], answers, photos)


def kept_of(cast: Cast, task: Assignment) -> tuple[HeldReport, Upload]:
    """What our inspector's phone sent and found no place."""
    photo = {"slot": "a", "sha256": "0" * 64}
    body = {"task": str(task.pk), "started": "2023-10-16T09:00:00+08:00", "answers": {}, "photos": [photo]}
    held = HeldReport.objects.create(
        inspection=uuid4(), account=cast.inspector, town=TOWN, device="phone-0001", why="not_fitting",
        digest="0" * 64, body=json.dumps(body),
    )  # fmt: skip
    orphan = Upload.objects.create(account=cast.inspector, sha256="1" * 64, size=1, begun=at(FIRST))
    return held, orphan


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_the_matrix_holds(cast: Cast, things: dict[str, object], name: str) -> None:
    if name == "standards:publish":
        RuleVersion.objects.filter(pk=things["version_id"]).update(published=None)
    method, allowed = MATRIX[name]
    for who in PARTS:
        client = cast.client(who)
        with transaction.atomic():  # whoever came before leaves everything as it was
            response = getattr(client, method)(address(name, things))
            transaction.set_rollback(True)
        inside = response.status_code in (200, 302, 422)
        assert inside == (who in allowed), f"{who} {method} {name}: {response.status_code}"
        if not inside:
            assert response.status_code in (403, 404)
            assert "东村一期" not in response.content.decode()


def address(name: str, things: dict[str, object]) -> str:
    from django.urls import NoReverseMatch

    if name in TICKET_ADDRESSES:
        return reverse(name, kwargs={"ticket_id": things["ticket_id"], **TICKET_ADDRESSES[name](things)})
    if name in ("intake:columns", "intake:preview"):
        return reverse(name, kwargs={"sender_id": things["sender_id"], "kept": f"{uuid4()}.xlsx"})
    if name == "reception:held_photo":
        return reverse(name, kwargs={"held_id": things["held_id"], "number": 0})
    if name in ("shop:ticket", "shop:photo"):
        ids = {"site_id": things["site_id"], "ticket_id": uuid4()}
        return reverse(name, kwargs=ids | ({"photo_id": uuid4()} if name == "shop:photo" else {}))
    if name == "documents:file":
        return reverse(name, kwargs={"job_id": things["job_id"], "number": 0})
    if name == "results:preview_subject":
        return reverse(name, kwargs={"round_id": things["round_id"], "subject": VILLAGE})
    try:
        return reverse(name)
    except NoReverseMatch:
        for key, value in things.items():
            try:
                return reverse(name, kwargs={key: value})
            except NoReverseMatch:
                continue
        raise


def test_every_page_says_in_a_sentence_what_it_is_for(cast: Cast, things: dict[str, object]) -> None:
    without = []
    for name, (method, allowed) in sorted(MATRIX.items()):
        response = cast.client(sorted(allowed)[0]).get(address(name, things)) if method == "get" else None
        is_page = response is not None and response.status_code == 200 and b"<main" in response.getvalue()
        if is_page and b"page-help" not in response.getvalue():
            without.append(name)
    assert not without, ", ".join(without)


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_nobody_gets_in_without_signing_in(db: None, client, name: str) -> None:
    path = address(
        name,
        {key: uuid4() for key in IDS}
        | {"subject_result_id": 1, "site_result_id": 1, "name": "x.docx"}
        | {"region_code": VILLAGE, "channel": "email"},
    )
    response = getattr(client, MATRIX[name][0])(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/people/sign-in")


@pytest.mark.parametrize("name", sorted(set(MATRIX) | PUBLIC))
def test_no_address_takes_a_form_that_is_not_ours(cast: Cast, things: dict[str, object], name: str) -> None:
    """CSRF: signed in and entitled, but without the token of our own page (trust.md T59)."""
    who = sorted(MATRIX.get(name, ("post", EVERYBODY))[1])[0]
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.accounts[who], "django.contrib.auth.backends.ModelBackend")
    upload = {"table": SimpleUploadedFile("x.csv", b"x"), "reason": "x", "kept": "x"}
    forged = {"Origin": "https://evil.example"}
    for headers in ({}, forged):
        before = Event.objects.count()
        response = client.post(address(name, things), upload, headers=headers)
        assert response.status_code == 403, f"{who} {name}"
        assert "页面已过期" in response.content.decode()
        assert Event.objects.count() == before
    assert client.get("/").status_code == 200


def test_a_far_town_sees_no_site_of_ours(cast: Cast) -> None:
    assert OTHER_TOWN != TOWN
    page = cast.client("outsider").get("/places/sites").content.decode()
    assert "远村小区" in page
    assert "东村一期" not in page
