"""`zerentian evaluate` from files to tables: periods, ways of writing inputs, formats of results."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import yaml

from tests.town import (
    COLUMNS,
    MONTH,
    Town,
    clause,
    policy,
    purity,
    score_rows,
    section,
    standard,
    write_csv,
    write_json,
    write_xlsx,
)

HOMES = {"id": "homes", "kinds": ["compound", "village"], "statistic": "mean", "points": 40}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


# --- end to end ---


def test_it_works(town: Town) -> None:
    # v1: (98 + 95) / 2 = 96.5; v2: 89 (below the line 90)
    town.subjects.append({"subject": "v2", "name": "二村"})
    town.add_scores({"s1": 98, "s2": 95})
    town.add_scores({"s3": 89}, subject="v2")
    outcome = town.run_apart()
    assert outcome.status == 0
    assert sorted(path.name for path in outcome.out.iterdir()) == [
        "interviews.csv",
        "lists.csv",
        "not_ranked.csv",
        "site_scores.csv",
        "subject_scores.csv",
    ]
    first, second = outcome.table("subject_scores")
    assert first == {
        "period": MONTH,
        "group": "",
        "rank": "1",
        "subject": "v1",
        "name": "一村",
        "score": "96.50",
        "band": "",
        "sites": "2",
        "passed_sites": "2",
        "pass_rate": "100.00",
        "homes": "96.50",
        "rank_bonus": first["rank_bonus"],
    }
    assert (second["rank"], second["subject"], second["score"], second["pass_rate"]) == (
        "2",
        "v2",
        "89.00",
        "0.00",
    )
    assert outcome.table("site_scores")[0] == {
        "period": MONTH,
        "site": "s1",
        "name": "点位s1",
        "kind": "compound",
        "subject": "v1",
        "score": "98.00",
        "full_marks": "100",
        "passed": "yes",
        "vetoes": "",
        "deductions": "purity:2",
    }


def test_columns_stand_in_the_order_of_the_definition(town: Town) -> None:
    town.add_scores({"s1": 98})
    out = town.run().out
    heads = {path.stem: path.read_text("utf-8-sig").splitlines()[0] for path in out.iterdir()}
    assert heads == {
        "site_scores": "period,site,name,kind,subject,score,full_marks,passed,vetoes,deductions",
        "subject_scores": "period,group,rank,subject,name,score,band,sites,passed_sites,pass_rate,homes,rank_bonus",
        "not_ranked": "period,subject,name,reason",
        "lists": "period,list,position,subject,name,score,reasons",
        "interviews": "period,interview,subject,name,reason,chair,attend",
    }


# --- periods ---


def test_two_periods_in_one_file_give_both_results(town: Town) -> None:
    town.subjects.append({"subject": "v2", "name": "二村"})
    town.add_site("s1")
    town.add_site("s2", "v2")
    town.observations += score_rows({"s1": 90, "s2": 95}, "2023-10")
    town.observations += score_rows({"s1": 99, "s2": 80}, "2023-09")
    outcome = town.run()
    assert [
        (row["period"], row["rank"], row["subject"], row["score"]) for row in outcome.table("subject_scores")
    ] == [
        ("2023-09", "1", "v1", "99.00"),
        ("2023-09", "2", "v2", "80.00"),
        ("2023-10", "1", "v2", "95.00"),
        ("2023-10", "2", "v1", "90.00"),
    ]
    assert outcome.column("site_scores", "site", "score", "2023-09") == {"s1": "99.00", "s2": "80.00"}


def test_visits_of_two_periods_stay_apart(town: Town) -> None:
    town.add_site("s1")
    town.observations += [
        {**row, "date": "2023-09-30", "inspector": "甲"}
        for period, score in (("2023-09", 80), ("2023-10", 100))
        for row in score_rows({"s1": score}, period)
    ]
    rows = town.run().table("site_scores")
    assert [(row["period"], row["score"]) for row in rows] == [("2023-09", "80.00"), ("2023-10", "100.00")]


# --- ways of writing the inputs ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_encodings_of_csv(town: Town, encoding: str) -> None:
    town.add_scores({"s1": 90})
    for name in ("subjects", "sites", "observations"):
        path = town.folder / f"own_{name}.csv"
        town.files[name] = write_csv(path, getattr(town, name), COLUMNS[name], encoding)
    row = town.run().subject("v1")
    assert (row["name"], row["score"]) == ("一村", "90.00")


def test_columns_in_any_order_and_windows_line_ends(town: Town) -> None:
    town.add_scores({"s1": 90})
    town.files["sites"] = town.folder / "own.csv"
    town.files["sites"].write_bytes("subject,kind,name,site\r\nv1,compound,甲小区,s1\r\n".encode())
    assert town.run().column("site_scores", "site", "name") == {"s1": "甲小区"}


def test_policy_and_standard_in_json(town: Town) -> None:
    town.add_scores({"s1": 90})
    town.files["policy"] = write_json(town.folder / "policy.json", town.policy)
    town.files["standard0"] = write_json(town.folder / "standard.json", town.standards[0])
    assert town.run().subject("v1")["score"] == "90.00"


def test_decimals_in_json_are_exact(town: Town) -> None:
    # 88.1 - 0.3 = 87.8
    town.standards = [standard(section("一", clause("a", "per_occurrence", 88.1, each=0.1)), full_marks=88.1)]
    town.files["standard0"] = write_json(town.folder / "standard.json", town.standards[0])
    town.add_site("s1")
    town.observe("s1", {"a": "3"})
    assert town.run().site_score("s1") == "87.80"


def test_workbooks_with_numbers_and_dates_as_excel_keeps_them(town: Town) -> None:
    # aware 89.9 as a number -> 10 - 1; dirty 3 as a number -> 90 - 3; period as a date cell; date as a date cell
    town.standards = [
        standard(
            section(
                "一",
                clause("aware", "steps", 10, start=90, step=10, each=1),
                clause("dirty", "per_occurrence", 90, each=1),
            ),
            full_marks=100,
        )
    ]
    town.policy = policy(
        {**HOMES, "points": 90}, {"id": "social", "statistic": "figure", "points": 10, "scale": 100}
    )
    first = datetime.date(2023, 10, 1)
    visit = {"period": first, "site": "101", "date": datetime.date(2023, 10, 12), "inspector": "甲"}
    rows = [{**visit, "clause": "aware", "value": 89.9}, {**visit, "clause": "dirty", "value": 3}]
    books = {
        "subjects": [{"subject": "v1", "name": "一村"}],
        # an identifier that Excel keeps as a number
        "sites": [{"site": 101, "name": "甲小区", "kind": "compound", "subject": "v1"}],
        "observations": rows,
        "figures": [{"period": "2023-10", "subject": "v1", "part": "social", "value": 88.1}],
    }
    for name, content in books.items():
        columns = list(COLUMNS[name]) + (["date", "inspector"] if name == "observations" else [])
        town.files[name] = write_xlsx(town.folder / f"{name}.xlsx", content, columns)
    outcome = town.run()
    # 9 + 87 = 96; 90 x 0.96 = 86.4; 10 x 0.881 = 8.81
    (site,) = outcome.table("site_scores")
    assert (site["period"], site["site"], site["score"]) == (MONTH, "101", "96.00")
    assert outcome.subject("v1")["score"] == "95.21"


def test_extra_columns_are_passed_through(town: Town) -> None:
    town.subjects = [{"subject": "v1", "name": "一村", "书记": "张三"}]
    town.add_site("s1", 地址="淀山湖大道1号", households="300")
    town.observations = list(score_rows({"s1": 90}))
    outcome = town.run()
    (site,) = outcome.table("site_scores")
    assert (site["地址"], site["score"]) == ("淀山湖大道1号", "90.00")
    assert outcome.subject("v1")["书记"] == "张三"


def test_rare_characters_and_long_names_survive(town: Town) -> None:
    name = "\U00020bb7野家" + "村" * 197
    town.subjects = [{"subject": "v1", "name": name}]
    town.add_scores({"s1": 90})
    assert town.run_apart().subject("v1")["name"] == name


def test_cells_with_commas_quotes_and_formulas_stay_text(town: Town) -> None:
    name = '=1+1,"甲"'
    town.subjects = [{"subject": "v1", "name": name}]
    town.add_scores({"s1": 90})
    assert town.run().subject("v1")["name"].endswith(name)
    book = openpyxl.load_workbook(town.run("--format", "xlsx", out="books").out / "subject_scores.xlsx")
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if str(cell.value).endswith(name)] == ["s"]


# --- files as people write them ---


STANDARD_BY_HAND = """\
standard: compound            # id, [a-z0-9-]+
version: "2023.1"
title: 居住小区生活垃圾分类实效测评表
site_kind: compound
full_marks: 53
pass_share: 0.9               # pass line = pass_share x full_marks
not_applicable: rescale       # rescale 按比例折算 | full 视为满分
decimals: 2
sections:
  - name: 设施设备
    gate: {clause: bins, when: zero}
    clauses:
      - {id: bins,    text: 四分类容器齐全,       points: 5,  rule: all_or_nothing}
      - {id: dirty,   text: 桶身脏破未盖,         points: 5,  rule: per_occurrence, each: 1}
      - {id: labels,  text: 标识缺项,             points: 3,  rule: missing_kinds, each: 1, kinds: [可回收物, 有害垃圾, 湿垃圾, 干垃圾]}
      - {id: notice,  text: 公示栏,               points: 10, rule: levels, levels: {规范: 10, 内容不全: 6, 未更新: 4, 无: 0}}
      - {id: purity,  text: 投放点分类准确率,     points: 15, rule: ratio}
      - {id: aware,   text: 居民知晓率,           points: 10, rule: steps, start: 90, step: 10, each: 1}
      - {id: target,  text: 回收登记率,           points: 5,  rule: shortfall, each: 0.5, target: {2023-01: 30, "2023-02": 60, "2023-03": 85}}
  - name: 一票否决
    clauses:
      - {id: mixed,   text: 容器内严重混合垃圾,   rule: veto, cap: 59}
      - {id: nosort,  text: 未开展垃圾分类,       rule: veto, cap: 0}
  - name: 加减分
    bonus_cap: 2
    penalty_cap: 5
    clauses:
      - {id: model,   text: 特色做法,             rule: bonus,   each: 1}
      - {id: repeat,  text: 同一问题两次以上被督办, rule: penalty, each: 1}
