"""What stands between a round and its closing, each as a check with a traffic light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Q
from django.db.models.expressions import Combinable
from django.urls import reverse

from zerentian.people.asking import ask, how_many
from zerentian.places.models import Site
from zerentian.rounds.models import Assignment, Correction, Flag, Inspection, Round

_NAMED = 5


class Light(StrEnum):
    """Green: done. Yellow: look at it. Red: in the way."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check list, with where to mend it.

    A red one that `may_be_excused` gives way to a signed reason; one `for_correctors` is mended by whoever
    corrects inspections.
    """

    title: str
    light: Light
    url: str
    note: str = ""
    may_be_excused: bool = False
    for_correctors: bool = False


_UNDECIDED = (Inspection.Standing.DOUBLE, Inspection.Standing.OUTSIDE, Inspection.Standing.LATE)
FURTHER: list[Callable[[Round], Check]] = []
"""Checks of upper rooms, which join when they are loaded."""


def checklist(round_: Round) -> list[Check]:
    """All checks of a round, in the order of its work."""
    total, done, signed, unsigned, open_rechecks, rechecked = _counts(round_)
    waiting = Correction.objects.filter(inspection__round=round_, state=Correction.State.PROPOSED)
    told = ask(
        round_,
        drafts=how_many(round_.inspections.filter(state=Inspection.State.DRAFT)),
        waiting=how_many(waiting),
        aside=how_many(round_.inspections.filter(state=Inspection.State.SUBMITTED, standing__in=_UNDECIDED)),
        **_evidence_questions(round_),
    )
    left = total - done - signed
    left_out = _left_out(round_)
    board = reverse("rounds:round", args=[round_.pk])
    plan = reverse("rounds:plan", args=[round_.pk])
    inspections, corrections = reverse("rounds:inspections"), reverse("rounds:corrections")
    return [
        Check(
            "全覆盖",
            Light.RED if left or not total else Light.GREEN,
            f"{plan}?state=due",
            f"应查 {total} 个，已查 {done} 个，签认未能检查 {signed} 个，还差 {left} 个",
            may_be_excused=total > 0,
        ),
        Check(
            "在用点位都已排入",
            Light.RED if left_out else Light.GREEN,
            reverse("places:sites") + "?is_active=True",
            _told(left_out),
            may_be_excused=True,
        ),
        _none_left("未能检查已签认", unsigned, "项待签认", f"{plan}?state=unreachable"),
        _none_left(
            "没有未提交的草稿", told["drafts"], "份草稿", f"{inspections}?state=draft&q={round_.month}"
        ),
        _none_left(
            "更正都已审结", told["waiting"], "项待审", f"{corrections}?state=proposed&q={round_.month}"
        ),
        _none_left("复查都已完成", open_rechecks, "个待复查", f"{plan}?is_recheck=True&state=due"),
        _rechecked(rechecked, total, board),
        _none_left(
            "没有重复的初查",
            _conflicting(round_),
            "个点位被初查两次以上",
            f"{inspections}?q={round_.month}&sort=site__pinyin",
        ),
        _aside(round_, told["aside"]),
        *evidence_checks(round_, told),
        *(further(round_) for further in FURTHER),
    ]


def _counts(round_: Round) -> tuple[int, ...]:
    """First visits: all, done, excused with and without signature; second ones: due, done."""
    states = Assignment.State
    first, again = Q(is_recheck=False), Q(is_recheck=True)
    excused = first & Q(state=states.UNREACHABLE)
    told = round_.assignments.aggregate(
        total=Count("pk", first),
        done=Count("pk", first & Q(state=states.DONE)),
        signed=Count("pk", excused & Q(signed_by__isnull=False)),
        unsigned=Count("pk", excused & Q(signed_by__isnull=True)),
        open_rechecks=Count("pk", again & Q(state=states.DUE)),
        rechecked=Count("pk", again & Q(state=states.DONE)),
    )
    return tuple(told.values())


def _evidence_questions(round_: Round) -> dict[str, Combinable]:
    has_evidence = Q(photos__isnull=False) | Q(fixes__isnull=False)
    flags = Flag.objects.filter(inspection__round=round_)
    return {
        "awaited": how_many(round_.inspections.incomplete()),
        "unseen": how_many(round_.inspections.unexamined().filter(has_evidence).distinct()),
        "holding": how_many(flags.holding()),
        "open": how_many(flags.filter(state=Flag.State.OPEN)),
    }


def evidence_checks(round_: Round, told: Mapping[str, int] | None = None) -> list[Check]:
    """What is left to do about the evidence; asked for, unless it was `told`.

    A visit with an open doubt that holds makes no score: the month is not closed before it is decided. Were
    it only left out meanwhile, the ranks would depend on the hour, and a site that was visited would look
    unseen; so what is frozen is made of decided visits alone, and made again it is the same.
    """
    of_round = f"{reverse('rounds:flags')}?state=open&inspection__month={round_.month}"
    told = told or ask(round_, **_evidence_questions(round_))
    awaited, unseen, holding = told["awaited"], told["unseen"], told["holding"]
    others = told["open"] - holding
    return [
        Check(
            "照片都已到齐",
            Light.RED if awaited else Light.GREEN,
            f"{reverse('rounds:inspections')}?q={round_.month}&photos_awaited__gt=0",
            f"{awaited} 次检查还有照片没到" if awaited else "",
            may_be_excused=True,
        ),
        _none_left(
            "证据都已核对",
            unseen,
            "次检查的照片和轨迹还没有核对（后台每分钟核对一次）",
            f"{reverse('rounds:inspections')}?q={round_.month}",
        ),
        Check(
            "没有待处理的疑点",
            Light.RED if holding else Light.YELLOW if others else Light.GREEN,
            of_round,
            _flag_words(holding, others),
            for_correctors=True,
        ),
    ]


def _flag_words(holding: int, others: int) -> str:
    words = [f"{holding} 个须先处理（所涉检查暂不能计分）"] if holding else []
    return "；".join([*words, f"{others} 个仅作提示，不影响关账"] if others else words)


def _aside(round_: Round, count: int) -> Check:
    """Visits that stand aside without anybody having said so."""
    return Check(
        "重复、计划外的检查",
        Light.YELLOW if count else Light.GREEN,
        f"{reverse('rounds:inspections')}?q={round_.month}&sort=-standing",
        f"{count} 次没有计分；要计入的请先逐次决定" if count else "",
    )


def _rechecked(count: int, total: int, url: str) -> Check:
    light = Light.GREEN if count * 10 >= total > 0 else Light.YELLOW
    return Check("复查比例", light, url, f"已复查 {count} 个（建议不少于 10%，并含得分最低的点位）")


def _none_left(title: str, count: int, noun: str, url: str) -> Check:
    return Check(title, Light.RED if count else Light.GREEN, url, f"{count} {noun}" if count else "")


def _left_out(round_: Round) -> list[str]:
    """Sites in use that the round neither drew nor saw, such as those registered after the draw."""
    drawn = round_.assignments.values("site")
    seen = round_.inspections.counted().values("site")
    inside = Site.objects.filter(town=round_.town).active()
    return list(
        inside.exclude(pk__in=drawn).exclude(pk__in=seen).order_by("code").values_list("name", flat=True)
    )


def _told(names: list[str]) -> str:
    if not names:
        return ""
    more = "等" if len(names) > _NAMED else ""
    return f"{len(names)} 个点位没有排入，也没有检查：{'、'.join(names[:_NAMED])}{more}"


def _conflicting(round_: Round) -> int:
    counted = round_.inspections.counted().exclude(assignment__is_recheck=True)
    return counted.order_by().values("site").annotate(visits=Count("id")).filter(visits__gt=1).count()
