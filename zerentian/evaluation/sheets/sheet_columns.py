"""The columns of a score sheet, known by the names that towns give them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a column holds."""

    NUMBER = "序号"
    CATEGORY = "类别"
    CONTENT = "检查内容"
    RULE = "评分细则"
    BOTH = "检查内容及评分标准"
    POINTS = "标准分值"
    SCORE = "得分"
    DEDUCTION = "扣分"
    REMARK = "备注"


_NAMES: tuple[tuple[Role, str], ...] = (
    (Role.NUMBER, r"序号?|编号|项号|序次|no\.?|#"),
    (
        Role.SCORE,
        r"(?:实际?|考核|检查|测评|考评|最终|自评|自查|初评|复核|本项|小计)?得分(?:情况)?|实得分?|实得分数|打分|评分|自评分?",
    ),
    (Role.DEDUCTION, r"(?:实际|本项)?扣分(?:值|数|分值|合计)?|实扣分?|扣分情况|扣分小计"),
    (
        Role.POINTS,
        r"(?:标准|基准|基础|基本|总)?分值|(?:标准|基准|基本|应得|规定|权重|基础|配|满)分数?|满分值|权重|配分值?|分数|总分|赋分",
    ),
    (
        Role.REMARK,
        r"备注.*|说明|情况说明|.*(?:原因|理由|依据材料)|存在问题.*|(?:检查|考核|扣分|评分|现场|得分)(?:情况|说明|记录|结果|事由).*"
        r"|(?:责任|牵头|配合|考核|评分)(?:单位|部门|人|主体)|检查方[式法]|考核方式|数据来源|检查人.*|佐证材料|问题描述",
    ),
    (
        Role.CATEGORY,
        r"类别|类型|分类|大类|项目|一级指标|(?:考核|检查|测评|评分|考评|评价|内容|指标|评估|工作)(?:项目|类别|大类|类型|分类)"
        r"|板块|模块|维度|指标类别|项目类别|项目名称|一级项目|考核对象|考核事项",
    ),
)
_RULE = re.compile(
    r"(?:评分|扣分|计分|考核|测评|考评|得分|评定|检查|赋分|打分|评价|计算|评估|加减分|加扣分|分值)"
    r"(?:与?扣分|及?评分)?(?:细则|标准|办法|方法|方式|依据|规则|说明|准则|要求及扣分)|细则|扣分"
)
_CONTENT = re.compile(
    r"内容|指标|要点|要求|事项|细项|检查项|考核项|评分项|测评项|考核点|检查点|标准|项目|工作任务"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each role stands, columns counted from 0; `categories` and `contents` from left to right."""

    number: int | None
    categories: tuple[int, ...]
    contents: tuple[int, ...]
    rules: tuple[int, ...]
    points: tuple[int, ...]
    both: int | None
    ignored: frozenset[int]


def role_of(name: str) -> Role | None:
    """The role of a header cell, None when it is not the name of a column."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).strip(":。*").lower()
    bare = re.sub(r"[(（\[【].*?[)）\]】]", "", text) or text
    if not bare or len(bare) > 16:
        return None
    for role, pattern in _NAMES:
        if re.fullmatch(pattern, bare):
            return role
    if joined := re.fullmatch(r"(.+?)(?:及|和|与|、|/|\+|以及|暨)(.+)", bare):
        first, second = role_of(joined[1]), _rule_or_content(joined[2])
        if re.fullmatch("标准|细则|办法", joined[2]):
            second = Role.RULE
        if Role.RULE in (first, second) and {first, second} & {Role.CONTENT, Role.CATEGORY}:
            return Role.BOTH
    return _rule_or_content(bare)


def _rule_or_content(bare: str) -> Role | None:
    if _RULE.search(bare):
        return Role.RULE
    return Role.CONTENT if _CONTENT.search(bare) else None


def is_header(cells: list[str]) -> bool:
    """True for a row that names what is checked and either its rule or its points."""
    filled = [cell for cell in cells if cell.strip()]
    roles = [role_of(cell) for cell in filled]
    known = [role for role in roles if role is not None]
    named = {Role.CONTENT, Role.CATEGORY, Role.BOTH, Role.RULE} & set(known)
    scored = {Role.RULE, Role.POINTS, Role.BOTH} & set(known)
    return bool(named and scored) and len(set(known)) >= 2 and len(known) * 2 > len(filled)


def arrange(names: list[str]) -> Columns:
    """Columns of the header cells `names` (the texts of a header of several rows already joined)."""
    roles = [role_of(name) if name.strip() else None for name in names]
    places: dict[Role, list[int]] = {role: [] for role in Role}
    for position, role in enumerate(roles):
        if role is not None:
            places[role].append(position)
    ignored = set(places[Role.SCORE] + places[Role.DEDUCTION] + places[Role.REMARK])
    points = places[Role.POINTS]
    strong = [place for place in points if role_is_strong(names[place])]
    if strong and len(strong) < len(points):  # 分值 beside 分数: the second is for the score given
        ignored |= set(points) - set(strong)
        points = strong
    rules = places[Role.RULE]
    if not rules and places[Role.DEDUCTION] and not places[Role.BOTH]:
        rules = places[Role.DEDUCTION][:1]  # some sheets head the rule just 扣分
        ignored -= set(rules)
    return Columns(
        number=places[Role.NUMBER][0] if places[Role.NUMBER] else None,
        categories=tuple(places[Role.CATEGORY]),
        contents=tuple(places[Role.CONTENT]),
        rules=tuple(rules),
        points=tuple(points),
        both=places[Role.BOTH][0] if places[Role.BOTH] else None,
        ignored=frozenset(ignored),
    )


def role_is_strong(name: str) -> bool:
    """分值, 满分 … always mean what a clause is worth; 分数 and 总分 only when nothing else does."""
    return re.search(r"分数|总分", re.sub(r"\s+", "", name)) is None
