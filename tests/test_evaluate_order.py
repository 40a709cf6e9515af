"""The order of rows in any file changes no figure."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.town import (
    Outcome,
    Town,
    clause,
    policy,
    section,
    standard,
)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def busy_town(town: Town) -> None:
    """Two months, two groups, ties, several visits, vetoes, gates, n/a, history and figures."""
    random = Random(2023)
    town.standards = [
        standard(
            section(
                "一",
                clause("bins", "per_occurrence", 10, each=5),
                clause("dirty", "per_occurrence", 30, each=3),
                gate={"clause": "bins", "when": "zero"},
            ),
            section(
                "二", clause("purity", "ratio", 60), clause("mixed", "veto", cap=59), clause("nosort", "veto")
            ),
            full_marks=100,
        )
    ]
    town.policy = policy(
        {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 90},
        {"id": "social", "statistic": "figure", "points": 10, "scale": 100},
        groups="class",
        lists=[
            {"name": "红榜", "top": 2, "order": "best_first"},
            {"name": "黑榜", "bottom": 2, "order": "worst_first"},
        ],
        rank_bonus={1: 2, 2: 1},
        interviews=[
            {
                "name": f"连续不达标约谈 {source}",
                "when": {"consecutive_fails": 2},
                "source": source,
                "chair": "镇主要领导",
                "attend": ["村居书记"],
            }
            for source in ("town", "district")
        ],
    )
    town.subjects = [
        {"subject": f"v{n}", "name": f"村{n}", "class": "一类" if n % 2 else "二类"} for n in range(8)
    ]
    for number in range(16):
        site = f"s{number}"
        town.add_site(site, f"v{number // 2}")
        for period in ("2023-09", "2023-10"):
            for visit in range(1 + number % 3):
                values = {
                    "bins": random.choice(("0", "1", "2", "n/a")),
                    "dirty": random.choice(("0", "3", "n/a")),
                    "purity": random.choice(("3/4", "1/2", "1/3")),
                    "mixed": random.choice(("no", "no", "yes")),
                    "nosort": random.choice(("no", "no", "yes")),
                }
                town.observe(site, values, period, date=f"{period}-1{visit}", inspector=random.choice("甲乙"))
    for subject in town.subjects:
        name = str(subject["subject"])
        town.past(
            "district", name, {month: random.random() < 0.6 for month in ("2023-08", "2023-09", "2023-10")}
        )
        town.past("town", name, {"2023-08": random.random() < 0.6})
        town.figures.append(
            {"period": "2023-10", "subject": name, "part": "social", "value": str(random.randint(60, 99))}
        )


def written(outcome: Outcome) -> dict[str, bytes]:
    assert outcome.status == 0, outcome.text
    return {path.name: path.read_bytes() for path in outcome.out.iterdir()}


@pytest.mark.parametrize("visits", ["mean", "latest", "worst"])
@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_the_order_of_observations_is_irrelevant(town: Town, visits: str, kind: str) -> None:
    busy_town(town)
    town.policy["visits"] = visits
    straight = written(town.run("--format", kind, out="straight"))
    assert straight
    for seed in range(5):
        Random(seed).shuffle(town.observations)
        assert written(town.run("--format", kind, out=f"shuffled{seed}")) == straight


def figures_of(outcome: Outcome) -> dict[str, list[list[str]]]:
    """The rows of each table in any order, without the words of reasons (which name sites in file order)."""
    return {
        name: sorted(
            [value for column, value in row.items() if not column.startswith("reason")]
            for row in outcome.table(name)
        )
        for name in ("site_scores", "subject_scores", "not_ranked", "lists", "interviews")
    }


def test_the_order_of_all_other_rows_changes_no_figure(town: Town) -> None:
    busy_town(town)
    straight = figures_of(town.run(out="straight"))
    assert all(rows for name, rows in straight.items() if name != "not_ranked")
    for seed in range(5):
        for rows in (town.subjects, town.sites, town.figures, town.history):
            Random(seed).shuffle(rows)
        assert figures_of(town.run(out=f"shuffled{seed}")) == straight
