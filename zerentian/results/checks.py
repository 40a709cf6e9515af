"""What stands between a round and its closing, each as a check with a traffic light."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count

from zerentian.rounds.models import Assignment, Correction, Inspection, Round


class Light(StrEnum):
    """Green: done. Yellow: look at it. Red: in the way."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check list. A red one that `may_be_excused` gives way to a signed reason."""

    title: str
    light: Light
    note: str = ""
    may_be_excused: bool = False


def checklist(round_: Round) -> list[Check]:
    """All checks of a round, in the order of its work."""
    first = round_.assignments.filter(is_recheck=False)
    total, done = first.count(), first.filter(state=Assignment.State.DONE).count()
    signed = first.filter(state=Assignment.State.UNREACHABLE, signed_by__isnull=False).count()
    unsigned = first.filter(state=Assignment.State.UNREACHABLE, signed_by__isnull=True).count()
    drafts = round_.inspections.filter(state=Inspection.State.DRAFT).count()
    waiting = Correction.objects.filter(inspection__round=round_, state=Correction.State.PROPOSED).count()
    open_rechecks = round_.assignments.filter(is_recheck=True, state=Assignment.State.DUE).count()
    rechecked = round_.assignments.filter(is_recheck=True, state=Assignment.State.DONE).count()
    left = total - done - signed
    return [
        Check(
            "全覆盖",
            Light.RED if left or not total else Light.GREEN,
            f"应查 {total} 个，已查 {done} 个，签认未能检查 {signed} 个，还差 {left} 个",
            may_be_excused=total > 0,
        ),
        _none_left("未能检查已签认", unsigned, "项待签认"),
        _none_left("没有未提交的草稿", drafts, "份草稿"),
        _none_left("更正都已审结", waiting, "项待审"),
        _none_left("复查都已完成", open_rechecks, "个待复查"),
        _rechecked(rechecked, total),
        _none_left("没有重复的初查", _conflicting(round_), "个点位被初查两次以上"),
    ]


def _rechecked(count: int, total: int) -> Check:
    light = Light.GREEN if count * 10 >= total > 0 else Light.YELLOW
    return Check("复查比例", light, f"已复查 {count} 个（建议不少于 10%，并含得分最低的点位）")


def _none_left(title: str, count: int, noun: str) -> Check:
    return Check(title, Light.RED if count else Light.GREEN, f"{count} {noun}" if count else "")


def _conflicting(round_: Round) -> int:
    counted = round_.inspections.counted().exclude(assignment__is_recheck=True)
    return counted.order_by().values("site").annotate(visits=Count("id")).filter(visits__gt=1).count()