"""
POLICY_BY_HAND = """\
policy: town-2023
title: 2023年行动工作方案
subject: committee
decimals: 2
parts:
  - {id: homes,  name: 居住区（含行政村）, kinds: [compound, village], statistic: mean, points: 40}
  - {id: units,  name: 单位,              kinds: [unit],  statistic: mean, points: 12}
  - {id: shops,  name: 沿街商铺,          kinds: [shop],  statistic: mean, points: 6}
  - {id: rate,   name: 达标率,            kinds: [compound, village, unit], statistic: pass_rate, points: 10, target: 95, each: 0.5}
  - {id: social, name: 社会评价,          statistic: figure, points: 10, scale: 100}
  - {id: orders, name: 督办扣分,          statistic: count, each: -1, cap: 5}
missing_part: rescale
pass_mark: 90
visits: mean
min_sites: 1
groups: kind
ties: competition
tie_break: [-vetoes, pass_rate]
bands:
  - {name: 绿榜, min: 90}
  - {name: 蓝榜, min: 75}
  - {name: 黄榜, min: 60}
  - {name: 红榜, min: 0}
lists:
  - {name: 红榜, top: 5, order: best_first}
  - {name: 黑榜, bottom: 5, order: worst_first, ties_at_cut: include}
rank_bonus: {1: 2, 2: 1, 4: -0.5, 5: -1}
interviews:
  - {name: 末位约谈, when: {bottom: 5, ties_at_cut: include, only_failed: false}, source: town, chair: 分管领导, attend: [村居书记, 小区物业负责人]}
  - {name: 连续不达标约谈, when: {consecutive_fails: 2}, source: district, chair: 镇主要领导, attend: [村居书记, 小区物业负责人]}
