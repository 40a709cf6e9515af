"""Make the example month: real committees, invented sites and observations, from a fixed seed.

Three months are invented and evaluated by the engine itself. October is kept as observations; August and
September are kept as history, beside an invented district check of the same three months.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from zerentian.core.points import plain
from zerentian.evaluation.clauses import (
    AllOrNothing,
    Bonus,
    Clause,
    Levels,
    MissingKinds,
    Penalty,
    PerOccurrence,
    Ratio,
    Shortfall,
    Steps,
    Veto,
)
from zerentian.evaluation.engine import evaluate
from zerentian.evaluation.model_files import load_standard
from zerentian.evaluation.reading import Files, read_inputs
from zerentian.evaluation.results import PeriodResult
from zerentian.evaluation.standard import Standard

HERE = Path(__file__).parent
DEFAULTS = HERE.parent.parent / "zerentian" / "evaluation" / "defaults"
KINDS = ("compound", "village", "unit", "shop", "public_place", "station")
SEED = 20231008
INSPECTORS = ("检查员甲", "检查员乙", "检查员丙", "检查员丁")
ESTATES = ("一期", "二期", "东苑", "西苑", "南苑", "北苑", "公寓", "花园")
UNITS = ("小学", "卫生服务站", "农贸市场", "文化活动室", "企业园区")
SHOPS = ("便利店", "面馆", "茶馆", "理发店", "水果店", "五金店", "早点铺", "药店")
PLACES = ("广场", "滨河步道", "公交站", "停车场")


def main() -> None:
    """Write every file of the example beside this script."""
    random_ = random.Random(SEED)
    standards = {kind: load_standard(DEFAULTS / "standards" / f"{kind}.yaml") for kind in KINDS}
    committees = _committees()
    quality = {code: random_.betavariate(4, 2.2) for code, _ in committees}
    sites = _sites(committees, random_)
    _write(HERE / "subjects.csv", ["subject", "name", "kind"], _subjects(committees))
    _write(HERE / "sites.csv", ["site", "name", "kind", "subject", "households"], sites)
    months = {
        month: list(_observations(month, sites, standards, quality, random_))
        for month in ("2023-08", "2023-09", "2023-10")
    }
    history = []
    for month, rows in months.items():
        if month != "2023-10":
            history += [
                [month, "town", row.subject.id, row.score, "yes" if row.passed else "no"]
                for row in _evaluated(rows).ranked
            ]
    _write(HERE / "observations.csv", _OBSERVATION_HEADER, months["2023-10"])
    history += _district_history(committees, quality, random_)
    _write(HERE / "history.csv", ["period", "source", "subject", "score", "passed"], history)


_OBSERVATION_HEADER = ["period", "site", "clause", "value", "date", "inspector"]


def _committees() -> list[tuple[str, str]]:
    with (HERE / "committees.csv").open(encoding="utf-8", newline="") as file:
        return [(row["code"], row["name"]) for row in csv.DictReader(file)]


def _subjects(committees: list[tuple[str, str]]) -> list[list[str]]:
    return [[code, name, "村委会" if name.endswith("村委会") else "居委会"] for code, name in committees]


def _sites(committees: list[tuple[str, str]], random_: random.Random) -> list[list[str]]:
    sites = []
    for code, name in committees:
        village = name.endswith("村委会")
        place = name.removesuffix("村委会").removesuffix("居委会").removesuffix("社区")
        homes = ("village", random_.randint(1, 3)) if village else ("compound", random_.randint(2, 6))
        plan = [homes, ("unit", random_.randint(1, 2)), ("shop", random_.randint(1, 5))]
        plan += [("public_place", 1)] if random_.random() < 0.6 else []
        plan += [("station", 1)] if random_.random() < 0.2 else []
        for kind, count in plan:
            for number in range(1, count + 1):
                site = f"{code}-{kind}-{number:02d}"
                households = str(random_.randint(60, 900)) if kind in ("compound", "village") else ""
                sites.append([site, _site_name(kind, place, number, random_), kind, code, households])
    return sites


def _site_name(kind: str, place: str, number: int, random_: random.Random) -> str:
    """An invented name, marked as such."""
    if kind == "village":
        name = f"{place}第{number}村民小组"
    elif kind == "compound":
        name = f"{place}{ESTATES[number - 1]}"
    elif kind == "station":
        name = f"{place}可回收物中转站"
    else:
        name = (
            place + random_.choice({"unit": UNITS, "shop": SHOPS, "public_place": PLACES}[kind]) + str(number)
        )
    return f"{name}（虚构）"


def _observations(
    month: str,
    sites: list[list[str]],
    standards: dict[str, Standard],
    quality: dict[str, float],
    random_: random.Random,
) -> Iterator[list[str]]:
    first = date.fromisoformat(f"{month}-08")
    for site, _, kind, committee, _ in sites:
        day = (first + timedelta(days=random_.randint(0, 14))).isoformat()
        inspector = random_.choice(INSPECTORS)
        care = min(0.99, max(0.05, random_.gauss(quality[committee], 0.08)))
        for clause in standards[kind].clauses:
            yield [month, site, clause.id, _observed(clause, care, random_), day, inspector]


def _observed(clause: Clause, care: float, random_: random.Random) -> str:
    """What an inspector might find where people take that much care (0 to 1)."""
    slip = random_.random() > 0.70 + 0.3 * care
    if isinstance(clause, Veto):
        return "yes" if random_.random() > 0.999 else "no"
    if isinstance(clause, Bonus):
        return "1" if random_.random() < 0.06 * care else "0"
    if isinstance(clause, Penalty):
        return "1" if random_.random() < 0.05 * (1 - care) else "0"
    if random_.random() < 0.01:
        return "n/a"
    if isinstance(clause, AllOrNothing):
        return "no" if random_.random() > 0.93 + 0.07 * care else "yes"
    if isinstance(clause, PerOccurrence):
        return str(int(random_.expovariate(0.35 + 1.6 * care)))
    if isinstance(clause, MissingKinds):
        return random_.choice(clause.kinds) if slip else "none"
    if isinstance(clause, Levels):
        names = sorted(clause.levels, key=lambda name: -clause.levels[name])
        return names[min(len(names) - 1, int(random_.expovariate(0.6 + 2.6 * care)))]
    if isinstance(clause, Ratio):
        total = random_.choice((10, 12, 15))
        return f"{total - min(total, int(random_.expovariate(0.25 + 1.2 * care)))}/{total}"
    if isinstance(clause, Steps | Shortfall):
        return plain(round(min(100, random_.gauss(76 + 22 * care, 5))))
    raise AssertionError(clause)


def _evaluated(rows: list[list[str]]) -> PeriodResult:
    with tempfile.TemporaryDirectory() as folder:
        observations = Path(folder) / "observations.csv"
        _write(observations, _OBSERVATION_HEADER, rows)
        files = Files(
            policy=DEFAULTS / "policies" / "town-2023.yaml",
            standards=[DEFAULTS / "standards" / f"{kind}.yaml" for kind in KINDS],
            subjects=HERE / "subjects.csv",
            sites=HERE / "sites.csv",
            observations=observations,
        )
        return evaluate(read_inputs(files)).periods[0]


def _district_history(
    committees: list[tuple[str, str]], quality: dict[str, float], random_: random.Random
) -> Iterator[list[str]]:
    """The district looks at some committees each month and judges them by its own score of 100."""
    for month in ("2023-08", "2023-09", "2023-10"):
        for code, _ in committees:
            if random_.random() < 0.7:
                score = min(100, round(random_.gauss(83 + 14 * quality[code], 2.5), 1))
                yield [month, "district", code, f"{score:.2f}", "yes" if score >= 90 else "no"]


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
