"""Input that can't be used: each fault is named with file, row, column, value and what was expected; status 2;
nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.town import (
    COLUMNS,
    MONTH,
    Town,
    clause,
    policy,
    score_rows,
    section,
    sound_town,
    standard,
    write_csv,
)

OBSERVATIONS = "period,site,clause,value\n2023-10,s1,purity,9/10\n"
ROW = {"period": MONTH, "site": "s1", "clause": "purity", "value": "9/10"}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return sound_town(tmp_path)


def test_the_month_itself_is_sound(town: Town) -> None:
    assert town.run().site_score("s1") == "90.00"


# --- values outside their rule ---


SHEET = standard(
    section(
        "一",
        clause("bins", "all_or_nothing", 5),
        clause("dirty", "per_occurrence", 5, each=1),
        clause("labels", "missing_kinds", 3, each=1, kinds=["可回收物", "湿垃圾"]),
        clause("notice", "levels", 10, levels={"规范": 10, "无": 0}),
        clause("purity", "ratio", 15),
        clause("aware", "steps", 10, start=90, step=10, each=1),
        clause("target", "shortfall", 5, each=0.5, target=85),
    ),
    section(
        "二",
        clause("mixed", "veto", cap=59),
        clause("model", "bonus", each=1),
        clause("repeat", "penalty", each=1),
    ),
    full_marks=53,
)
SOUND = {
    "bins": "yes",
    "dirty": "0",
    "labels": "none",
    "notice": "规范",
    "purity": "1/1",
    "aware": "90",
    "target": "85",
    "mixed": "no",
    "model": "0",
    "repeat": "0",
}
NO_COUNT = (
    "-1",
    "1.5",
    "NaN",
    "1e309",
    "1e3",
    "inf",
    "12。5",
    "两处",
    "1,000",
    "0x10",
    "8²",
    "①",
    "9" * 5000,
)
NO_PERCENTAGE = ("101", "100.01", "-0.1", "NaN", "1e309", "12。5", "89,9", "九十")
REFUSED = {
    "bins": ("maybe", "1", "0.5"),
    "dirty": NO_COUNT,
    "labels": ("干垃圾", "none;湿垃圾", "1"),
    "notice": ("优", "10"),
    "purity": ("5/4", "0/0", "1/0", "-1/3", "1/-3", "3", "1.5/3", "1/", "/3", "a/b", "1/2/3", "NaN/1"),
    "aware": NO_PERCENTAGE,
    "target": NO_PERCENTAGE,
    "mixed": ("maybe", "1"),
    "model": NO_COUNT,
    "repeat": NO_COUNT,
}


@pytest.mark.parametrize("identifier", REFUSED)
def test_values_outside_their_rule(town: Town, identifier: str) -> None:
    """All of a clause's bad values in one file, one site each: each is told with its row."""
    town.standards = [SHEET]
    town.sites, town.observations = [], []
    values = REFUSED[identifier]
    for number, value in enumerate(values):
        town.add_site(f"t{number}")
        town.observe(f"t{number}", {**SOUND, identifier: value})
    row_of = {
        row["site"]: number for number, row in enumerate(town.observations, 2) if row["clause"] == identifier
    }
    outcome = town.run()
    for number, value in enumerate(values):
        site = f"t{number}"
        outcome.refused(
            "observations.csv", f"第{row_of[site]}行", "value", site, identifier, value[:200], "应为"
        )
    assert len(outcome.text.splitlines()) == len(values)


def test_full_width_digits_are_accepted(town: Town) -> None:
    # １２ of 100 -> 88; ８９．９ % -> one step of 1
    town.standards = [
        standard(
            section(
                "一",
                clause("dirty", "per_occurrence", 90, each=1),
                clause("aware", "steps", 10, start=90, step=10, each=1),
            ),
            full_marks=100,
        )
    ]
    town.observations = []
    town.observe("s1", {"dirty": "１２", "aware": "８９．９"})
    assert town.run().site_score("s1") == "87.00"


def test_not_applicable_is_for_scored_clauses(town: Town) -> None:
    """A veto that is "not applicable" did not happen: that is `no`, and must be said."""
    town.standards = [SHEET]
    town.observations = []
    town.observe("s1", {**SOUND, "mixed": "n/a"})
    town.run().refused("observations.csv", "mixed", "n/a")


