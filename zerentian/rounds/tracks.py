"""What the positions and times of a visit tell against it. Pure: no Django, no clock.

A browser can't tell whether a position was made up; physics can (trust.md §2.2): nobody covers 40 km in five
minutes, and no receiver says the same seven digits at three places.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from zerentian.rounds.limits import TimeLimits, TrackLimits

_EARTH = 6_371_008.8
"""Mean radius in metres (IUGG)."""
_PRECISELY = 7
_IN_WORDS = {"start": "开始时", "scan": "扫码时", "photo": "拍照时", "end": "结束时"}


@dataclass(frozen=True, slots=True)
class Point:
    """A position in WGS-84 degrees of a visit at a moment; accuracy in metres, age in seconds."""

    visit: str
    moment: str
    at: datetime
    latitude: float
    longitude: float
    accuracy: int | None = None
    age: int = 0

    @property
    def measured(self) -> datetime:
        """When the phone was there."""
        return self.at - timedelta(seconds=self.age)

    @property
    def digits(self) -> tuple[float, float]:
        """The coordinates to seven digits, one centimetre."""
        return round(self.latitude, _PRECISELY), round(self.longitude, _PRECISELY)


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a visit: `place` is the site's position, `missing` what was denied."""

    id: str
    kind: str
    started: datetime
    ended: datetime | None
    place: tuple[float, float] | None
    points: Sequence[Point]
    clock_offset: int | None = None
    missing: Sequence[str] = ()
    from_gallery: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubt by its kind (`Flag.Kind`), with its figures in a sentence."""

    kind: str
    detail: str


def findings(visit: Visit, others: Sequence[Point], track: TrackLimits, time: TimeLimits) -> list[Finding]:
    """All doubts about a visit; `others` are the points of the inspector's other visits about that time."""
    found = [*_of_positions(visit, track), *_of_times(visit, time), *_of_phone(visit)]
    way = sorted([*others, *visit.points], key=lambda one: one.measured)
    found += [*_too_fast(visit.id, way, track), *_frozen(visit.id, way, track)]
    return found


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The way between two positions in degrees along a great circle."""
    (north, east), (to_north, to_east) = (map(math.radians, place) for place in (one, other))
    share = (
        math.sin((to_north - north) / 2) ** 2
        + math.cos(north) * math.cos(to_north) * math.sin((to_east - east) / 2) ** 2
    )
    return 2 * _EARTH * math.asin(math.sqrt(min(1.0, share)))


def distance_words(length: float) -> str:
    """A length as people say it: 820 米, 40.2 公里."""
    return f"{round(length)} 米" if length < 1000 else f"{length / 1000:.1f} 公里"


def time_words(seconds: float) -> str:
    """A time as people say it: 45 秒, 5 分钟, 2 小时 5 分钟."""
    whole = round(abs(seconds))
    if whole < 60:
        return f"{whole} 秒"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} 分钟"
    if minutes < 48 * 60:
        return f"{minutes // 60} 小时" + (f" {minutes % 60} 分钟" if minutes % 60 else "")
    return f"{round(minutes / 60 / 24)} 天"


def _of_positions(visit: Visit, limits: TrackLimits) -> Iterator[Finding]:
    if not visit.points:
        denied = "，手机没有给定位权限" if "location" in visit.missing else ""
        yield Finding("no_position", f"整次检查没有一个定位{denied}")
        return
    zero = sum(one.accuracy == 0 for one in visit.points)
    if zero:
        yield Finding("zero_accuracy", f"{len(visit.points)} 个定位中 {zero} 个精度为 0 米，真实定位不会如此")
    oldest = max(visit.points, key=lambda one: one.age)
    if oldest.age > limits.oldest_fix:
        when = _IN_WORDS.get(oldest.moment, "")
        yield Finding("old_fix", f"{when}用的是 {time_words(oldest.age)}前的定位")
    if visit.place is not None:
        yield from _outside(visit, visit.place, limits.radius[visit.kind])


def _outside(visit: Visit, place: tuple[float, float], radius: int) -> Iterator[Finding]:
    """More than half of the positions lie outside, each given its own accuracy: one may be wrong anywhere."""
    lengths = [metres((one.latitude, one.longitude), place) for one in visit.points]
    outside = sum(
        length > radius + (one.accuracy or 0) for length, one in zip(lengths, visit.points, strict=True)
    )
    if outside * 2 > len(lengths):
        nearest = distance_words(min(lengths))
        words = f"{len(lengths)} 个定位中 {outside} 个在点位 {radius} 米范围以外，最近的相距 {nearest}"
        yield Finding("outside", words)


def _of_times(visit: Visit, limits: TimeLimits) -> Iterator[Finding]:
    offset = visit.clock_offset or 0
    if abs(offset) > limits.clock_offset:
        yield Finding("clock", f"手机时钟{'快' if offset > 0 else '慢'} {time_words(offset)}")
    if visit.ended is not None:
        stay = (visit.ended - visit.started).total_seconds()
        least = limits.shortest_stay[visit.kind]
        if stay < least:
            yield Finding("short_stay", f"从开始到结束 {time_words(stay)}，少于 {time_words(least)}")


def _of_phone(visit: Visit) -> Iterator[Finding]:
    if "camera" in visit.missing:
        yield Finding("no_camera", "手机没有给相机权限，扣分项可能没有照片")
    if visit.from_gallery:
        yield Finding("gallery", f"{visit.from_gallery} 张照片选自相册或文件，不是当场拍摄")


def _too_fast(id_: str, way: Sequence[Point], limits: TrackLimits) -> Iterator[Finding]:
    """The fastest leg that begins or ends in the visit; what the positions may be wrong by is taken off."""
    worst = None
    for one, other in pairwise(way):
        if id_ not in (one.visit, other.visit):
            continue
        error = (one.accuracy or 0) + (other.accuracy or 0)
        far = metres((one.latitude, one.longitude), (other.latitude, other.longitude)) - error
        seconds = max(1.0, (other.measured - one.measured).total_seconds())
        speed = far / seconds * 3.6
        if far >= limits.shortest_jump and speed > limits.fastest and (worst is None or speed > worst[0]):
            worst = speed, far, seconds
    if worst is not None:
        speed, far, seconds = worst
        words = f"{time_words(seconds)}移动 {distance_words(far)}"
        yield Finding("too_fast", f"{words}（每小时 {round(speed)} 公里，上限 {limits.fastest}）")


def _frozen(id_: str, way: Sequence[Point], limits: TrackLimits) -> Iterator[Finding]:
    """The visit's positions and those just before and after of other visits, all the same to seven digits."""
    for digits, same in groupby(way, key=lambda one: one.digits):
        run = list(same)
        visits = {one.visit for one in run}
        if id_ in visits and len(visits) >= limits.frozen_visits and len(run) >= limits.frozen_fixes:
            north, east = digits
            words = f"{len(visits)} 次检查的 {len(run)} 个定位分毫不差，都是 {north:.7f}, {east:.7f}"
            yield Finding("frozen", words)
            return
