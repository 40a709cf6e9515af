"""What stands between a round and its closing, each as a check with a traffic light."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Q
from django.urls import reverse

from zerentian.places.models import Site
from zerentian.rounds.models import Assignment, Correction, Inspection, Round

_NAMED = 5


class Light(StrEnum):
    """Green: done. Yellow: look at it. Red: in the way."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check list, with where to mend it.

    A red one that `may_be_excused` gives way to a signed reason.
    """

    title: str
    light: Light
    url: str
    note: str = ""
    may_be_excused: bool = False


def checklist(round_: Round) -> list[Check]:
    """All checks of a round, in the order of its work."""
    total, done, signed, unsigned, open_rechecks, rechecked = _counts(round_)
    drafts = round_.inspections.filter(state=Inspection.State.DRAFT).count()
    waiting = Correction.objects.filter(inspection__round=round_, state=Correction.State.PROPOSED).count()
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
        _none_left("没有未提交的草稿", drafts, "份草稿", f"{inspections}?state=draft&q={round_.month}"),
        _none_left("更正都已审结", waiting, "项待审", f"{corrections}?state=proposed&q={round_.month}"),
        _none_left("复查都已完成", open_rechecks, "个待复查", f"{plan}?is_recheck=True&state=due"),
        _rechecked(rechecked, total, board),
        _none_left(
            "没有重复的初查",
            _conflicting(round_),
            "个点位被初查两次以上",
            f"{inspections}?q={round_.month}&sort=site__pinyin",
        ),
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
