"""The text that is handed to a village secretary."""

from pathlib import Path

import pytest

from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.explain import explain_site, explain_subject
from zerentian.evaluation.results import Results
from zerentian.evaluation.tests.town import observations, town_results

MONTH = "2023-10"


@pytest.fixture
def results(tmp_path: Path) -> Results:
    rows = observations(
        MONTH,
        {
            "a1": {"dirty": "2", "purity": "9/10", "model": "1"},
            "b1": {"bins": "no", "dirty": "1", "mixed": "yes"},
            "c1": {"bins": "n/a", "dirty": "3"},
        },
        day="2023-10-09",
    )
    figures = f"{MONTH},A,social,80\n{MONTH},B,social,80\n{MONTH},B,orders,2\n"
    history = "2023-09,district,B,85,no\n2023-10,district,B,86,no\n"
    return town_results(tmp_path, rows, figures, history)


def test_it_works(results: Results) -> None:
    text = explain_site(results, "a1", MONTH)
    # 20 − 2 (dirty) − 1 (purity) + 0.5 (model) = 17.5, pass line 18
    assert text == "\n".join([
        "【甲一（a1）】居住小区　2023年10月",
        "  评分标准：居住小区测评表（2023.1版），满分 20 分，达标线 18 分",
        "  检查（2023-10-09）：",
        "    设施",
        "      四分类容器齐全：是，不扣分（满分 5）　［达到要求得5分，否则不得分］",
        "      桶身脏破：2处，扣 2 分（满分 5）　［每处扣1分，扣完为止］",
        "    实效",
        "      分类准确率：9/10，扣 1 分（满分 10）　［合格数÷检查数×10分］",
        "      严重混合垃圾：未发生　［一票否决：发生即不达标，得分不超过11分］",
        "      特色做法：1次，+0.5 分　［加分：每次加0.5分］",
        "    本次得分：20 － 3 ＋ 0.5（加减分） ＝ 17.5 分",
        "  公布得分：17.50 分（四舍五入到 2 位小数），不达标（低于达标线）",
    ])  # fmt: skip


def test_a_closed_gate_and_a_veto_are_said(results: Results) -> None:
    # the gate takes the whole section of 10: 10 left; the veto's cap of 11 changes nothing
    text = explain_site(results, "b1", MONTH)
    assert "“四分类容器齐全”得 0 分，按标准本类别整体得 0 分" in text
    assert "本次得分：20 － 10，一票否决：发生即不达标，得分不超过11分 ＝ 10 分" in text
    assert "公布得分：10.00 分（四舍五入到 2 位小数），不达标（一票否决：“严重混合垃圾”）" in text


def test_rescaling_is_said(results: Results) -> None:
    # 15 points apply, 3 lost: 12/15 of 20 is 16
    text = explain_site(results, "c1", MONTH)
    assert "四分类容器齐全：不适用，不参与计分" in text
    assert "本次得分：适用项满分 15 分，折算为 20 分后：20 － 4 ＝ 16 分" in text


def test_an_unseen_site_is_never_zero(results: Results) -> None:
    assert "未检查：本月没有检查结果，不计分，也不按 0 分计。" in explain_site(results, "c2", MONTH)


def test_a_subject_is_explained_down_to_its_sites(results: Results) -> None:
    text = explain_subject(results, "B", MONTH)
    # homes 90 × 10/20 = 45; social 10 × 80/100 = 8; orders −2; total 51
    assert "居住区：90 × 各点位得分率的平均 ＝ 45.00 分，计入 1 个点位：\n    乙一（b1） 10.00/20" in text
    assert "社会评价：10 × 80 ÷ 100 ＝ 8.00 分" in text
    assert "督办扣分：2 件 × -1 分，以 ±5 分为限 ＝ -2.00 分" in text
    assert "总分：45.00 ＋ 8.00 － 2.00 ＝ 51.00 分" in text
    assert "总分 51.00 分，3 个村居中排第 3 名" in text
    assert "列入“黑榜”（后 1 名）第 1 位" in text
    assert "末位约谈：镇检查3个村居中排第3名，在最后1位之列，得分51.00" in text
    assert "连续不达标约谈：区督查2023年9月、2023年10月连续2个月不达标（得分 85、86）" in text
    assert "【乙一（b1）】" in text


def test_a_missing_part_is_said(results: Results) -> None:
    # C: homes 90 × 16/20 = 72, no social figure: 72 × 100 ÷ 90 = 80
    text = explain_subject(results, "C", MONTH)
    assert "社会评价（10分）：本月没有，不计入，其余部分按比例折算" in text
    assert "总分：（72.00）× 100 ÷ 90 ＝ 80.00 分" in text
    assert "【丙二（c2）】居住小区\n  未检查" in text


def test_the_distance_to_the_neighbours_is_said(results: Results) -> None:
    # A: 90 × 17.5/20 = 78.75, + 8 = 86.75; C: 80; B: 51
    text = explain_subject(results, "C", MONTH)
    assert "比本村居高的 1 个，低的 1 个" in text
    assert "与前一名相差 6.75 分" in text
    assert "与后一名相差 29.00 分" in text


@pytest.mark.parametrize(
    ("site", "period", "said"), [("x", MONTH, "点位表中没有“x”"), ("a1", "2023-09", "现有月份：2023-10")]
)
def test_what_is_unknown_is_said(results: Results, site: str, period: str, said: str) -> None:
    with pytest.raises(ProblemsFound) as caught:
        explain_site(results, site, period)
    assert said in next(caught.value.lines())


def test_the_distance_to_leaving_the_last_is_said(results: Results) -> None:
    # B is the last one with 51.00 (45 + 8 − 2); the one before has 80.00
    assert "倒数第 2 名得 80.00 分，相差 29.00 分" in explain_subject(results, "B", MONTH)


def test_a_subject_without_rank_is_told_why(tmp_path: Path) -> None:
    text = explain_subject(town_results(tmp_path, observations(MONTH, {"a1": {}})), "B", MONTH)
    assert "一、结果\n  不排名：样本不足：有得分的点位 0 个，少于 1 个" in text
    assert "三、各点位得分的来历\n\n【乙一（b1）】居住小区\n  未检查" in text
