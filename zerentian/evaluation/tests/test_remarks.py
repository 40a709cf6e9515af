"""What a careful clerk is told before publishing."""

from pathlib import Path

from zerentian.evaluation.remarks import remarks
from zerentian.evaluation.tests.town import observations, town_results

MONTH = "2023-10"
NOT_APPLICABLE = {"bins": "n/a", "dirty": "n/a", "purity": "n/a"}


def test_it_works(tmp_path: Path) -> None:
    rows = observations(MONTH, {"a1": {}, "b1": NOT_APPLICABLE, "c1": {}})
    results = town_results(
        tmp_path, rows, f"{MONTH},A,social,80\n", "2023-10,town,A,97.00,yes\n2023-10,town,C,100.00,yes\n"
    )
    # A: 90 + 8 = 98; C: 90 of 90 -> 100
    assert list(remarks(results)) == [
        "2023-10：1 个点位未检查，不计分（丙二）",
        "2023-10：1 个点位各项均不适用，不计分（乙一）",
        "2023-10：1 个对象没有“社会评价”的数值，按缺项处理（丙居委会）",
        "2023-10：1 个对象的镇检查结果与 history 表中同月的不同，以本次计算为准（甲村委会）",
    ]


def test_a_complete_month_has_none(tmp_path: Path) -> None:
    rows = observations(MONTH, {"a1": {}, "b1": {}, "c1": {}, "c2": {}})
    figures = "".join(f"{MONTH},{subject},social,80\n" for subject in "ABC")
    assert list(remarks(town_results(tmp_path, rows, figures))) == []
