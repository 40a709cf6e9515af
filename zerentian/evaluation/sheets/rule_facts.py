"""What the words of a scoring rule state, found piece by piece: deductions, gains, levels, vetoes, limits.

Pure text work behind `rule_words`: nothing is decided here, each fact only keeps its figures and the phrase
it was read from. Words are read after `normalised`, so patterns know half-width punctuation only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from zerentian.evaluation.sheets.rule_levels import Pair, pairs
from zerentian.evaluation.sheets.rule_wording import ONE, OUTSIDE, PER, TAKEN, UNIT, N, normalised, tidy


@dataclass(frozen=True, slots=True)
class Deduction:
    """扣N分: `per` when it counts occurrences, `missing` when it counts what is missing."""

    phrase: str
    context: str
    low: Decimal
    high: Decimal | None
    per: bool
    missing: bool
    many: bool


@dataclass(frozen=True, slots=True)
class Gain:
    """加N分, outside the total."""

    phrase: str
    low: Decimal
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class PercentStep:
    """每低N%扣M分, below `start`."""

    phrase: str
    step: Decimal
    each: Decimal
    starts: tuple[Decimal, ...]
    by_month: tuple[tuple[str, Decimal], ...]


@dataclass(slots=True)
class Facts:
    """Everything the words state."""

    vetoes: list[str] = field(default_factory=list)
    veto_cap: Decimal | None = None
    section_zero: str = ""
    gains: list[Gain] = field(default_factory=list)
    gain_cap: Decimal | None = None
    penalties: list[Deduction] = field(default_factory=list)
    percent: PercentStep | None = None
    ratios: list[str] = field(default_factory=list)
    cap: Decimal | None = None
    stops: bool = False
    deductions: list[Deduction] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    discretion: str = ""
    doubled: str = ""
    earned: str = ""
    earned_points: Decimal | None = None


class _Words:
    """The words not yet explained; `take` gives the matches of a pattern and blanks them out."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        matches = list(pattern.finditer(self.text))
        self.text = pattern.sub(lambda m: TAKEN * len(m[0]), self.text)
        return matches


