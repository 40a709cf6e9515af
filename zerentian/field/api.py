"""The API. Success is only what our own envelope says: any other answer means "keep it and try again"."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django_otp.plugins.otp_totp.models import TOTPDevice
from ninja import NinjaAPI, Path, Status
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as ShapeError

from zerentian.core import clock
from zerentian.core.problems import Problem, ProblemsFound, problem
from zerentian.evaluation.standard import Standard
from zerentian.field import actions, reception_actions, uploads
from zerentian.field.callers import (
    REFUSALS,
    AnyToken,
    Token,
    caller,
    now,
    person,
    require_work,
    token_of,
    work_of,
)
from zerentian.field.models import HeldReport
from zerentian.field.reports import Sent
from zerentian.field.schemas import (
    EVENT_REQUEST,
    ConflictOut,
    CorrectionIn,
    CorrectionOut,
    EventOut,
    HeldOut,
    PartOut,
    PhotoOut,
    PlateCode,
    ProblemsOut,
    QueueIn,
    QueueOut,
    ReceiptOut,
    RefusedOut,
    ReportIn,
    Sha256,
    SignInIn,
    SiteFoundOut,
    StandardOut,
    TasksOut,
    TokenOut,
)
from zerentian.field.signatures import is_signed
from zerentian.field.site_words import site_words
from zerentian.field.texts import KeepableParser, read_json
from zerentian.field.ticket_api import tickets
from zerentian.people.middleware import needs_second_factor
from zerentian.people.models import Account, TownSettings
from zerentian.people.rules import Right, Role
from zerentian.places.models import Site
from zerentian.rounds import correction_actions
from zerentian.rounds.models import Assignment, Inspection, Round
from zerentian.rounds.photos import LARGEST, find
from zerentian.rounds.queries import tasks_of_today
from zerentian.rounds.report_actions import NotThere, OtherReport
from zerentian.standards.actions import read_rule
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import standards_of
from zerentian.tickets.intake_actions import receive_event
from zerentian.tickets.intake_models import Sender

MOST_OF_EVENT = 64 * 1024
_REFUSALS = {**REFUSALS, 422: ProblemsOut}

api = NinjaAPI(
    title="责任田现场接口", version="1", urls_namespace="field", docs_url=None, openapi_url="/openapi.json",
    auth=Token(), parser=KeepableParser(),
)  # fmt: skip


@api.post("/sign-in", auth=None, response={200: TokenOut, 429: RefusedOut, **_REFUSALS}, url_name="sign_in")
def sign_in(request: HttpRequest, sent: SignInIn) -> Any:
    """A token for this device. Too many failures lock the account for this address, as on the page."""
    account = authenticate(request, username=sent.login.strip().lower(), password=sent.password)
    if account is None or actions.is_over(account):
        raise AuthenticationError(message="登录名或密码不正确。")
    if account.must_change_password:
        raise AuthenticationError(message="请先在网页上修改初始密码。")
    if needs_second_factor(account) and not _code_holds(account, sent.code):
        raise AuthenticationError(message="动态口令不正确。")
    token = actions.issue_token(person(request, account), sent.device)
    posts = "、".join(Role(post.role).label for post in account.current_posts)
    told = {"token": token, "account": account.pk, "name": account.name, "post": posts}
    return {**told, "work": work_of(account), **now(account)}


@api.delete("/token", response={204: None, **_REFUSALS}, url_name="sign_out")
def sign_out(request: HttpRequest) -> Any:
    """End this device's token."""
    actions.end_token(caller(request), token_of(request))
    return Status(204, None)


@api.get("/tasks", response={200: TasksOut, **_REFUSALS}, url_name="tasks")
def tasks(request: HttpRequest) -> Any:
    """The visits of today and those left over, in the order of the route; none for who does not inspect."""
    by = caller(request)
    require_work(by.acting)
    mine = Assignment.objects.visible_to(by.acting).filter(inspector=by.acting)
    found = list(tasks_of_today(mine))
    rules = {
        (one.town, one.month): standards_of(one.town, one.month) for one in {task.round for task in found}
    }
    settings = TownSettings.objects.filter(town=by.acting.town).first() or TownSettings()
    device = token_of(request).device
    return {
        **now(by.acting),
        "work": work_of(by.acting),
        "tasks": [_task(one, rules[one.round.town, one.round.month]) for one in found],
        "photo_rule": settings.photo_rule,
        "phrases": [line.strip() for line in settings.phrases.splitlines() if line.strip()],
        "reports": actions.came_of(by.acting, device),
        "lost": actions.owed(by.acting, device),
    }


