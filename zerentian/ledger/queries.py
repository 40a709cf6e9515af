"""Reading the ledger, and proving that it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zerentian.ledger.models import Chain, DailyRoot, Event, Seal
from zerentian.ledger.rules import START, canonical, leaf_hash, link, merkle_root

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """The first bad entry of a town's chain."""

    town: str
    number: int
    what: str
    event: Event | None = None

    def __str__(self) -> str:
        about = f"：{self.event}" if self.event else ""
        return f"{self.town or '全系统'} 第{self.number}条 {self.what}{about}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found: how many entries are sound, and the first bad one of each chain."""

    entries: int
    faults: list[Fault]


def verify(covers: Callable[[str], bool] = lambda town: True) -> Verdict:
    """Recompute the chains and roots of the towns that `covers` accepts from the events themselves."""
    towns = set(Seal.objects.order_by().values_list("town", flat=True).distinct())
    towns |= set(Chain.objects.values_list("town", flat=True))
    towns |= set(DailyRoot.objects.order_by().values_list("town", flat=True).distinct())
    checked, faults = 0, []
    for town in filter(covers, sorted(towns)):
        sound, fault = _verify_town(town)
        checked += sound
        if fault:
            faults.append(fault)
    return Verdict(checked, faults)


def _verify_town(town: str) -> tuple[int, Fault | None]:
    previous, number = START, 0
    roots = {root.last: root for root in DailyRoot.objects.filter(town=town)}
    leaves: list[str] = []
    day = None
    for seal, event in _entries(town):
        if seal.number != number + 1:
            return number, Fault(town, number + 1, "封存记录缺失（被删除或截断）")
        number = seal.number
        if event is None:
            return number - 1, Fault(town, number, f"事项 {seal.event} 被删除")
        leaf = leaf_hash(canonical(event.fields()))
        if leaf != seal.leaf:
            return number - 1, Fault(town, number, "内容被改动，或与别的事项互换", event)
        previous = link(previous, leaf)
        if previous != seal.hash:
            return number - 1, Fault(town, number, "链断开（封存记录被改动）", event)
        if seal.day != day:
            leaves, day = [], seal.day
        leaves.append(leaf)
        root = roots.pop(number, None)
        if root and (root.root != merkle_root(leaves) or root.chain != previous):
            return number - 1, Fault(town, number, f"{root.day} 的日根不符", event)
    if roots:
        missing = min(roots.values(), key=lambda root: root.last)
        return number, Fault(town, number + 1, f"缺少 {missing.day} 日根所含的事项（末尾被截断）")
    end = Chain.objects.filter(town=town).first()
    if end is None or end.number != number or end.hash != previous:
        return number, Fault(town, number + 1, "末尾被截断，或链尾记录被改动")
    return number, None


def _entries(town: str) -> Iterator[tuple[Seal, Event | None]]:
    """Seals in order, each with its event; in batches, so that a million need no memory."""
    last = -1
    while batch := list(Seal.objects.filter(town=town, number__gt=last).order_by("number")[:_BATCH]):
        events = Event.objects.in_bulk([seal.event for seal in batch])
        for seal in batch:
            yield seal, events.get(seal.event)
        last = batch[-1].number