_SITE = r"(?:小区|村|社区|居委|单位|点位|场所|站点|商铺|商户|门店|街道|镇)"
_TOTAL = (
    rf"(?:总得?分|总成绩|整体|整表|全表|整个{_SITE}|(?:该|本|此|所在|受检|被检){_SITE}|(?:本|当|该)(?:次|月|期|季度?|年度?)"
    r"|(?:考核|测评|检查|考评)(?:总分|得分|成绩))"
)
_ZERO_WORDS = r"(?:不得分|不计分|不予计分|(?<![\d.])0(?:分|(?![\d.%]))|零分?|清零|归零)"
_ZERO_TOTAL = re.compile(
    rf"{_TOTAL}的?(?:考核|检查|测评|评价|考评)?(?:总分|得分|成绩|结果|评分)?"
    rf"(?:直接|一律|均|全部|按|计|记|为|得|判|评|算|作|定)*{_ZERO_WORDS}"
)
_TOTAL_CAP = re.compile(
    rf"(?<![扣项加])(?:总得?分|总成绩|成绩|(?<!扣)得分|{_TOTAL})(?:的?得分)?"
    rf"(?:最高|至多|最多)?(?:不得?|不能)(?:超过|高于|超出|大于)({N})分?"
    rf"|{_TOTAL}(?:得分)?(?:直接|一律|最高|至多|最多)?(?:按|计|记|为|定为|降为|得)+({N})分(?:计|计算)?"
)
_FAIL = re.compile(
    r"(?:实行|实施|予以|按|作)?一票否决(?:制|项|处理)?"
    r"|(?:直接|一律|即)?(?:判定?|认定|评定?|视|定|列|按)(?:作|其)?为?(?:不合格|不达标|不通过|未达标|未通过)(?:处理)?"
    r"|(?:直接|一律|即为?|总评|整体|总体|综合评[价定])不(?:合格|达标|通过)|不予达标|取消达标资格"
)
_ITEM_VETO = re.compile(r"(?:本|该|此)(?:小|分)?项[^,;。]{0,3}一票否决|一票否决(?:本|该|此)(?:小|分)?项")
_SECTION_ZERO = re.compile(
    rf"(?:本|该|此|整)个?(?:大项|大类|类别?|板块|部分|部份|一级指标)(?:得分|分值)?(?:计|记|为|得|均|全部)*{_ZERO_WORDS}"
)
_GAIN_CAP = re.compile(
    rf"(?:最多|最高|至多|累计|合计|共|总计|上限|限)(?:可|累计|不超过|只|能)*(?:加|奖励?)(?:分|不超过|至|到)*({N})分"
    rf"|(?:加|奖)分(?:总?[额数和]?|累计|合计)*(?:不超过|不高于|上限为?|最多为?|最高为?|封顶)({N})分"
)
_GAIN = re.compile(
    rf"[^,;。\x00]*?,?(?<!参)(?:加(?!扣)|奖励?|\+)(?:计|记|分|:|给)*({N})(?:分?[-至到]({N}))?(?:分|(?=[,;。)]|$))(?:/{ONE}?{UNIT})?"
)
_GAIN_WORDS = re.compile(r"(?:酌情|适当|给予|予以|可)加分|附加分|(?<!减)加分(?!项)")
_STEP = re.compile(
    rf"(?:每再?(?:降低|下降|减少|低于|低|降|少于?|差|减|不足)?(?:目标|标准|要求)?值?({N})?个?(?:百分点|百分比|%)"
    rf"|每再?(?:降低|下降|低于|低|降|少|差)({N})个?点(?!位)"
    rf"|(?:降低|下降|减少|低于|低|少于|少|差)(?:目标|标准|要求)?值?({N})个?百分点)"
    rf"[^,;。%扣\x00]{{0,8}},?(?:扣除?|减|-)(?:分|减)*({N})分?"
    rf"|(?:扣除?)?({N})分?/({N})?个?(?:百分点|%)"
)
_PERCENT = re.compile(rf"({N})(?:%|个百分点)")
_BELOW_IS_NOTHING = re.compile(rf"(?:低于|不足|小于|<){N}%(?:以下)?的?[^\d,;。]{{0,4}}(?:不得分|0分|零分|扣)")
_TARGET = re.compile(
    rf"(?:达到?|≥|>=|>|不低于|不少于|目标值?|标准|要求)[^\d,;。]{{0,6}}({N})%|({N})%(?:\(含\))?(?:[及含]?以上|不扣分)"
)
_BY_MONTH = re.compile(rf"(\d{{4}})年(\d{{1,2}})月(?:份|底|末|起|前)?[^%\d;。]{{0,12}}?({N})%")
_EXEMPT = re.compile(
    r"[^,;。]*(?:免|不适用|不涉及|不考核|不检查|不参与|除外|无此项|无该项|缺项)[^;。]{0,20}按比例(?:折算|换算|调整)[^,;。]*"
)
_RATE = r"(?:满意度|[一-鿿]{1,8}率|比例|百分比|比率)"
_RATIO = re.compile(
    rf"[按以依照根据]+[^,;。%扣]{{0,12}}?{_RATE}[^,;。%扣]{{0,6}}(?:得分|计分|折算|给分|赋分|核分|算分|评分|计算|换算|扣分|得)"
    rf"|[^,;。=]{{0,12}}=?[^,;。=]{{1,12}}[÷/][^,;。]{{1,14}}×[^,;。]{{1,12}}"
    rf"|[^,;。=]{{0,10}}=?{_RATE}×[^,;。]{{1,12}}|[^,;。=]{{0,10}}=?(?:分值|标准分|满分|{N}分?)×(?:[^,;。]{{0,8}}{_RATE}|[^,;。]{{1,12}}[÷/][^,;。]{{1,14}})"
)
_CAP = re.compile(
    rf"(?:最多|最高|至多|累计|合计|总共|总计|共|上限|限)(?:只|可|能|累计|合计|不超过|共)*扣(?:除|减|分|至|到|不超过|为|:)*({N})分?"
    rf"|扣(?:分|除)*(?:总?[额数和]|累计|合计)*(?:不超过|不高于|不多于|至多|最多|最高|上限为?)为?({N})分(?:为?止|为限|封顶)?|扣[满完]({N})分为?止"
    rf"|(?:最多|最高|至多|上限|累计不超过|不超过|以)为?({N})分(?:为限|封顶|为?止)?|({N})分(?:为限|封顶|扣完为?止)"
)
_BARE = re.compile(rf"({N})分?")
_STOP = re.compile(
    r"(?:直至|直到|直)?扣(?:完|光|尽)[^,;。\x00]{0,8}?止|(?:直至|直到|直)?扣(?:完|光)(?:本项|该项)?(?:分值?)?即?止"
    r"|(?:直?至|直到|扣至|扣到|扣为)(?:本项|该项|此项)?(?:得分)?为?(?:0分|零分)(?:为?止)?|(?:直至|直到|至)扣完"
)
_DISCRETION = re.compile(r"酌情|视情况?|视程度|适当|根据情况|视具体")
_DOUBLED = re.compile(r"加倍|双倍|翻倍|加重扣")
_EARNED = re.compile(rf"每[^,;。扣\x00]{{0,14}}?(?:得|计)({N})分")
_VERB = (
    r"(?P<verb>另[行外加]?扣|额外扣|[倒反]扣|(?:追?加)扣|扣|减(?!少)|(?<![\d%分率])-)"
    r"(?:除|减|分|掉|去|完|满|:)*"
)
_AFTER = rf"(?P<after>(?:/|每){ONE}?{UNIT})?"
_DEDUCTION = re.compile(
    rf"{_VERB}(?P<low>{N})(?:分?(?:[-至到])(?P<high>{N}))?(?:分(?![类之])|(?![\d.%个]))(?P<value>值)?{_AFTER}"
    rf"|(?<![\d.%得加])(?P<low2>{N})(?:分?-(?P<high2>{N}))?分?/(?P<after2>每?{ONE}?{UNIT})"
    rf"|(?P<after3>(?:每{ONE}?|{ONE}){UNIT}):?(?P<low3>{N})(?:-(?P<high3>{N}))?分"
)
_MANY = re.compile(rf"每(?:[2-9]|\d\d+|[二两三四五六七八九十]){UNIT}")
_MISSING = re.compile(
    rf"(?:缺|少|漏)[^,;。]{{0,8}}?(?:{ONE}|任[意何]一?|每)?[项种类样个只件桶]|每[缺少漏]|(?:未|无|不全)[^,;。]{{0,10}}每[种类]"
)


