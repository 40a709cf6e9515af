"""The words of scoring rules, as towns write them, and the rule each of them means."""

from __future__ import annotations

from decimal import Decimal

import pytest

from zerentian.evaluation.sheets.rule_words import Proposal, propose

FOUR = ["可回收物", "有害垃圾", "湿垃圾", "干垃圾"]


def said(words: str, points: str | None, content: str = "", section: str = "") -> Proposal:
    return propose(words, Decimal(points) if points else None, content, section)


def numbers(**settings: str) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in settings.items()}


def test_it_works() -> None:
    assert said("每处扣0.5分，扣完为止", "5") == Proposal(
        "per_occurrence", numbers(each="0.5"), likely_points=Decimal("0.5")
    )


@pytest.mark.parametrize(
    ("words", "each"),
    [
        ("每处扣0.5分", "0.5"),
        ("每发现一处扣1分，扣完为止", "1"),
        ("发现一处扣０.５分", "0.5"),
        ("0.5分/处", "0.5"),
        ("0.5／处", "0.5"),
        ("扣0.5分/处", "0.5"),
        ("-0.5/处", "0.5"),
        ("1处扣0.5分", "0.5"),
        ("每处0.5分，扣完为止", "0.5"),
        ("每处扣一分", "1"),
        ("每处扣半分", "0.5"),
        ("每处扣一分半", "1.5"),
        ("每处扣零点五分", "0.5"),
        ("每发现1处\n扣1分", "1"),
        ("有垃圾落地的，每发现一处，扣1分", "1"),
        ("缺一项扣1分", "1"),
        ("少1种扣1分", "1"),
        ("缺1项（种、类）扣1分", "1"),
        ("每例（次、个、户）扣1分", "1"),
        ("每延迟1天扣1分", "1"),
        ("每月扣1分", "1"),
        ("每有一户不知晓扣1分", "1"),
        ("每处扣0.5分，扣完本项分值为止", "0.5"),
        ("每处扣0.5分，直至0分为止", "0.5"),
        ("发现一处不规范，扣0.5分，直至扣完", "0.5"),
        ("脏污每处扣1分；破损每处扣1分", "1"),
        *((f"每{unit}扣2分", "2") for unit in "例次个户起件只桶人点项处"),
    ],
)
def test_occurrences(words: str, each: str) -> None:
    proposal = said(words, "5")
    assert (proposal.rule, proposal.settings, proposal.unsure) == ("per_occurrence", numbers(each=each), "")


@pytest.mark.parametrize(
    ("words", "cap"),
    [
        ("一处扣2分，最多扣6分", "6"),
        ("一处扣2分，扣完6分为止", "6"),
        ("一处扣2分，扣满6分为止", "6"),
        ("一处扣2分，累计扣分不超过6分", "6"),
        ("一处扣2分，以6分为限", "6"),
        ("一处扣2分，6分封顶", "6"),
        ("一处扣2分（最高扣6分）", "6"),
        ("一处扣2分，上限6分", "6"),
    ],
)
def test_occurrences_up_to_a_limit(words: str, cap: str) -> None:
    proposal = said(words, "10")
    assert proposal.settings == numbers(each="2", cap=cap)
    assert not proposal.unsure


@pytest.mark.parametrize(
    ("words", "points"),
    [
        ("未落实不得分", "2"),
        ("无宣传栏的，不得分", "2"),
        ("未设置扣2分", "2"),
        ("扣2", "2"),
        ("扣２分", "2"),
        ("达到要求得3分，否则不得分", "3"),
        ("达到要求得３分，否则不得分。", "3"),
        ("是得分、否不得分", "3"),
        ("是：得3分；否：不得分", "3"),
        ("符合得2分，不符合得0分", "2"),
        ("有则得分，无则不得分", "2"),
        ("不符合扣全分", "3"),
        ("不达标扣全部分值", "4"),
        ("发现一例该项不得分", "3"),
        ("本项一票否决", "3"),
        ("低于90%不得分", "4"),
        ("未统一张贴标识扣2分", "2"),
    ],
)
def test_all_or_nothing(words: str, points: str) -> None:
    proposal = said(words, points)
    assert (proposal.rule, proposal.settings, proposal.unsure) == ("all_or_nothing", {}, "")


