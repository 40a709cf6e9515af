"""The API. Success is only what our own envelope says: any other answer means "keep it and try again"."""

from __future__ import annotations

import hashlib
from typing import Any, cast
from uuid import UUID

from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django_otp.plugins.otp_totp.models import TOTPDevice
from ninja import NinjaAPI, Status
from ninja.errors import AuthenticationError
from ninja.errors import ValidationError as ShapeError
from ninja.security import HttpBearer

from zerentian.core import clock
from zerentian.core.problems import Problem, ProblemsFound, problem
from zerentian.evaluation.standard import Standard
from zerentian.field import actions
from zerentian.field.models import DeviceToken
from zerentian.field.schemas import (
    ConflictOut,
    CorrectionIn,
    CorrectionOut,
    PhotoOut,
    ProblemsOut,
    ReceiptOut,
    RefusedOut,
    ReportIn,
    SignInIn,
    StandardOut,
    TasksOut,
    TokenOut,
)
from zerentian.pages.addresses import client_address
from zerentian.people.middleware import needs_second_factor
from zerentian.people.models import Account
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.rounds import correction_actions, photos, visit_actions
from zerentian.rounds.models import Assignment, Inspection
from zerentian.rounds.queries import tasks_of_today
from zerentian.standards.actions import read_rule
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import standards_of

_REFUSALS = {401: RefusedOut, 403: RefusedOut, 404: RefusedOut, 422: ProblemsOut}


class _Token(HttpBearer):
    """A token, and the device it is bound to in X-Device."""

    def authenticate(self, request: HttpRequest, token: str) -> DeviceToken | None:
        return actions.live_token(token, request.headers.get("X-Device", ""))