def read_facts(words: str) -> Facts:
    """All that `words` state, in the order in which one phrase hides another."""
    facts = Facts()
    left = _Words(normalised(words))
    doubled = _DOUBLED.search(left.text)
    facts.doubled = doubled[0] if doubled else ""
    _read_vetoes(left, facts)
    _read_percent(left, facts)
    _read_gains(left, facts)
    left.take(_EXEMPT)
    facts.ratios = [tidy(match[0]) for match in left.take(_RATIO)]
    facts.cap = _smallest(left.take(_CAP))
    facts.stops = bool(left.take(_STOP))
    facts.pairs = list(pairs(left.text))
    for deduction in _deductions(left):
        (facts.penalties if _is_outside(deduction) else facts.deductions).append(deduction)
    discretion = _DISCRETION.search(left.text)
    facts.discretion = discretion[0] if discretion else ""
    earned = left.take(_EARNED)
    if earned:
        facts.earned, facts.earned_points = tidy(earned[0][0]), Decimal(earned[0][1])
    if not facts.deductions and (bare := _BARE.fullmatch(left.text)):
        facts.deductions = [Deduction(bare[0], "", Decimal(bare[1]), None, False, False, False)]
    return facts


def _read_vetoes(left: _Words, facts: Facts) -> None:
    section = left.take(_SECTION_ZERO)
    facts.section_zero = tidy(section[0][0]) if section else ""
    left.text = _ITEM_VETO.sub("本项不得分", left.text)
    zero, capped, failed = left.take(_ZERO_TOTAL), left.take(_TOTAL_CAP), left.take(_FAIL)
    facts.vetoes = [tidy(match[0]) for match in (*zero, *capped, *failed)]
    if zero:
        facts.veto_cap = Decimal(0)
    elif capped:
        facts.veto_cap = _smallest(capped)