@pytest.mark.parametrize(
    ("words", "content", "kinds"),
    [
        ("四分类容器（可回收物、有害垃圾、湿垃圾、干垃圾）缺一种扣1分", "", FOUR),
        ("缺1种扣1分", "四分类容器（可回收物、有害垃圾、湿垃圾、干垃圾）齐全", FOUR),
        ("每缺一类扣1分", "设置可回收物、有害垃圾、湿垃圾、干垃圾四类收集容器", FOUR),
        ("标识牌、登记本少1种扣1", "", ["标识牌", "登记本"]),
        ("缺一项扣1分", "管理制度、工作台账、责任人公示三项齐全", ["管理制度", "工作台账", "责任人公示"]),
    ],
)
def test_missing_kinds(words: str, content: str, kinds: list[str]) -> None:
    proposal = said(words, "4", content)
    assert proposal.rule == "missing_kinds"
    assert proposal.settings == {"each": Decimal(1), "kinds": kinds}
    assert not proposal.unsure


def test_kinds_that_the_content_only_seems_to_name_are_unsure() -> None:
    proposal = said("少1种扣1分", "3", "标识牌、登记本齐全")
    assert proposal.settings["kinds"] == ["标识牌", "登记本"]
    assert "请核对" in proposal.unsure


@pytest.mark.parametrize(
    ("words", "points", "levels"),
    [
        ("规范得10分，内容不全得6分，无不得分", "10", {"规范": "10", "内容不全": "6", "无": "0"}),
        ("规范得10分\n内容不全得6分\n无得0分", "10", {"规范": "10", "内容不全": "6", "无": "0"}),
        ("优得5分，良得3分，差不得分", "5", {"优": "5", "良": "3", "差": "0"}),
        ("优5分、良3分、差0分", "5", {"优": "5", "良": "3", "差": "0"}),
        ("优5良3差0", "5", {"优": "5", "良": "3", "差": "0"}),
        ("按优、良、差分别得5、3、0分", "5", {"优": "5", "良": "3", "差": "0"}),
        ("规范（10分）、不全（6分）、无（0分）", "10", {"规范": "10", "不全": "6", "无": "0"}),
        (
            "90%以上得10分，80%-90%得6分，80%以下不得分",
            "10",
            {"90%以上": "10", "80%-90%": "6", "80%以下": "0"},
        ),
        ("达标得满分；基本达标得一半分；不达标不得分", "8", {"达标": "8", "基本达标": "4", "不达标": "0"}),
        ("优不扣分，良扣2分，差扣5分", "5", {"优": "5", "良": "3", "差": "0"}),
        ("已设置得5分，未设置得2分", "5", {"已设置": "5", "未设置": "2"}),
    ],
)
def test_levels(words: str, points: str, levels: dict[str, str]) -> None:
    proposal = said(words, points)
    assert proposal.rule == "levels"
    assert proposal.settings["levels"] == numbers(**levels)
    assert not proposal.unsure


@pytest.mark.parametrize(
    "words",
    [
        "达到90%不扣分，每低10%扣1分",
        "≥90%不扣分，每降低10%扣1分，扣完为止",
        "知晓率90%以上得满分，每低10个百分点扣1分",
        "知晓率达到百分之九十不扣分，每低百分之十扣一分",
        "抽查10户，知晓率达到90%（含）以上不扣分，每低10%扣1分",
    ],
)
def test_steps(words: str) -> None:
    proposal = said(words, "10")
    assert (proposal.rule, proposal.unsure) == ("steps", "")
    assert proposal.settings == numbers(start="90", step="10", each="1")


@pytest.mark.parametrize(
    ("words", "content"),
    [
        ("目标95%，每低1个百分点扣0.5分", ""),
        ("达到95%不扣分，每低一个百分点扣0.5分", ""),
        ("较目标95%每低1%扣0.5分", ""),
        ("每低1个百分点扣0.5分", "分类参与率达到95%"),
        ("每降1个百分点扣0.5分，目标值为95%", ""),
        ("低于95%的，0.5分/百分点", ""),
    ],
)
def test_shortfall(words: str, content: str) -> None:
    proposal = said(words, "10", content)
    assert (proposal.rule, proposal.unsure) == ("shortfall", "")
    assert proposal.settings == numbers(each="0.5", target="95")


def test_a_target_that_steps_up_by_month() -> None:
    proposal = said("2023年1月达到30%，2023年2月达到60%，2023年3月达到85%，每低1个百分点扣0.5分", "5")
    assert proposal.settings["target"] == {"2023-01": 30, "2023-02": 60, "2023-03": 85}
    assert not proposal.unsure


def test_a_target_nobody_named_is_unsure() -> None:
    proposal = said("每低1个百分点扣0.5分", "10")
    assert proposal.settings == numbers(each="0.5", target="100")
    assert "从百分之几起扣" in proposal.unsure


@pytest.mark.parametrize(
    "words",
    [
        "按准确率得分",
        "合格数÷检查数×分值",
        "（合格户数÷抽查户数）×15分",
        "正确数/检查总数*15分",
        "分值×合格数/抽查数",
        "得分＝准确率×15",
        "按比例得分",
        "按合格比例折算得分",
        "根据投放准确率计分",
    ],
)
def test_ratio(words: str) -> None:
    assert said(words, "15") == Proposal("ratio")


