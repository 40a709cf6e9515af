"""What a bulletin says: counts, changes, lists, problems, blanks."""

from decimal import Decimal
from pathlib import Path

import pytest

from zerentian.core.problems import ProblemsFound
from zerentian.documents.bulletin import Bulletin, make_bulletin
from zerentian.documents.letter import Letter, load_letter
from zerentian.documents.tests.town import HISTORY, NAMES, SITES, month


def bulletin(folder: Path, letter: Letter | None = None, **settings: object) -> Bulletin:
    results = month(folder, **settings)
    return make_bulletin(results, results.periods[-1], letter or Letter())


def test_it_works(tmp_path: Path) -> None:
    made = bulletin(tmp_path)
    assert made.title.replace("\n", "") == "关于2023年10月生活垃圾分类检查测评情况的通报"
    assert made.summary[0] == (
        "根据镇检查结果，2023年10月共检查4个村居的4个点位，其中居住小区4个。"
        "得分点位4个，达标2个，点位达标率50.00%。1个点位出现一票否决情形。"
    )
    assert made.summary[1] == (
        "参加排名的村居4个，平均得分77.09分，最高100.00分（甲村村委会），最低52.50分（丁居委会），"
        "达标（90分及以上）2个，占50.00%。按档次分，绿榜2个、黄榜2个。"
    )
    assert made.list_words == ["红榜（前1位）：甲村村委会。", "黑榜（最后1位）：丁居委会。"]
    assert made.attachments == ["1. 2023年10月村居排名", "2. 2023年10月红榜、黑榜"]
    assert [row[:3] for row in made.rankings.tables[0].rows] == [
        [1, "甲村村委会", Decimal("100.00")],
        [2, "乙村村委会", Decimal("90.00")],
        [3, "丙居委会", Decimal("65.85")],
        [4, "丁居委会", Decimal("52.50")],
    ]


def test_it_tells_the_change_since_the_month_before(tmp_path: Path) -> None:
    (words,) = (words for words in bulletin(tmp_path).summary if "相比" in words)
    assert words == (
        "与2023年9月相比，平均得分由90.00分变为77.09分，下降12.91分；达标村居仍为2个；"
        "连续两个月不达标的有丙居委会；新进入最后1位的有丁居委会；退出最后1位的有甲村村委会。"
    )


def test_an_earlier_month_of_the_run_stands_for_history(tmp_path: Path) -> None:
    made = bulletin(tmp_path, periods=["2023-09", "2023-10"])
    (words,) = (words for words in made.summary if "相比" in words)
    assert "平均得分持平，均为77.09分" in words
    assert "新进入" not in words
    assert "连续两个月不达标的有丙居委会、丁居委会" in words


def test_a_change_over_some_subjects_says_so(tmp_path: Path) -> None:
    made = bulletin(tmp_path, history=HISTORY[:3])
    assert any("按两月均有得分的3个村居计算" in words for words in made.summary)


def test_nothing_is_said_of_a_month_that_is_not_known(tmp_path: Path) -> None:
    assert not any("相比" in words for words in bulletin(tmp_path, history=()).summary)


def test_without_a_pass_mark_nobody_passes_or_fails(tmp_path: Path) -> None:
    made = bulletin(tmp_path, pass_mark=None)
    assert not any("达标（" in words or "不达标的有" in words for words in made.summary)


def test_unseen_sites_are_not_zero(tmp_path: Path) -> None:
    made = bulletin(tmp_path, unseen=2)
    assert "另有2个点位本月未检查（居住小区2个），不计分，也不按0分计，涉及甲村村委会。" in made.summary


def test_who_is_not_ranked_stands_in_an_attachment_with_the_reason(tmp_path: Path) -> None:
    made = bulletin(tmp_path, sites={site: SITES[site] for site in ("s1", "s2")}, history=())
    assert "未参加排名的村居2个：丙居委会、丁居委会，原因见附件。" in made.summary
    assert made.not_ranked.label == "附件3"
    assert made.not_ranked.tables[0].rows[0][1:] == ["丙居委会", "样本不足：有得分的点位 0 个，少于 1 个"]


def test_groups_have_a_table_and_figures_each(tmp_path: Path) -> None:
    made = bulletin(tmp_path, groups="kind", columns={"kind": ["村", "村", "居", "居"]})
    assert [table.title for table in made.rankings.tables] == ["村", "居"]
    assert "村组2个，平均得分95.00分" in made.summary[1]
    assert made.list_words[1] == "红榜（居前1位）：丙居委会。"
    assert [table.title for table in made.lists.tables][-1] == "黑榜（居最后1位）"


def test_the_rank_bonus_stands_apart(tmp_path: Path) -> None:
    table = bulletin(tmp_path, rank_bonus={1: 2, 4: -1}).rankings.tables[0]
    assert table.columns[-1] == "名次加减分"
    assert [row[-1] for row in table.rows] == [Decimal("2.00"), Decimal(0), Decimal(0), Decimal("-1.00")]
    assert table.rows[0][2] == Decimal("100.00")


def test_main_problems_are_the_dearest_clauses(tmp_path: Path) -> None:
    rows = bulletin(tmp_path).problems.rows
    assert rows[0] == [1, "居住小区", "四分类容器齐全", 1, Decimal("10.00")]
    assert rows[1] == [2, "居住小区", "桶身脏破", 2, Decimal("5.00")]


def test_interviews_say_who_why_and_by_whom(tmp_path: Path) -> None:
    assert bulletin(tmp_path).interviews.rows == [
        [
            "末位约谈",
            "丁居委会",
            "镇检查4个村居中排第4名，在最后1位之列，得分52.50",
            "分管领导",
            "村居书记、物业",
        ],
        [
            "连续不达标约谈",
            "乙村村委会",
            "区督查2023年9月、2023年10月连续2个月不达标（得分 85.5、86.5）",
            "镇主要领导",
            "村居书记",
        ],
    ]


def test_many_equal_best_are_counted(tmp_path: Path) -> None:
    sites: dict[str, dict[str, str]] = {f"s{number}": {} for number in range(1, 5)}
    made = bulletin(tmp_path, sites=sites, history=())
    assert f"最高100.00分（{'、'.join(NAMES[:3])}等4个）" in made.summary[1]
    assert made.problems.rows == []


def test_the_method_names_policy_standards_and_the_way_to_object(tmp_path: Path) -> None:
    letter = Letter(objection="可在3个工作日内书面提出", contact="张三")
    made = bulletin(tmp_path, letter)
    text = "".join(made.method)
    assert "小镇办法（3版），依据：示镇〔2023〕1号" in text
    assert "居住小区测评表（2023.1版）；满分20分，达标线18分" in text
    assert "四舍五入到2位小数" in text
    assert "对得分有异议的，可在3个工作日内书面提出。联系人及电话：张三。" in text


def test_unset_marks_are_blanks_and_no_limit_is_invented(tmp_path: Path) -> None:
    made = bulletin(tmp_path)
    assert made.letter.number == "〔　　　　〕　　号"
    assert "工作日" not in "".join(made.method)
    assert "联系人及电话：＿＿" in made.method[-1]


def test_a_title_of_the_letter_is_taken(tmp_path: Path) -> None:
    assert bulletin(tmp_path, Letter(title="十月通报")).title == "十月通报"


def test_an_unknown_key_of_the_letter_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.yaml"
    path.write_text("issuer: 某镇\nisuer: 某镇\n", encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        load_letter(path)
    assert "isuer" in str(next(found.value.lines()))
