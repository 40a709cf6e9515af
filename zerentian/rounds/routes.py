"""The order of an inspector's day: the shortest way that meets the drop-off windows, by PyVRP. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

from pyvrp import Location, Model
from pyvrp.stop import MaxIterations

VISIT_SECONDS = 15 * 60
DAY = (7 * 3600, 20 * 3600)
"""A working day on the road, in seconds of the town's day."""

_LATEST_START = 8 * 3600 + 1800
_METRES_A_SECOND = 5
_DETOUR = 1.35
_METRES_A_DEGREE = 111_320
_ITERATIONS = 400


@dataclass(frozen=True, slots=True)
class Stop:
    """A site to visit: WGS-84 degrees (None where unknown) and its windows in seconds of the day."""

    id: str
    latitude: float | None
    longitude: float | None
    windows: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A stop in its place of the route, and when one gets there, in seconds of the day."""

    stop: str
    at: int


def best_route(stops: Sequence[Stop], seed: int = 0) -> list[Arrival]:
    """All stops in the order of an open route. Deterministic for a seed.

    A stop without a position is taken to lie in the middle of the others. Where no route meets all windows,
    the least late one is given.
    """
    if not stops:
        return []
    model = Model()
    depot = model.add_location(0, 0)
    start = model.add_depot(depot, *DAY)
    spots = _spots(stops)
    places = [model.add_location(*spot) for spot in spots]
    owners: list[str] = []
    for stop, place in zip(stops, places, strict=True):
        windows = stop.windows or (DAY,)
        group = model.add_client_group() if len(windows) > 1 else None
        for begin, end in windows:
            latest = max(begin, end - VISIT_SECONDS)
            model.add_client(
                place, service_duration=VISIT_SECONDS, tw_early=begin, tw_late=latest,
                required=group is None, group=group,
            )  # fmt: skip
            owners.append(stop.id)
    model.add_vehicle_type(
        1, start_depot=start, end_depot=start, tw_early=DAY[0], start_late=_LATEST_START, unit_duration_cost=1
    )
    _connect(model, depot, places, spots)
    found = model.solve(MaxIterations(_ITERATIONS), seed=seed, display=False, collect_stats=False).best
    return [
        Arrival(owners[activity.idx], activity.start_time)
        for route in found.routes()
        for activity in route.schedule()
        if activity.is_client()
    ]


def _connect(
    model: Model, depot: Location, places: Sequence[Location], spots: Sequence[tuple[float, float]]
) -> None:
    """Ways between all places; from and to the depot nothing: an inspector begins and ends anywhere."""
    for place in places:
        model.add_edge(depot, place, 0)
        model.add_edge(place, depot, 0)
    for one, here in zip(places, spots, strict=True):
        for other, there in zip(places, spots, strict=True):
            if one is not other:
                metres = round(hypot(here[0] - there[0], here[1] - there[1]) * _DETOUR)
                model.add_edge(one, other, metres, metres // _METRES_A_SECOND)


def _spots(stops: Sequence[Stop]) -> list[tuple[float, float]]:
    """Metres east and north of the middle; a town is small enough to be flat."""
    known = [(stop.latitude, stop.longitude) for stop in stops if stop.latitude is not None]
    if not known:
        return [(0.0, 0.0)] * len(stops)
    north = sum(latitude for latitude, _ in known) / len(known)
    east = sum(longitude or 0.0 for _, longitude in known) / len(known)
    across = _METRES_A_DEGREE * cos(radians(north))
    return [
        ((stop.longitude - east) * across, (stop.latitude - north) * _METRES_A_DEGREE)
        if stop.latitude is not None and stop.longitude is not None
        else (0.0, 0.0)
        for stop in stops
    ]
