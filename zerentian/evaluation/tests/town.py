"""A small town on files, for tests: one committee's month in a few lines."""

from __future__ import annotations

from pathlib import Path

from zerentian.evaluation.engine import evaluate
from zerentian.evaluation.reading import Files, read_inputs
from zerentian.evaluation.results import Results

STANDARD = """\
standard: compound
version: "2023.1"
title: 居住小区测评表
site_kind: compound
full_marks: 20
sections:
  - name: 设施
    gate: {clause: bins}
    clauses:
      - {id: bins, text: 四分类容器齐全, points: 5, rule: all_or_nothing}
      - {id: dirty, text: 桶身脏破, points: 5, rule: per_occurrence, each: 1}
  - name: 实效
    bonus_cap: 1
    clauses:
      - {id: purity, text: 分类准确率, points: 10, rule: ratio}
      - {id: mixed, text: 严重混合垃圾, rule: veto, cap: 11}
      - {id: model, text: 特色做法, rule: bonus, each: 0.5}
"""

POLICY = """\
policy: small
title: 小镇办法
pass_mark: 90
parts:
  - {id: homes, name: 居住区, kinds: [compound], statistic: mean, points: 90}
  - {id: social, name: 社会评价, statistic: figure, points: 10}
  - {id: orders, name: 督办扣分, statistic: count, each: -1, cap: 5}
lists:
  - {name: 红榜, top: 1}
  - {name: 黑榜, bottom: 1, order: worst_first}
interviews:
  - {name: 末位约谈, when: {bottom: 1}, chair: 分管领导, attend: [村居书记]}
  - {name: 连续不达标约谈, when: {consecutive_fails: 2}, source: district, chair: 镇主要领导}
"""

GOOD = {"bins": "yes", "dirty": "0", "purity": "10/10", "mixed": "no", "model": "0"}


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file of the town."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def observations(month: str, sites: dict[str, dict[str, str]], day: str = "") -> str:
    """Rows of the observations table: what differs from a site without fault."""
    return "".join(
        f"{month},{site},{clause},{value},{day},\n"
        for site, differing in sites.items()
        for clause, value in (GOOD | differing).items()
    )


def town_files(folder: Path, rows: str, figures: str = "", history: str = "", policy: str = POLICY) -> Files:
    """Three committees A, B, C with a compound each (C has two), and the observations given."""
    subjects = "subject,name\nA,甲村委会\nB,乙村委会\nC,丙居委会\n"
    sites = "site,name,kind,subject\na1,甲一,compound,A\nb1,乙一,compound,B\nc1,丙一,compound,C\nc2,丙二,compound,C\n"
    return Files(
        policy=write(folder, "policy.yaml", policy),
        standards=[write(folder, "compound.yaml", STANDARD)],
        subjects=write(folder, "subjects.csv", subjects),
        sites=write(folder, "sites.csv", sites),
        observations=write(folder, "observations.csv", "period,site,clause,value,date,inspector\n" + rows),
        figures=write(folder, "figures.csv", "period,subject,part,value\n" + figures) if figures else None,
        history=write(folder, "history.csv", "period,source,subject,score,passed\n" + history)
        if history
        else None,
    )


def town_results(
    folder: Path, rows: str, figures: str = "", history: str = "", policy: str = POLICY
) -> Results:
    """The results of the small town."""
    return evaluate(read_inputs(town_files(folder, rows, figures, history, policy)))