@pytest.mark.parametrize(
    "period",
    ["2023-13", "2023-00", "2023-1", "2023/10", "202310", "2023年10月", "10-2023", "", "45200", "2023-10-08"],
)
def test_periods_that_are_no_month(town: Town, period: str) -> None:
    town.put("observations", OBSERVATIONS.replace(MONTH, period))
    town.run().refused("own_observations.csv", "第2行", "period", period, "YYYY-MM")


@pytest.mark.parametrize("option", ["figures", "history"])
def test_periods_of_the_other_tables(town: Town, option: str) -> None:
    town.policy = policy({"id": "social", "statistic": "figure", "points": 10, "scale": 100})
    rows = {"figures": "2023-1,v1,social,5", "history": "2023-1,district,v1,80,no"}
    town.put(option, ",".join(COLUMNS[option]) + "\n" + rows[option] + "\n")
    town.run().refused(f"own_{option}.csv", "第2行", "period", "2023-1", "YYYY-MM")


# --- rows that name what is not there, or name it twice ---


@pytest.mark.parametrize(
    ("option", "row", "words"),
    [
        ("observations", "2023-10,zz,purity,9/10", ("site", "zz")),
        ("observations", "2023-10,,purity,9/10", ("site",)),
        ("observations", "2023-10,s1,nope,9/10", ("clause", "nope")),
        ("observations", "2023-10,s1,purity,9/10", ("clause", "purity")),
        ("observations", "2023-10,s1,purity,1/10", ("clause", "purity")),
        ("sites", "s2,乙小区,compound,v9", ("subject", "v9")),
        ("sites", "s2,乙小区,compound,", ("subject",)),
        ("sites", "s1,乙小区,compound,v1", ("site", "s1", "第2行")),
        ("sites", ",乙小区,compound,v1", ("site",)),
        ("subjects", "v1,又一村", ("subject", "v1", "第2行")),
        ("subjects", ",又一村", ("subject",)),
    ],
)
def test_rows_that_name_the_wrong_thing(town: Town, option: str, row: str, words: Sequence[str]) -> None:
    path = write_csv(town.folder / f"own_{option}.csv", getattr(town, option), COLUMNS[option])
    town.put(option, path.read_text("utf-8") + row + "\n")
    town.run().refused(f"own_{option}.csv", "第3行", *words)


def test_an_observed_site_of_a_kind_without_standard(town: Town) -> None:
    town.add_site("s2", kind="castle")
    town.observations += score_rows({"s2": 90})
    town.run().refused("s2", "castle")


FIGURE_PARTS = (
    {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 90},
    {"id": "social", "statistic": "figure", "points": 10, "scale": 100},
    {"id": "orders", "statistic": "count", "each": -1, "cap": 5},
)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2023-10,v1,social,NaN", ("value", "NaN")),
        ("2023-10,v1,social,1e309", ("value", "1e309")),
        ("2023-10,v1,social,12。5", ("value", "12。5")),
        ("2023-10,v1,social,-1", ("value", "-1")),
        ("2023-10,v1,social,", ("value",)),
        ("2023-10,v1,orders,-2", ("value", "-2")),
        ("2023-10,v1,homes,5", ("part", "homes")),
        ("2023-10,v1,nope,5", ("part", "nope")),
        ("2023-10,v9,social,5", ("subject", "v9")),
    ],
)
def test_figures(town: Town, row: str, words: Sequence[str]) -> None:
    town.policy = policy(*FIGURE_PARTS)
    town.put("figures", f"period,subject,part,value\n{row}\n")
    town.run().refused("own_figures.csv", "第2行", *words)


def test_the_same_figure_twice(town: Town) -> None:
    town.policy = policy(*FIGURE_PARTS)
    town.put("figures", "period,subject,part,value\n2023-10,v1,social,5\n2023-10,v1,social,6\n")
    town.run().refused("own_figures.csv", "第3行", "social")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2023-09,district,v9,80,no", ("subject", "v9")),
        ("2023-09,district,v1,80,maybe", ("passed", "maybe")),
        ("2023-09,district,v1,80,", ("passed",)),
        ("2023-09,district,v1,NaN,no", ("score", "NaN")),
        ("2023-09,district,v1,1e309,no", ("score", "1e309")),
        ("2023-09,,v1,80,no", ("source",)),
    ],
)
def test_history(town: Town, row: str, words: Sequence[str]) -> None:
    town.put("history", f"period,source,subject,score,passed\n{row}\n")
    town.run().refused("own_history.csv", "第2行", *words)


