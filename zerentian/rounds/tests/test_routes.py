"""Routes of a day: short, within the drop-off windows, the same each time."""

from __future__ import annotations

from itertools import pairwise

from zerentian.rounds.routes import VISIT_SECONDS, Stop, best_route

HOUR = 3600
LINE = [Stop(str(number), 31.10 + number / 200, 121.05) for number in (3, 0, 4, 1, 2)]


def order(stops: list[Stop], seed: int = 0) -> list[str]:
    return [arrival.stop for arrival in best_route(stops, seed)]


def test_stops_on_a_line_are_visited_along_it() -> None:
    assert order(LINE) in (["0", "1", "2", "3", "4"], ["4", "3", "2", "1", "0"])


def test_one_arrives_after_the_visit_before() -> None:
    times = [arrival.at for arrival in best_route(LINE)]
    assert all(later - earlier >= VISIT_SECONDS for earlier, later in pairwise(times))


def test_windows_are_met() -> None:
    windows = ((6 * HOUR + 1800, 8 * HOUR + 1800), (18 * HOUR, 20 * HOUR))
    far = Stop("far", 31.2, 121.05, windows)
    (found,) = [arrival.at for arrival in best_route([*LINE, far]) if arrival.stop == "far"]
    assert any(begin <= found <= end - VISIT_SECONDS for begin, end in windows)


def test_a_window_too_short_for_all_still_gives_a_route_of_all() -> None:
    crowd = [Stop(str(number), 31.1, 121.0, ((7 * HOUR, 7 * HOUR + 1800),)) for number in range(9)]
    assert sorted(order(crowd)) == [str(number) for number in range(9)]


def test_the_same_each_time() -> None:
    assert best_route(LINE, 7) == best_route(LINE, 7)


def test_stops_without_position_are_visited_too() -> None:
    assert sorted(order([*LINE, Stop("nowhere", None, None)])) == ["0", "1", "2", "3", "4", "nowhere"]
    assert order([Stop("only", None, None)]) == ["only"]
    assert best_route([]) == []
