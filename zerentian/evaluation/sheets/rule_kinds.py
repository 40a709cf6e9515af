"""The kinds that the words of a sheet name: 四分类容器（可回收物、有害垃圾、湿垃圾、干垃圾）缺一种扣1分."""

from __future__ import annotations

import re
import unicodedata

from zerentian.evaluation.sheets.rule_wording import UNIT

_LONGEST_KIND = 15
_WASTE = re.compile(
    r"可回收(?:物|垃圾)?|(?:有毒)?有害(?:垃圾)?|(?:湿|干|厨余|易腐|其他|其它|餐厨|大件|装修|建筑|园林|绿化)垃圾"
)
_BRACKET = re.compile(r"[((（【\[]([^()（）【】\[\]]+)[)）】\]]")
_SEPARATOR = re.compile(r"[、,，/;；]")
_RUN = re.compile(r"[^、,，。;；:：()（）]+(?:、[^、,，。;；:：()（）]+)+")
_COUNTED = re.compile(
    r"(?:等)?(?:共|这|各|的)*([一二两三四五六七八九十\d]+)(?:大?分?)(?:[类种项个色样本只]|分类).*$"
)
_ETC = re.compile(r"等.*$")
_BEFORE = re.compile(
    r"^(?:应|须|需)?有(?![害毒机])|^.*?(?:设置|配置|配备|设有|配有|配齐|备有|具备|建有|建立|包括|包含|应有|即)(?:了|有|齐)?"
)
_AFTER = re.compile(
    r"(?:的|收集|分类|投放|存放)*(?:容器|桶|垃圾桶|标识牌?|标志)?(?:是否)?(?:配置|设置|配备)?"
    r"(?:均|应|都)?(?:齐全|完备|完整|齐备|健全|到位|规范|完善|完好)*(?:的|,|，)?$"
)
_MISSING_FROM = re.compile(
    rf"([^,，;；。]*、[^,，;；。]*?)(?:的)?(?:应有尽有)?每?(?:缺|少|漏)[少失设]?.{{0,4}}{UNIT}"
)
_NUMBERS = {"两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}


def named_kinds(words: str, content: str) -> tuple[list[str], str]:
    """The kinds named in the rule's words, else in the content; and why they are uncertain, if so."""
    for text in (words, content):
        kinds = _bracketed(text)
        if kinds:
            return kinds, ""
        if text == words:
            kinds = _listed_before_missing(text)
            if kinds:
                return kinds, ""
        kinds = _waste(text)
        if kinds:
            return kinds, ""
    kinds, counted = _listed(content)
    if not kinds:
        return [], ""
    return kinds, "" if counted else f"种类“{'、'.join(kinds)}”取自检查内容，请核对"


def _bracketed(text: str) -> list[str]:
    for match in _BRACKET.finditer(text):
        kinds = _checked(_SEPARATOR.split(match[1]))
        if kinds and not all(re.fullmatch(UNIT, kind) for kind in kinds):
            return kinds
    return []


def _listed_before_missing(text: str) -> list[str]:
    match = _MISSING_FROM.search(_compact(text))
    return _trimmed(match[1])[0] if match else []


def _waste(text: str) -> list[str]:
    return _checked(list(dict.fromkeys(_WASTE.findall(_compact(text)))))


def _listed(text: str) -> tuple[list[str], bool]:
    runs = sorted(_RUN.findall(_compact(text)), key=lambda run: -run.count("、"))
    return _trimmed(runs[0]) if runs else ([], False)


def _trimmed(run: str) -> tuple[list[str], bool]:
    """The items of 设置甲、乙、丙三类容器; True when the count named agrees."""
    items = run.split("、")
    if all(item.startswith("有") and not _WASTE.match(item) for item in items):
        items = [item[1:] for item in items]
    items[0] = _BEFORE.sub("", items[0])
    counted = _COUNTED.search(items[-1])
    items[-1] = _COUNTED.sub("", items[-1])
    items[-1] = _AFTER.sub("", _ETC.sub("", items[-1]))
    last, joint, also = items[-1].partition("和")
    if joint and last and also:
        items[-1:] = [last, also]
    kinds = _checked(items)
    number = counted[1] if counted else ""
    stated = int(number) if number.isdigit() else _NUMBERS.get(number, 0)
    return kinds, len(kinds) == stated


def _checked(items: list[str]) -> list[str]:
    kinds = [_ETC.sub("", item.strip()) for item in items]
    fit = all(0 < len(kind) <= _LONGEST_KIND and not re.search(r"[扣得]|\d分|%", kind) for kind in kinds)
    return kinds if fit and len(set(kinds)) == len(kinds) > 1 else []


def _compact(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