@api.post("/queue", response={200: QueueOut, **_REFUSALS}, url_name="queue")
def queue(request: HttpRequest, sent: QueueIn) -> Any:
    """What a phone still holds; told back how much of it came, and what other phones owe."""
    by, device = caller(request), token_of(request).device
    require_work(by.acting)
    actions.note_queue(by.acting, device, sent.made, sent.waiting, sent.photos)
    came, lost = actions.came_of(by.acting, device), actions.owed(by.acting, device)
    return {**now(by.acting), "reports": came, "lost": lost}


@api.get("/sites/by-code/{code}", response={200: SiteFoundOut, **_REFUSALS}, url_name="site_by_code")
def site_by_code(request: HttpRequest, code: Path[PlateCode]) -> Any:
    """A site of one's towns by its plate: its code, or the id in the plate's address."""
    by = caller(request)
    by.require(Right.INSPECT)
    named = Q(code=code) | Q(pk=code) if _is_uuid(code) else Q(code=code)
    sites = Site.objects.filter(named, town__in=by.acting.towns, is_active=True).select_related("region")
    site = get_object_or_404(sites.order_by("town"))
    month = clock.this_month()
    rule = standards_of(site.town, month).get(site.kind)
    rounds = Round.objects.filter(town=site.town, month=month, state=Round.State.OPEN)
    return {
        "site": site_words(site),
        "standard": rule and rule.pk,
        "round": rounds.values_list("pk", flat=True).first(),
    }


@api.get("/standards/{version_id}", response={200: StandardOut, **_REFUSALS}, url_name="standard")
def standard(request: HttpRequest, version_id: UUID) -> Any:
    """A published standard."""
    versions = RuleVersion.objects.visible_to(caller(request).acting)
    found = get_object_or_404(versions, pk=version_id, kind=RuleVersion.Kind.STANDARD)
    return {"id": found.pk, "standard": cast(Standard, read_rule(found.kind, found.text))}


@api.put(
    "/photos/{sha256}",
    response={200: PhotoOut, 202: PartOut, 409: PartOut, 413: RefusedOut, 429: RefusedOut, **_REFUSALS},
    url_name="photo",
    auth=AnyToken(),
)
def photo(request: HttpRequest, sha256: Path[Sha256]) -> Any:
    """The bytes of a photo under their SHA-256, or with Content-Range a part of them; again changes nothing.

    200: safe. 202: so many bytes are here, go on from there. 409: the part does not begin where they end.
    """
    _require_sender(request)
    length = int(request.headers.get("Content-Length") or 0)
    if length > LARGEST:
        return Status(
            413, {"accepted": False, "message": f"照片 {sha256[:8]} 超过上限 {LARGEST // 1024 // 1024} MB"}
        )
    content = request.read()
    part = uploads.Part.of(request.headers.get("Content-Range", ""), len(content))
    try:
        done = uploads.take_part(token_of(request).account, sha256, part, content)
    except uploads.TooMuch:
        message = f"今天上传的照片已达上限（{uploads.MOST_A_DAY} 张），其余请明天再传"
        return Status(429, {"accepted": False, "message": message})
    if isinstance(done, int):
        told = {"sha256": sha256, "arrived": done, "size": part.total}
        return Status(202 if done == part.end else 409, told)
    # As it is: what is made here needs no second look against the schema.
    told = {"sha256": sha256, "size": done.size, "width": done.width, "height": done.height}
    return api.create_response(request, {"accepted": True, **told}, status=200)