@pytest.mark.parametrize(
    ("words", "cap"),
    [
        ("一票否决", None),
        ("实行一票否决，直接判定不合格", None),
        ("直接判定为不合格", None),
        ("总分不得分", "0"),
        ("整体不得分", "0"),
        ("该小区得0分", "0"),
        ("总分记零分", "0"),
        ("本次考核不得分", "0"),
        ("一票否决，总分为0", "0"),
        ("一票否决，得分不超过59分", "59"),
        ("直接判定不合格，总分按59分计", "59"),
    ],
)
def test_veto(words: str, cap: str | None) -> None:
    settings = {} if cap is None else numbers(cap=cap)
    assert said(words, None) == Proposal("veto", settings)


def test_a_section_of_vetoes_makes_its_clauses_vetoes() -> None:
    assert said("", None, "未开展垃圾分类", "一票否决项") == Proposal("veto")
    assert said("不得分", None, "未开展垃圾分类", "一票否决项").settings == numbers(cap="0")


def test_a_veto_with_points_says_that_they_do_not_count() -> None:
    proposal = said("一票否决", "5")
    assert proposal.rule == "veto"
    assert "5分未计入满分" in proposal.unsure


@pytest.mark.parametrize(
    ("words", "rule", "each", "cap"),
    [
        ("加1分", "bonus", "1", None),
        ("每项加1分，最多加2分", "bonus", "1", "2"),
        ("每次加0.5分，累计不超过2分", "bonus", "0.5", "2"),
        ("每获一次表彰奖励1分，上限2分", "bonus", "1", "2"),
        ("+1分/项", "bonus", "1", None),
        ("另扣1分", "penalty", "1", None),
        ("每次额外扣2分，最多扣5分", "penalty", "2", "5"),
        ("倒扣1分", "penalty", "1", None),
        ("从总分中扣2分", "penalty", "2", None),
    ],
)
def test_outside_the_total(words: str, rule: str, each: str, cap: str | None) -> None:
    limit = None if cap is None else Decimal(cap)
    assert said(words, None) == Proposal(rule, numbers(each=each), section_cap=limit)


def test_the_points_of_a_bonus_are_its_limit() -> None:
    assert said("每项加1分", "3").section_cap == 3


def test_deductions_of_a_penalty_section_are_penalties() -> None:
    assert said("每次扣1分", None, "被督办", "扣分项").rule == "penalty"
    assert said("每次扣1分", None, "被督办", "设施设备").rule == "per_occurrence"


@pytest.mark.parametrize(
    ("words", "rule", "reason"),
    [
        ("", "all_or_nothing", "没有写评分细则"),
        ("按有关规定执行", "all_or_nothing", "读不出"),
        ("扣完为止", "per_occurrence", "没有写明每处扣几分"),
        ("酌情扣分", "per_occurrence", "酌情"),
        ("视情扣1-2分", "per_occurrence", "幅度"),
        ("每处扣1-3分", "per_occurrence", "扣1至3分是一个幅度"),
        ("每2处扣1分", "per_occurrence", "每几处"),
        ("桶身破损扣1分", "per_occurrence", "没有写明是否按处数计算"),
        ("未设置扣2分", "levels", "少于分值5分"),
        ("未公示扣5分，公示不全扣1分", "levels", "只取其一"),
        ("未设置不得分；破损每处扣0.5分", "per_occurrence", "未设置不得分"),
        ("一般问题每处扣0.5分，严重问题每处扣1分", "per_occurrence", "严重问题每处扣1分"),
        ("每处扣1分；情节严重的另扣2分", "per_occurrence", "情节严重的另扣2分"),
        ("每处扣1分；发生焚烧的一票否决", "per_occurrence", "一票否决"),
        ("每处扣1分，重大活动期间双倍扣分", "per_occurrence", "双倍"),
        ("达到90%不扣分，每低10%扣1分，低于60%不得分", "steps", "低于60%不得分"),
        ("未配置的该大类不得分", "all_or_nothing", "该大类不得分"),
        ("每设置一处得1分，最多得5分", "per_occurrence", "按数得分"),
        ("达到要求得3分，否则不得分", "all_or_nothing", "不一致"),
        ("按准确率得分，发现混装混运扣2分", "ratio", "扣2分"),
    ],
)
def test_what_the_words_leave_open_is_unsure(words: str, rule: str, reason: str) -> None:
    proposal = said(words, "5")
    assert proposal.rule == rule
    assert reason in proposal.unsure
