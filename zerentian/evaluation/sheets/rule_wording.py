"""Words of score sheets in one plain form: half-width, figures as digits, no blanks; and their vocabulary."""

from __future__ import annotations

import re
import unicodedata

N = r"(?:\d+(?:\.\d+)?|\.\d+)"
UNIT = (
    r"(?:人次|户次|处次|点位|小区|楼栋|平方米|小时|分钟|批次|环节|方面|问题|工作日|季度|车次|桶次"
    r"|[处个项例次户起件只桶人点种类样组套块条张家名天日周月季期份单宗米辆车袋间座栋幢盏支箱位村店批堆片面篇场本台根棵摊口道扇])"
)
ONE = r"(?:1|一)"
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8}
_DIGITS["九"] = 9
_CHINESE = r"(?:半|[零〇一二两三四五六七八九十百]+(?:点[零〇一二三四五六七八九]+)?)"
TAKEN = "\x00"

PER = re.compile(
    rf"每(?!(?:半?年|[月周天日旬]|季度?|两周)(?!,?扣|每|[1一]))|(?<![\d.第十统唯之专]){ONE}{UNIT}|任[意何]一"
)
OUTSIDE = re.compile(r"(?:从|在|于)?总分(?:中|里|内)?(?:直接|另行?|再|额外)?$")
WIDE = str.maketrans({",": "，", ":": "：", "(": "（", ")": "）", ";": "；"})

_ENUMERATOR = re.compile(r"[①-⑳⑴-⒇⒈-⒛]")
_NUMBERED = re.compile(r"(?:(?<=^)|(?<=[;。,:]))(?:\(\d{1,2}\)|\d{1,2}[.、)](?!\d))")
_NUMBERED_INSIDE = re.compile(r"(?<=[分止决格])(?:\(\d{1,2}\)|\d{1,2}[.、)](?!\d))")
_HUNDREDTHS = re.compile(rf"百分之({_CHINESE}|{N})")
_AND_A_HALF = re.compile(rf"({_CHINESE}|\d+)分半")
_WORD_FIGURE = re.compile(
    rf"(?<=[扣得加减计记为低降少缺满到至每高过于下-])({_CHINESE})(?=个?(?:百分点|%|点)|分(?![类之为钟拣开半]))"
)


def normalised(words: str) -> str:
    """Half-width, no blanks, line ends and list numbers as semicolons, 一分 and 百分之九十 as 1分 and 90%."""
    text = unicodedata.normalize("NFKC", _ENUMERATOR.sub(";", words.strip()))
    text = re.sub(r"(?<=[分止决格).;。])[^\S\n]*\n\s*(?![/每]?\s*/)", ";", text)
    text = re.sub(r"(?<=[分止])[^\S\n]+(?=[^\s/,;。、:)])", ",", text)
    text = re.sub(r"\s+", "", text).replace("!", "。").replace("％", "%")
    text = re.sub(r"[—–−─~〜]+", "-", text)
    text = re.sub(r"(?<=[\d.%分])[*xX✕](?=\D)|(?<=[率值数分)])[*xX✕]", "×", text)
    text = _NUMBERED_INSIDE.sub(";", _NUMBERED.sub("", text))
    text = _HUNDREDTHS.sub(lambda m: f"{_figure(m[1])}%", text)
    text = _AND_A_HALF.sub(lambda m: f"{_figure(m[1])}.5分", text)
    return _WORD_FIGURE.sub(lambda m: _figure(m[1]), text)


def _figure(text: str) -> str:
    """`一` is 1, `十五` is 15, `零点五` is 0.5, `半` is 0.5; digits stay as they are."""
    if text[0] in ".0123456789":
        return text
    if text == "半":
        return "0.5"
    whole, _, places = text.partition("点")
    total, digit = 0, 0
    for character in whole:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[character]
    figure = str(total + digit)
    return f"{figure}.{''.join(str(_DIGITS[c]) for c in places)}" if places else figure


def tidy(text: str) -> str:
    """A phrase as a person reads it: full-width punctuation, none at the ends."""
    return text.replace(TAKEN, "").strip(",;。:、").translate(WIDE)