@api.get("/photos/{sha256}", response={200: PhotoOut, 202: PartOut, **_REFUSALS}, url_name="photo_status")
def photo_status(request: HttpRequest, sha256: Path[Sha256]) -> Any:
    """Whether a photo is safe, or how many of its bytes are here."""
    _require_sender(request)
    found = find(sha256)
    if found is None:
        return Status(
            202, {"sha256": sha256, "arrived": uploads.arrived(token_of(request).account, sha256), "size": 0}
        )
    return {"sha256": found.sha256, "size": found.size, "width": found.width, "height": found.height}


@api.put(
    "/inspections/{inspection_id}",
    response={200: ReceiptOut, 201: ReceiptOut, 202: HeldOut, 409: ConflictOut, **_REFUSALS},
    url_name="inspection",
    auth=AnyToken(),
)
def report(request: HttpRequest, inspection_id: UUID, sent: ReportIn) -> Any:
    """A whole visit, under the id the phone gave it.

    201: accepted. 200: the same report was accepted before. 202: safe, but a person must decide about it.
    409: the id is taken by another report; both are kept. 422: not a report, nothing is saved.
    """
    _require_sender(request, "inspections")
    by, token = caller(request), token_of(request)
    come = Sent.of(token.account, token.device, sent, request.body)
    try:
        made, is_new = reception_actions.receive(by, inspection_id, come, token)
    except OtherReport as taken:
        reception_actions.hold(by, inspection_id, come, HeldReport.Why.OTHER_BYTES, [])
        message = "这个编号已有另一份检查；两份都已保存，由主管处理。"
        return Status(409, {"id": inspection_id, "receipt": _receipt(taken.known), "message": message})
    except NotThere as error:
        raise Http404 from error
    if isinstance(made, HeldReport):
        return Status(202, _held(made))
    if not is_new:
        return _accepted(made)
    # Photos whose bytes are here have been joined: what is awaited needs no question to the database.
    awaited = [one.sha256 for one in sent.photos if made.photos_awaited and find(one.sha256) is None]
    counts = {"answers": len(sent.answers), "photos": len(sent.photos), "awaited": awaited}
    return api.create_response(request, {"accepted": True, **_accepted(made, counts)}, status=201)


@api.get("/inspections/{inspection_id}", response={200: ReceiptOut, **_REFUSALS}, url_name="receipt")
def receipt(request: HttpRequest, inspection_id: UUID) -> Any:
    """Whether a report of one's own is safe."""
    mine = Inspection.objects.filter(inspector=caller(request).acting).exclude(state=Inspection.State.DRAFT)
    return _accepted(get_object_or_404(mine, pk=inspection_id))


@api.post(
    "/inspections/{inspection_id}/corrections",
    response={201: CorrectionOut, **_REFUSALS},
    url_name="corrections",
)
def correction(request: HttpRequest, inspection_id: UUID, sent: CorrectionIn) -> Any:
    """Propose other answers; refused when the version they were made on is no longer the one in force."""
    by = caller(request)
    found = get_object_or_404(Inspection.objects.visible_to(by.acting), pk=inspection_id)
    if found.number != sent.replaces:
        raise problem("correction.stale", value=sent.replaces, current=found.number)
    made = correction_actions.propose_correction(by, found, sent.values, sent.reason)
    return Status(201, {"id": made.pk, "state": made.state})


@api.post(
    "/events/{sender_id}",
    auth=None,
    response={
        200: EventOut,
        201: EventOut,
        202: EventOut,
        401: RefusedOut,
        413: RefusedOut,
        422: ProblemsOut,
    },
    url_name="event",
    openapi_extra=EVENT_REQUEST,
)
def event(request: HttpRequest, sender_id: UUID) -> Any:
    """What a video, weighing or other system saw, signed with its sender's secret; each of its ids once.

    201: a ticket has it. 202: kept, but a person must say of which site it is. 200: it came before.
    """
    body = request.read(MOST_OF_EVENT + 1)
    if len(body) > MOST_OF_EVENT:
        message = f"内容超过上限 {MOST_OF_EVENT // 1024} KB"
        return Status(413, {"accepted": False, "message": message})
    sender = Sender.objects.filter(pk=sender_id, is_active=True, source="device").first()
    headers = request.headers
    stamp, given = headers.get("X-Timestamp", ""), headers.get("X-Signature", "")
    if sender is None or not is_signed(sender.secret, stamp, body, given, clock.now()):
        raise AuthenticationError(message="来源未登记、已停用，或签名、时间戳不对。")
    try:
        read = read_json(body)
    except ValueError as error:
        raise problem("intake.event_shape", reason="正文应为 JSON") from error
    kept, is_new = receive_event(sender, read)
    told = {
        "id": kept.pk, "event": kept.event, "state": kept.state, "server_time": clock.now(),
        "ticket": kept.ticket.number if kept.ticket else None,
    }  # fmt: skip
    if not is_new:
        return told
    return Status(201 if kept.ticket else 202, told)