def test_the_same_month_of_history_twice(town: Town) -> None:
    head = "period,source,subject,score,passed\n"
    town.put("history", head + "2023-09,district,v1,80,no\n2023-09,district,v1,95,yes\n")
    town.run().refused("own_history.csv", "第3行", "v1")


@pytest.mark.parametrize("households", ["", "-3", "many", "NaN"])
def test_households_where_they_weigh(town: Town, households: str) -> None:
    town.policy = policy(
        {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 100, "weight": "households"}
    )
    town.put("sites", f"site,name,kind,subject,households\ns1,甲,compound,v1,{households}\n")
    town.run().refused("own_sites.csv", "第2行", "households", households)


def test_households_of_scored_sites_that_sum_to_nothing(town: Town) -> None:
    """The one scored site has no households; the other has, but nobody visited it."""
    part = {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 100, "weight": "households"}
    town.policy = policy(part)
    town.sites = []
    town.add_site("s1", households="0")
    town.add_site("s2", households="100")
    outcome = town.run_apart()
    assert outcome.status in (0, 2), outcome.text
    assert "Traceback" not in outcome.text


def test_households_column_is_missing(town: Town) -> None:
    town.policy = policy(
        {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 100, "weight": "households"}
    )
    town.run().refused("sites.csv", "households")


def test_grouping_column_is_missing(town: Town) -> None:
    town.policy = policy(groups="class")
    town.run().refused("subjects.csv", "class")


def test_mixed_sources(town: Town) -> None:
    head = "period,site,clause,value,source\n"
    town.put("observations", head + "2023-10,s1,purity,9/10,town\n2023-10,s1,purity,8/10,district\n")
    town.run().refused("own_observations.csv", "source", "town", "district")


# --- the form of tables ---


@pytest.mark.parametrize("option", ["subjects", "sites", "observations", "figures", "history"])
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_an_empty_table(town: Town, option: str, content: bytes) -> None:
    town.put(option, content)
    town.run().refused(f"own_{option}.csv", "空")


@pytest.mark.parametrize("option", ["subjects", "sites", "observations"])
def test_a_header_and_no_row(town: Town, option: str) -> None:
    town.put(option, ",".join(COLUMNS[option]) + "\n")
    outcome = town.run()
    assert outcome.status == 2
    assert not outcome.out.exists()


@pytest.mark.parametrize("option", ["subjects", "sites", "observations", "figures", "history"])
def test_a_missing_column(town: Town, option: str) -> None:
    columns = COLUMNS[option]
    town.put(option, ",".join(columns[:-1]) + "\n" + ",".join("x" for _ in columns[:-1]) + "\n")
    town.run().refused(f"own_{option}.csv", "第1行", columns[-1])


def test_a_column_twice(town: Town) -> None:
    town.put("observations", "period,site,clause,value,value\n2023-10,s1,purity,9/10,1/10\n")
    town.run().refused("own_observations.csv", "第1行", "value")


def test_a_title_row_above_the_header(town: Town) -> None:
    town.put("observations", "2023年10月检查结果,,,\n" + OBSERVATIONS)
    town.run().refused("own_observations.csv", "表头")


def test_two_header_rows(town: Town) -> None:
    town.put("observations", OBSERVATIONS.replace("2023-10,s1", "月份,点位,评分项,值\n2023-10,s1"))
    town.run().refused("own_observations.csv", "第2行", "月份")


def test_a_cell_beyond_the_header(town: Town) -> None:
    town.put("observations", OBSERVATIONS.replace("9/10", "9/10,甲"))
    town.run().refused("own_observations.csv", "第2行")


def test_a_row_that_is_too_short_has_no_value(town: Town) -> None:
    town.put("observations", "period,site,clause,value\n2023-10,s1,purity\n")
    town.run().refused("own_observations.csv", "s1", "purity")


def test_a_quotation_mark_that_is_never_closed(town: Town) -> None:
    """Else the rest of the file would silently become one name."""
    town.put("subjects", 'subject,name\nv1,"一村\nv2,二村\nv3,三村\n')
    town.run().refused("own_subjects.csv")


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b"])
def test_control_characters(town: Town, character: str) -> None:
    town.put("subjects", f"subject,name\nv1,一{character}村\n")
    town.run().refused("own_subjects.csv", "第2行", f"U+{ord(character):04X}")


