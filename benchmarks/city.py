"""An invented month of a whole city: real committees, invented sites and observations, from a fixed seed."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

COMMITTEES = Path(__file__).parent / "data" / "shanghai_committees.csv"
PERIOD = "2023-10"
SITES = {"compound": 13_000, "unit": 8_000, "shop": 200_000}
"""Sites of each kind at scale 1, beside one village site for every fourth committee (6,500 in all)."""

CLAUSES = """\
  - name: 设施
    gate: {clause: bins, when: zero}
    clauses:
      - {id: bins,    text: 四分类容器齐全, points: 10, rule: all_or_nothing}
      - {id: dirty,   text: 桶身脏破未盖,   points: 5,  rule: per_occurrence, each: 0.5}
      - {id: labels,  text: 标识缺项,       points: 4,  rule: missing_kinds, each: 1, kinds: [可回收物, 有害垃圾, 湿垃圾, 干垃圾]}
      - {id: notice,  text: 公示栏,         points: 10, rule: levels, levels: {规范: 10, 内容不全: 6, 未更新: 4, 无: 0}}
      - {id: ground,  text: 垃圾落地,       points: 10, rule: per_occurrence, each: 1, cap: 6}
  - name: 实效
    clauses:
      - {id: purity,  text: 投放点分类准确率, points: 25, rule: ratio}
      - {id: aware,   text: 居民知晓率,     points: 16, rule: steps, start: 90, step: 10, each: 1}
      - {id: target,  text: 回收登记率,     points: 10, rule: shortfall, each: 0.5, target: 85}
      - {id: ledger,  text: 台账,           points: 10, rule: all_or_nothing}
  - name: 其他
    bonus_cap: 2
    clauses:
      - {id: mixed,   text: 严重混合垃圾,   rule: veto, cap: 59}
      - {id: model,   text: 特色做法,       rule: bonus, each: 1}
      - {id: repeat,  text: 同一问题再次被督办, rule: penalty, each: 1}
"""

POLICY = """\
policy: city
title: 全市测评
subject: committee
parts:
  - {id: homes, name: 居住区, kinds: [compound, village], statistic: mean, points: 40}
  - {id: units, name: 单位, kinds: [unit], statistic: mean, points: 20}
  - {id: shops, name: 沿街商铺, kinds: [shop], statistic: mean, points: 30}
  - {id: rate, name: 达标率, kinds: [compound, village, unit, shop], statistic: pass_rate, points: 10}
pass_mark: 90
groups: district
lists:
  - {name: 红榜, top: 5}
  - {name: 黑榜, bottom: 5}
interviews:
  - {name: 末位约谈, when: {bottom: 5}, source: town, chair: 分管领导, attend: [村居书记]}
"""


@dataclass(frozen=True, slots=True)
class CityFiles:
    """The files of a generated month, and how many observations they hold."""

    folder: Path
    standards: list[Path]
    rows: int

    @property
    def arguments(self) -> list[str]:
        """The words of `zerentian evaluate` for this month, but for `--out`."""
        words = ["--policy", str(self.folder / "policy.yaml")]
        for path in self.standards:
            words += ["--standard", str(path)]
        for name in ("subjects", "sites", "observations"):
            words += [f"--{name}", str(self.folder / f"{name}.csv")]
        return words


def generate(folder: Path, scale: float, seed: int = 20231001) -> CityFiles:
    """Write the month at `scale` (1 is all Shanghai: 2.65 million observations) into `folder`.

    Rows stand in the order in which inspectors walk: all clauses of a site together, sites shuffled.
    Above scale 1 the committees are repeated with longer codes.
    """
    random_ = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    committees = _committees(scale)
    sites = _sites(committees, scale, random_)
    _write(folder / "subjects.csv", ["subject", "name", "district"], committees)
    _write(folder / "sites.csv", ["site", "name", "kind", "subject"], sites)
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    standards = []
    for kind in ("compound", "village", "unit", "shop"):
        path = folder / f"{kind}.yaml"
        text = f"standard: {kind}\ntitle: {kind}\nsite_kind: {kind}\nfull_marks: 100\nsections:\n{CLAUSES}"
        path.write_text(text, encoding="utf-8")
        standards.append(path)
    random_.shuffle(sites)
    rows = 0
    with (folder / "observations.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["period", "site", "clause", "value", "date", "inspector"])
        for position, (site, *_) in enumerate(sites):
            date, inspector = f"{PERIOD}-{1 + position % 28:02d}", f"检查员{position % 97}"
            observed = _observed(random_)
            writer.writerows([PERIOD, site, clause, value, date, inspector] for clause, value in observed)
            rows += len(observed)
    return CityFiles(folder, standards, rows)


def _committees(scale: float) -> list[list[str]]:
    with COMMITTEES.open(encoding="utf-8", newline="") as file:
        real = [[row["code"], row["name"], row["district"]] for row in csv.DictReader(file)]
    wanted = round(len(real) * scale)
    return [
        [code if copy == 0 else f"{code}-{copy}", name, district]
        for copy in range(-(-wanted // len(real)))
        for code, name, district in real
    ][:wanted]


def _sites(committees: list[list[str]], scale: float, random_: random.Random) -> list[list[str]]:
    sites = []
    for kind, count in SITES.items():
        for number in range(round(count * scale)):
            committee = committees[number % len(committees)]
            sites.append([f"{kind}-{number:07d}", f"{committee[1]}{kind}{number}", kind, committee[0]])
    random_.shuffle(sites)
    return sites


def _observed(random_: random.Random) -> list[tuple[str, str]]:
    quality = random_.random()
    total = random_.randint(5, 15)
    good = max(0, total - int(random_.expovariate(1.2 + 2 * quality)))
    return [
        ("bins", "no" if random_.random() < 0.01 else "yes"),
        ("dirty", str(int(random_.expovariate(0.5 + quality)))),
        ("labels", random_.choice(["none", "none", "none", "有害垃圾", "湿垃圾;干垃圾"])),
        ("notice", random_.choice(["规范", "规范", "内容不全", "未更新", "无", "n/a"])),
        ("ground", str(int(random_.expovariate(1 + quality)))),
        ("purity", f"{good}/{total}"),
        ("aware", f"{70 + 30 * quality:.1f}"),
        ("target", f"{80 + 20 * quality:.1f}"),
        ("ledger", "no" if random_.random() < 0.08 else "yes"),
        ("mixed", "yes" if random_.random() < 0.01 else "no"),
        ("model", "1" if random_.random() < 0.05 else "0"),
        ("repeat", "1" if random_.random() < 0.03 else "0"),
    ]


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