api.add_router("", tickets)


@api.exception_handler(ProblemsFound)
def _problems(request: HttpRequest, found: ProblemsFound) -> HttpResponse:
    told = [_told(one) for one in found.problems]
    return api.create_response(request, {"accepted": False, "problems": told}, status=422)


@api.exception_handler(ShapeError)
def _shape(request: HttpRequest, found: ShapeError) -> HttpResponse:
    told = [
        {
            "code": "api.shape",
            "place": ".".join(str(part) for part in one["loc"][2:]),
            "message": str(one["msg"]),
        }
        for one in found.errors
    ]
    return api.create_response(request, {"accepted": False, "problems": told}, status=422)


@api.exception_handler(HttpError)
def _malformed(request: HttpRequest, found: HttpError) -> HttpResponse:
    told = [{"code": "api.shape", "place": "", "message": str(found)}]
    return api.create_response(request, {"accepted": False, "problems": told}, status=422)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, found: AuthenticationError) -> HttpResponse:
    message = found.message if found.message != "Unauthorized" else "请重新登录。"
    return api.create_response(request, {"accepted": False, "message": message}, status=401)


@api.exception_handler(PermissionDenied)
def _forbidden(request: HttpRequest, found: PermissionDenied) -> HttpResponse:
    return api.create_response(request, {"accepted": False, "message": "没有权限。"}, status=403)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, found: Http404) -> HttpResponse:
    message = "内容不存在，或不在您的范围内。"
    return api.create_response(request, {"accepted": False, "message": message}, status=404)


def _told(one: Problem) -> dict[str, str]:
    return {"code": one.code, "place": one.place, "message": one.message}


def _code_holds(account: Account, code: str) -> bool:
    device = TOTPDevice.objects.filter(user=account, confirmed=True).first()
    return bool(device and device.verify_is_allowed()[0] and device.verify_token(code))


def _require_sender(request: HttpRequest, work: str = "") -> None:
    """Sent by who does this work, or any; of an ended token, by who did."""
    if token_of(request).is_live:
        require_work(token_of(request).account, work)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _task(one: Assignment, rules: dict[str, RuleVersion]) -> dict[str, object]:
    return {
        "id": one.pk, "day": one.day, "position": one.position, "arrival": one.arrival,
        "is_recheck": one.is_recheck, "state": one.state, "standard": rules[one.site.kind].pk,
        "site": site_words(one.site),
    }  # fmt: skip


def _accepted(made: Inspection, counts: dict[str, object] | None = None) -> dict[str, object]:
    known = counts or {
        "answers": made.observations.count(), "photos": made.photos.count(), "awaited": _awaited(made),
    }  # fmt: skip
    return {
        "id": made.pk, "receipt": _receipt(made), "standing": made.standing, "score": made.score,
        "server_time": clock.now(), **known,
    }  # fmt: skip


def _awaited(made: Inspection) -> list[str]:
    if not made.photos_awaited:
        return []
    return list(made.photos.filter(received=None).values_list("sha256", flat=True))


def _held(kept: HeldReport) -> dict[str, object]:
    return {
        "id": kept.inspection, "receipt": actions.digest(f"{kept.inspection}|{kept.digest}|{kept.pk}"),
        "why": kept.why, "problems": kept.problems, "server_time": clock.now(),
    }  # fmt: skip


def _receipt(made: Inspection) -> str:
    return actions.digest(f"{made.pk}|{made.report}|{made.fingerprint}")
