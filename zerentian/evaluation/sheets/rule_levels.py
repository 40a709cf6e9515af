"""Named levels in the words of a rule: 规范得10分, 内容不全得6分, 无不得分; 优5良3差0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from zerentian.evaluation.sheets.rule_wording import OUTSIDE, PER, TAKEN, WIDE, N


@dataclass(frozen=True, slots=True)
class Pair:
    """A named level and its mark: `value` points, all (`full`), `half`, or all but `value` (`lost`)."""

    phrase: str
    name: str
    value: Decimal
    full: bool = False
    lost: bool = False
    ranged: bool = False
    half: bool = False


_MARK = re.compile(
    r"(?P<name>.*?)(?:本项|该项|此项|本小项|该小项)?(?:直接|全部|均|一律|可|:|的)*"
    r"(?:(?P<zero>不得分|不计分|不给分|不予得分|不予计分|无分|(?:得|计|记|为|给)?(?:(?<![\d.])0分|零分)"
    r"|(?:扣除?)(?:全分|全部分?[值数]?|满分|完|光|(?:本项|该项|此项)(?:全部|所有)?(?:分值?|分数)?)|全扣|全部扣[除完]|扣完)"
    r"|(?P<half>(?:得|计|给)(?:一半分?值?|半数分|50%分?值?))"
    r"|(?P<full>不扣分|(?:得|计|记|给|评|为)?(?:满分|全分|全部分值?)|得分|计分)"
    rf"|(?P<how>得|计|记|给|评|赋|为|扣除?分?|=|-)?\(?(?P<low>{N})(?:分?-(?P<high>{N}))?分\)?)"
    r"(?:计|计算|处理)?\)?"
)
_NO_NAME = frozenset(
    {"", "本项", "该项", "此项", "满分", "总分", "共", "共计", "最多", "最高", "分值", "标准分", "合计", "每"}
)
_TOGETHER = re.compile(rf"([^;。]*?)分别(?:得|计|记|为)((?:{N}分?[,、/])+{N})分")
_ONE_MARK = re.compile(
    rf"(优秀?|良好?|中等?|差|较好|较差|一般|好|合格|不合格)[:(]?({N})\)?分?(?=[^\d.%分]|$)"
)


def pairs(text: str) -> Iterator[Pair]:
    """Named levels: 规范得10分, 内容不全得6分, 无不得分; 优5良3差0; 优、良、差分别得5、3、0分."""
    together = _TOGETHER.search(text)
    if together:
        names = re.split(r"[,、/]", re.sub(r"^按|等级$|[一二三四五]?[档级类]$", "", together[1]))
        marks = [mark.rstrip("分") for mark in re.split(r"[,、/]", together[2])]
        if len(names) == len(marks):
            yield from (Pair(n, _name(n), Decimal(m)) for n, m in zip(names, marks, strict=True))
            return
    short = _ONE_MARK.findall(text)
    if len(short) > 1 and _ONE_MARK.sub("", text).strip(",、;。/") == "":
        yield from (Pair(f"{name}{mark}", name, Decimal(mark)) for name, mark in short)
        return
    for segment in re.split(r"[;。]", text):
        pending = ""
        for piece in _pieces(segment):
            if TAKEN in piece:
                pending = ""
                continue
            pair = _pair(pending + piece)
            if pair is None:
                pending = f"{pending}{piece}," if not re.search(r"[扣得]\d", piece) else ""
            else:
                yield pair
                pending = ""


def _pieces(segment: str) -> Iterator[str]:
    for piece in re.split(r"[,](?![^(]*\))", segment):
        parts = re.split(r"[、/](?![^(]*\))", piece)
        if len(parts) > 1 and all(_pair(part) for part in parts):
            yield from parts
        elif piece:
            yield piece


def _pair(piece: str) -> Pair | None:
    match = _MARK.fullmatch(piece)
    if match is None:
        return None
    name = _name(match["name"])
    lost = (match["how"] or "").startswith(("扣", "-"))
    if name in _NO_NAME and not match["zero"]:
        return None
    if PER.search(match["name"]) and (lost or "每" in match["name"]) and not match["zero"]:
        return None
    if lost and _is_outside_name(match["name"]):
        return None
    if match["zero"]:
        return Pair(piece, name, Decimal(0))
    if match["half"]:
        return Pair(piece, name, Decimal(0), half=True)
    if match["full"]:
        return Pair(piece, name, Decimal(0), full=True)
    value = Decimal(match["high"] or match["low"])
    return Pair(piece, name, value, lost=lost, ranged=bool(match["high"]))


def _is_outside_name(name: str) -> bool:
    return bool(re.search(r"(?:另|另行|额外|倒|加|最多|最高|累计|酌情|视情)$", name) or OUTSIDE.search(name))


def _name(text: str) -> str:
    name = text.strip(",:、").rpartition(":")[2] if ":" in text.strip(",:、") else text.strip(",:、")
    name = re.sub(r"^(?:[A-Za-z][.、:)]|如果?|若|其中|对)", "", name)
    name = re.sub(r"(?:的|者|可|(?<!否)则|应|,|:)+$", "", name)
    if name.endswith("(") or name.count("(") > name.count(")"):
        name = name.rstrip("(")
    return name.translate(WIDE)
