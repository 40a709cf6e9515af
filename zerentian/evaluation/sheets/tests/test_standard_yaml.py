"""A standard that is written as YAML loads again as the same standard."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from zerentian.evaluation.clauses import (
    AllOrNothing,
    Bonus,
    Levels,
    MissingKinds,
    Penalty,
    PerOccurrence,
    Ratio,
    Shortfall,
    Steps,
    Veto,
)
from zerentian.evaluation.model_files import load_standard
from zerentian.evaluation.sheets.standard_yaml import standard_yaml
from zerentian.evaluation.standard import Gate, Section, Standard

AWKWARD = (
    "true",
    "null",
    "~",
    "1",
    "0.50",
    "2023-01",
    "- a",
    "a: b",
    "a #b",
    "{x}",
    '"',
    "'",
    "\\",
    "<<",
    "是，否",
)
words = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(min_size=1, max_size=30).filter(lambda text: text.strip() != ""),
    st.text("垃圾分类 ，（）：；、“”a1-%", min_size=1, max_size=20).filter(lambda text: text.strip() != ""),
)
free_words = st.one_of(st.just(""), words)
positive = st.decimals(Decimal("0.0001"), Decimal("9999"), places=4)
percentage = st.decimals(0, 100, places=2)
months = st.builds("{:04d}-{:02d}".format, st.integers(2020, 2030), st.integers(1, 12))
kinds = st.lists(
    words.map(str.strip).filter(lambda kind: ";" not in kind and "；" not in kind), min_size=1, unique=True
)


@st.composite
def levels(draw: st.DrawFn) -> dict[str, object]:
    names = draw(st.lists(words.map(str.strip), min_size=2, max_size=4, unique=True))
    marks = draw(st.lists(positive, min_size=len(names), max_size=len(names)))
    return {"points": max(marks), "levels": dict(zip(names, marks, strict=True))}


def clause(model: type, rule: str, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    common = {"text": words, "source": free_words, "unsure": free_words, "rule": st.just(rule), **fields}
    return st.fixed_dictionaries(common).map(lambda data: (model, data))


clauses = st.one_of(
    clause(AllOrNothing, "all_or_nothing", points=positive),
    clause(PerOccurrence, "per_occurrence", points=positive, each=positive, cap=st.none() | positive),
    clause(MissingKinds, "missing_kinds", points=positive, each=positive, kinds=kinds),
    st.tuples(levels(), words).map(lambda d: (Levels, {**d[0], "text": d[1], "rule": "levels"})),
    clause(Ratio, "ratio", points=positive),
    clause(
        Steps, "steps", points=positive, start=percentage, step=st.decimals(1, 50, places=1), each=positive
    ),
    clause(
        Shortfall,
        "shortfall",
        points=positive,
        each=positive,
        target=percentage | st.dictionaries(months, percentage, min_size=1),
    ),
    clause(Veto, "veto", cap=st.none() | percentage),
    clause(Bonus, "bonus", each=positive),
    clause(Penalty, "penalty", each=positive),
)


@st.composite
def standards(draw: st.DrawFn) -> Standard:
    drawn = [(AllOrNothing, {"text": "有", "rule": "all_or_nothing", "points": 1})]
    drawn += draw(st.lists(clauses, max_size=6))
    built = [model(id=f"c{i}", **data) for i, (model, data) in enumerate(drawn, 1)]
    cut = draw(st.integers(1, len(built)))
    first = {"gate": draw(st.none() | st.just(Gate(clause="c1"))), "bonus_cap": draw(st.none() | positive)}
    sections = [Section(name=draw(words), clauses=built[:cut], **first)]
    if built[cut:]:
        sections.append(
            Section(name=draw(words), clauses=built[cut:], penalty_cap=draw(st.none() | positive))
        )
    return Standard(
        standard="compound",
        version=draw(words),
        title=draw(free_words),
        source=draw(free_words),
        effective_from=draw(st.none() | months),
        site_kind=draw(st.sampled_from(["compound", "农贸市场", "true", "1"])),
        full_marks=sum((part.marks for part in built), Decimal(0)),
        pass_share=draw(st.decimals(0, 1, places=3)),
        not_applicable=draw(st.sampled_from(["rescale", "full"])),
        decimals=draw(st.integers(0, 6)),
        sections=sections,
    )


def reloaded(standard: Standard) -> Standard:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "standard.yaml"
        path.write_text(standard_yaml(standard), encoding="utf-8")
        return load_standard(path)


@settings(max_examples=200, deadline=None)
@given(standards())
def test_what_is_written_loads_as_the_same_standard(standard: Standard) -> None:
    assert reloaded(standard) == standard


def test_a_level_name_longer_than_a_plain_key_may_be() -> None:
    long = Levels(id="c1", text="公示", rule="levels", points=1, levels={"很" * 1500: 1, "无": 0})
    section = Section(name="宣传", clauses=[long])
    standard = Standard(standard="a", site_kind="unit", full_marks=1, sections=[section])
    assert reloaded(standard) == standard


def test_chinese_stays_readable_and_numbers_stay_plain() -> None:
    notice = Levels(
        id="notice",
        text="公示栏：规范、清晰",
        rule="levels",
        points="10.00",
        levels={"规范": 10, "1处": "2.50"},
    )
    standard = Standard(
        standard="compound",
        title="测评表（2023年版）",
        site_kind="compound",
        full_marks=10,
        sections=[Section(name="宣传告知", clauses=[notice])],
    )
    assert standard_yaml(standard) == (
        "standard: compound\n"
        'version: "1"\n'
        "title: 测评表（2023年版）\n"
        "site_kind: compound\n"
        "full_marks: 10\n"
        "pass_share: 0.9\n"
        "not_applicable: rescale\n"
        "decimals: 2\n"
        "sections:\n"
        "  - name: 宣传告知\n"
        "    clauses:\n"
        "      - {id: notice, text: 公示栏：规范、清晰, points: 10, rule: levels,"
        ' levels: {规范: 10, "1处": 2.5}}\n'
    )