"""


def by_hand(town: Town) -> None:
    for option, text in (("standard0", STANDARD_BY_HAND), ("policy", POLICY_BY_HAND)):
        town.files[option] = town.folder / f"by_hand_{option}.yaml"
        town.files[option].write_text(text, encoding="utf-8")
    town.subjects = [{"subject": "v1", "name": "一村", "kind": "行政村"}]
    town.add_site("s1")
    sound = {
        "bins": "yes",
        "dirty": "0",
        "labels": "none",
        "notice": "规范",
        "purity": "13/15",
        "aware": "89.9",
        "target": "84",
        "mixed": "no",
        "nosort": "no",
        "model": "1",
        "repeat": "0",
    }
    town.observe("s1", sound)
    town.figures = [
        {"period": MONTH, "subject": "v1", "part": "social", "value": "88.10"},
        {"period": MONTH, "subject": "v1", "part": "orders", "value": "2"},
    ]
    town.past("district", "v1", {"2023-09": True, "2023-10": True})


def test_the_files_of_the_definition(town: Town) -> None:
    by_hand(town)
    outcome = town.run()
    # lost: purity 2, aware 1, target 0.5 -> 53 - 3.5 = 49.5, + 1 = 50.5; line 47.7
    (site,) = outcome.table("site_scores")
    assert (site["score"], site["passed"]) == ("50.50", "yes")
    row = outcome.subject("v1")
    # homes 40 x 50.5/53 = 38.1132 -> 38.11; rate 100 % -> 10; social 8.81
    assert (row["homes"], row["rate"], row["social"], row["orders"]) == ("38.11", "10.00", "8.81", "-2.00")
    # (38.11 + 10 + 8.81) x 78/60 = 73.996; - 2 = 71.996 -> 72.00; units and shops are missing
    assert (row["score"], row["band"], row["rank"], row["group"]) == ("72.00", "黄榜", "1", "行政村")
    assert Decimal(row["rank_bonus"]) == 2
    assert outcome.listed("红榜") == ["v1"]
    assert outcome.listed("黑榜") == ["v1"]
    assert [which for _, which, _ in outcome.interviews()] == ["末位约谈", "连续不达标约谈"]


def test_json_says_the_same_as_yaml(town: Town) -> None:
    """Keys of rank_bonus are text in JSON."""
    by_hand(town)
    yaml_result = town.run(out="yaml").table("subject_scores")
    for option in ("standard0", "policy"):
        content = yaml.load(town.files[option].read_text("utf-8"), Loader=yaml.BaseLoader)
        text = json.dumps(content, ensure_ascii=False, indent="\t").replace('"false"', "false")
        town.files[option] = town.folder / f"{option}.json"
        town.files[option].write_text(text, encoding="utf-8")
    assert town.run(out="json").table("subject_scores") == yaml_result


def test_level_names_may_be_words_that_yaml_reads_otherwise(town: Town) -> None:
    text = STANDARD_BY_HAND.replace(
        "{规范: 10, 内容不全: 6, 未更新: 4, 无: 0}", "{yes: 10, 2: 6, off: 4, no: 0}"
    )
    by_hand(town)
    town.files["standard0"].write_text(text, encoding="utf-8")
    for value, score in (("yes", "50.50"), ("2", "46.50"), ("off", "44.50"), ("no", "40.50")):
        town.observations = [
            {**row, "value": value} if row["clause"] == "notice" else row for row in town.observations
        ]
        assert town.run("--force").site_score("s1") == score


def test_columns_without_a_name_are_passed_over(town: Town) -> None:
    """Excel writes commas for columns that were emptied."""
    town.add_scores({"s1": 90})
    town.files["subjects"] = town.folder / "own.csv"
    town.files["subjects"].write_text("subject,name,,\nv1,一村,,\n,,,\n", encoding="utf-8")
    assert town.run().subject("v1")["score"] == "90.00"


def test_two_standards_score_two_kinds(town: Town) -> None:
    """Each site by the standard of its kind, each with its own full marks, pass line and clauses."""
    town.standards = [
        purity(),
        standard(
            section("一", clause("dirty", "per_occurrence", 45, each=0.5)),
            full_marks=45,
            standard="shop",
            site_kind="shop",
        ),
    ]
    town.add_scores({"s1": 89})
    town.add_site("s2", kind="shop")
    town.observe("s2", {"dirty": "9"})  # 45 - 4.5 = 40.5, just the line
    outcome = town.run()
    assert outcome.column("site_scores", "site", "score") == {"s1": "89.00", "s2": "40.50"}
    assert outcome.column("site_scores", "site", "passed") == {"s1": "no", "s2": "yes"}
    full = outcome.column("site_scores", "site", "full_marks")
    assert {site: Decimal(marks) for site, marks in full.items()} == {"s1": 100, "s2": 45}


# --- ways of writing the results ---


def test_json_results(town: Town) -> None:
    town.add_scores({"s1": 90})
    out = town.run("--format", "json").out
    rows = json.loads((out / "subject_scores.json").read_text("utf-8"))
    assert [(row["subject"], row["name"], Decimal(str(row["score"]))) for row in rows] == [("v1", "一村", 90)]
    assert json.loads((out / "interviews.json").read_text("utf-8")) == []


def test_workbook_results_can_be_opened(town: Town) -> None:
    town.add_scores({"s1": "91.67"})
    out = town.run("--format", "xlsx").out
    rows = list(openpyxl.load_workbook(out / "site_scores.xlsx").active.iter_rows(values_only=True))
    found = dict(zip(rows[0], rows[1], strict=True))
    assert found["site"] == "s1"
    assert Decimal(str(found["score"])) == Decimal("91.67")


def test_it_refuses_to_overwrite(town: Town) -> None:
    town.add_scores({"s1": 90})
    town.run()
    before = {path.name: path.read_bytes() for path in (town.folder / "results").iterdir()}
    town.observations = list(score_rows({"s1": 50}))
    outcome = town.run()
    assert outcome.status in (1, 2)
    assert "--force" in outcome.text
    assert {path.name: path.read_bytes() for path in outcome.out.iterdir()} == before


def test_force_overwrites(town: Town) -> None:
    town.add_scores({"s1": 90})
    town.run()
    town.observations = list(score_rows({"s1": 50}))
    assert town.run("--force").site_score("s1") == "50.00"


def test_force_leaves_other_files_alone(town: Town) -> None:
    town.add_scores({"s1": 90})
    kept = town.run().out / "笔记.txt"
    kept.write_text("自己的", encoding="utf-8")
    town.run("--force")
    assert kept.read_text(encoding="utf-8") == "自己的"


def test_the_folder_and_those_above_it_are_made(town: Town) -> None:
    town.add_scores({"s1": 90})
    assert town.run(out=Path("deep") / "er" / "results").site_score("s1") == "90.00"


def test_an_empty_folder_is_used(town: Town) -> None:
    town.add_scores({"s1": 90})
    (town.folder / "results").mkdir()
    assert town.run().site_score("s1") == "90.00"