def _read_percent(left: _Words, facts: Facts) -> None:
    before = left.text
    found = left.take(_STEP)
    if not found:
        return
    one, points, plain, each, slash_each, slash_step = found[0].groups()
    step = Decimal(one or points or plain or slash_step or 1)
    starts = percent_starts(left.text)
    months = tuple((f"{m[1]}-{int(m[2]):02d}", Decimal(m[3])) for m in _BY_MONTH.finditer(before))
    for other in found[1:]:
        facts.deductions.append(_plain_deduction(other))
    facts.percent = PercentStep(tidy(found[0][0]), step, Decimal(each or slash_each), starts, months)


def percent_starts(text: str) -> tuple[Decimal, ...]:
    """The percentages of a text, those that are written as a target (达到90%, 90%以上) first."""
    text = _BELOW_IS_NOTHING.sub("", normalised(text))
    found = [*_TARGET.finditer(text), *_PERCENT.finditer(text)]
    figures = [Decimal(next(group for group in match.groups() if group)) for match in found]
    return tuple(dict.fromkeys(figure for figure in figures if 0 < figure <= 100))


def _plain_deduction(match: re.Match[str]) -> Deduction:
    return Deduction(tidy(match[0]), match[0], Decimal(match[4] or match[5]), None, True, False, False)


def _read_gains(left: _Words, facts: Facts) -> None:
    facts.gain_cap = _smallest(left.take(_GAIN_CAP))
    for match in left.take(_GAIN):
        low, high = Decimal(match[1]), match[2]
        facts.gains.append(Gain(tidy(match[0]), low, Decimal(high) if high else None))
    if not facts.gains:
        facts.gains = [Gain(tidy(match[0]), Decimal(0), None) for match in left.take(_GAIN_WORDS)]


def _deductions(left: _Words) -> Iterator[Deduction]:
    text = left.text
    left.take(_DEDUCTION)
    for segment in re.split(r"[;。]", text):
        start = 0
        for match in _DEDUCTION.finditer(segment):
            context = segment[start : match.start()].rpartition(TAKEN)[2].lstrip(",、")
            start = match.end()
            after = match["after"] or match["after2"] or match["after3"] or ""
            low = Decimal(match["low"] or match["low2"] or match["low3"])
            high = match["high"] or match["high2"] or match["high3"]
            phrase = tidy(context + match[0])
            per = bool(after) or bool(PER.search(context + "扣"))
            missing = bool(_MISSING.search(context + after))
            yield Deduction(
                phrase,
                context,
                low,
                Decimal(high) if high else None,
                per,
                missing,
                bool(_MANY.search(phrase)),
            )


def _is_outside(deduction: Deduction) -> bool:
    verb = deduction.phrase[len(deduction.context) :] if deduction.context else deduction.phrase
    return bool(re.match(r"另|额外|倒|反|追?加扣", verb) or OUTSIDE.search(deduction.context))


def _smallest(matches: list[re.Match[str]]) -> Decimal | None:
    figures = [Decimal(group) for match in matches for group in match.groups() if group]
    figures = [figure for figure in figures if figure > 0] or figures
    return min(figures) if figures else None