def test_text_in_no_known_encoding(town: Town) -> None:
    town.put("subjects", b"subject,name\nv1,\xff\xfe\xfa\n")
    town.run().refused("own_subjects.csv", "编码")


def test_a_file_that_is_not_there(town: Town) -> None:
    town.files["sites"] = town.folder / "no_such.csv"
    town.run().refused("no_such.csv")


def test_a_folder_in_place_of_a_file(town: Town) -> None:
    folder = town.folder / "folder.csv"
    folder.mkdir()
    town.files["sites"] = folder
    town.run().refused("folder.csv")


def test_a_file_of_another_kind(town: Town) -> None:
    town.put("sites", "site,name,kind,subject\n", name="sites.ods")
    town.run().refused("sites.ods")


# --- all at once ---


def test_all_faults_of_all_files_are_told_at_once(town: Town) -> None:
    town.policy = policy(colour=1)
    town.subjects.append({"subject": "v1", "name": "又一村"})
    town.add_site("s1")
    town.add_site("s2", "v8")
    town.observe("s1", {"purity": "5/4"}, date="2023-10-09")
    town.observe("zz", {"purity": "9/10"})
    town.history = [{"period": "x", "source": "district", "subject": "v1", "score": "y", "passed": "z"}]
    outcome = town.run()
    for words in (
        ("policy.yaml", "colour"),
        ("subjects.csv", "第3行", "v1"),
        ("sites.csv", "第3行", "s1"),
        ("sites.csv", "第4行", "v8"),
        ("observations.csv", "第3行", "5/4"),
        ("observations.csv", "第4行", "zz"),
        ("history.csv", "period", "x"),
        ("history.csv", "score", "y"),
        ("history.csv", "passed", "z"),
    ):
        outcome.refused(*words)


def test_a_faulty_standard_brings_no_fault_of_its_sites(town: Town) -> None:
    town.put("standard0", "standard: [", "standard0.yaml")
    outcome = town.run()
    outcome.refused("standard0.yaml")
    assert len(outcome.text.splitlines()) == 1, outcome.text


def test_a_subject_without_name_brings_no_fault_of_its_sites(town: Town) -> None:
    town.subjects = [{"subject": "v1", "name": ""}]
    outcome = town.run()
    outcome.refused("第2行", "name", "没有填写")
    assert len(outcome.text.splitlines()) == 1, outcome.text


def test_a_table_without_rows_brings_no_fault_of_other_tables(town: Town) -> None:
    town.put("subjects", "subject,name\n")
    outcome = town.run()
    outcome.refused("own_subjects.csv", "空的")
    assert len(outcome.text.splitlines()) == 1, outcome.text


def test_a_table_that_breaks_off_hides_no_fault_of_other_tables(town: Town) -> None:
    town.put("subjects", 'subject,name\nv1,"一村\n')
    town.put("figures", "period,subject,part,value\n2023-13,v1,homes,5\n")
    outcome = town.run()
    outcome.refused("own_subjects.csv", "格式读不懂")
    outcome.refused("own_figures.csv", "第2行", "2023-13")


def test_an_empty_value_is_told_with_its_row(town: Town) -> None:
    town.observations = [ROW | {"value": " "}]
    town.run().refused("observations", "第2行", "s1", "没有检查结果")


def test_the_first_hundred_and_the_count_of_the_rest(town: Town) -> None:
    town.observations = [{**ROW, "site": f"x{number}"} for number in range(250)]
    outcome = town.run()
    outcome.refused("第2行", "x0")
    outcome.refused("第101行", "x99")
    lines = outcome.stderr.splitlines()
    assert len(lines) == 101
    assert "x100" not in outcome.text
    assert "150" in lines[-1]


def test_exactly_a_hundred_faults_leave_no_rest(town: Town) -> None:
    town.observations = [{**ROW, "site": f"x{number}"} for number in range(100)]
    outcome = town.run()
    outcome.refused("x99")
    assert len(outcome.stderr.splitlines()) == 100


def test_each_fault_is_one_line(town: Town) -> None:
    town.observations = [{**ROW, "value": "第一行\n第二行"}]
    outcome = town.run()
    outcome.refused("第一行", "第二行")
    assert len(outcome.text.splitlines()) == 1


def test_a_shell_sees_status_two_and_the_faults_on_stderr(town: Town) -> None:
    town.observations = [{**ROW, "site": "zz"}]
    outcome = town.run_apart()
    outcome.refused("observations.csv", "第2行", "zz")
    assert outcome.stdout == ""