api = NinjaAPI(
    title="责任田现场接口", version="1", urls_namespace="field", docs_url=None, openapi_url="/openapi.json",
    auth=_Token(),
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
    token = actions.issue_token(_person(request, account), sent.device)
    return {"token": token, "name": account.name, "server_time": clock.now()}


@api.delete("/token", response={204: None, **_REFUSALS}, url_name="sign_out")
def sign_out(request: HttpRequest) -> Any:
    """End this device's token."""
    actions.end_token(_caller(request), _token(request))
    return Status(204, None)


@api.get("/tasks", response={200: TasksOut, **_REFUSALS}, url_name="tasks")
def tasks(request: HttpRequest) -> Any:
    """The visits of today and those left over, in the order of the route."""
    by = _caller(request)
    by.require(Right.INSPECT)
    mine = Assignment.objects.visible_to(by.acting).filter(inspector=by.acting)
    found = list(tasks_of_today(mine))
    rules = {
        (one.town, one.month): standards_of(one.town, one.month) for one in {task.round for task in found}
    }
    return {
        "server_time": clock.now(),
        "tasks": [_task(one, rules[one.round.town, one.round.month]) for one in found],
    }


@api.get("/standards/{version_id}", response={200: StandardOut, **_REFUSALS}, url_name="standard")
def standard(request: HttpRequest, version_id: UUID) -> Any:
    """A published standard."""
    versions = RuleVersion.objects.visible_to(_caller(request).acting)
    found = get_object_or_404(versions, pk=version_id, kind=RuleVersion.Kind.STANDARD)
    return {"id": found.pk, "standard": cast(Standard, read_rule(found.kind, found.text))}


@api.put("/photos/{sha256}", response={200: PhotoOut, **_REFUSALS}, url_name="photo")
def photo(request: HttpRequest, sha256: str) -> Any:
    """The bytes of a photo under their SHA-256; sending them again changes nothing."""
    _caller(request).require(Right.INSPECT)
    content = request.body
    if hashlib.sha256(content).hexdigest() != sha256:
        raise problem("photo.other_bytes", value=sha256)
    filed = photos.file_photo(content)
    return {"sha256": filed.sha256, "size": filed.size, "width": filed.width, "height": filed.height}


@api.put(
    "/inspections/{inspection_id}",
    response={200: ReceiptOut, 201: ReceiptOut, 409: ConflictOut, **_REFUSALS},
    url_name="inspection",
)
def report(request: HttpRequest, inspection_id: UUID, sent: ReportIn) -> Any:
    """A whole visit, under the id the phone gave it.

    201: accepted. 200: the same report was accepted before. 409: the id is taken by another report; both are
    kept. 422: told what is wrong, nothing is saved.
    """
    by = _caller(request)
    mine = Assignment.objects.visible_to(by.acting).filter(inspector=by.acting)
    task = get_object_or_404(mine, pk=sent.task)
    body = sent.model_dump_json()
    existed = Inspection.objects.filter(pk=inspection_id).exists()
    try:
        made = visit_actions.file_visit(by, inspection_id, task, _report(sent, actions.digest(body)))
    except visit_actions.OtherReport as taken:
        actions.keep_other_report(by, taken.known, _token(request).device, body)
        return Status(
            409,
            {
                "id": inspection_id, "receipt": _receipt(taken.known),
                "message": "这个编号已有另一份检查；两份都已保存，由主管处理。",
            },
        )  # fmt: skip
    return Status(200 if existed else 201, _accepted(made))


@api.get("/inspections/{inspection_id}", response={200: ReceiptOut, **_REFUSALS}, url_name="receipt")
def receipt(request: HttpRequest, inspection_id: UUID) -> Any:
    """Whether a report of one's own is safe."""
    mine = Inspection.objects.filter(inspector=_caller(request).acting).exclude(state=Inspection.State.DRAFT)
    return _accepted(get_object_or_404(mine, pk=inspection_id))


@api.post(
    "/inspections/{inspection_id}/corrections",
    response={201: CorrectionOut, **_REFUSALS},
    url_name="corrections",
)
def correction(request: HttpRequest, inspection_id: UUID, sent: CorrectionIn) -> Any:
    """Propose other answers; refused when the version they were made on is no longer the one in force."""
    by = _caller(request)
    found = get_object_or_404(Inspection.objects.visible_to(by.acting), pk=inspection_id)
    if found.number != sent.replaces:
        raise problem("correction.stale", value=sent.replaces, current=found.number)
    made = correction_actions.propose_correction(by, found, sent.values, sent.reason)
    return Status(201, {"id": made.pk, "state": made.state})


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


def _token(request: HttpRequest) -> DeviceToken:
    return cast(DeviceToken, request.auth)  # type: ignore[attr-defined]


def _caller(request: HttpRequest) -> Person:
    return _person(request, _token(request).account)


def _person(request: HttpRequest, account: Account) -> Person:
    request_id = getattr(request, "request_id", "")
    return Person(account.id, account.name, request_id, client_address(request), holder=account)


def _code_holds(account: Account, code: str) -> bool:
    device = TOTPDevice.objects.filter(user=account, confirmed=True).first()
    return bool(device and device.verify_is_allowed()[0] and device.verify_token(code))


def _task(one: Assignment, rules: dict[str, RuleVersion]) -> dict[str, object]:
    site = one.site
    return {
        "id": one.pk, "day": one.day, "position": one.position, "arrival": one.arrival,
        "is_recheck": one.is_recheck, "state": one.state, "standard": rules[site.kind].pk,
        "site": {
            "id": site.pk, "code": site.code, "name": site.name, "kind": site.kind,
            "committee": site.region.name, "address": site.address, "latitude": site.latitude,
            "longitude": site.longitude, "opening": site.opening,
        },
    }  # fmt: skip


def _report(sent: ReportIn, digest: str) -> visit_actions.Report:
    position = None
    if sent.position:
        position = visit_actions.Position(
            round(sent.position.latitude, 6), round(sent.position.longitude, 6), sent.position.accuracy
        )
    return visit_actions.Report(
        started=sent.started, answers=sent.answers, remark=sent.remark, position=position,
        photos=tuple((one.slot, one.clause, photos.filed(one.sha256)) for one in sent.photos), digest=digest,
    )  # fmt: skip


def _accepted(made: Inspection) -> dict[str, object]:
    return {
        "id": made.pk, "receipt": _receipt(made), "answers": made.observations.count(),
        "photos": made.photos.count(), "score": made.score, "server_time": clock.now(),
    }  # fmt: skip


def _receipt(made: Inspection) -> str:
    return actions.digest(f"{made.pk}|{made.report}|{made.fingerprint}")
