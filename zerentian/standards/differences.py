"""What changed between two versions, in words: not of the text, but of what it says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from zerentian.core.points import plain
from zerentian.evaluation.clauses import Clause
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.standard import Section, Standard
from zerentian.standards.loop import Loop
from zerentian.standards.loop_words import loop_words
from zerentian.standards.words import Fact, FactGroup, policy_words, section_limits, standard_facts

_LABELS = {"added": "新增", "removed": "删去", "changed": "改动"}


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that reads differently."""

    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.label}由“{self.before}”改为“{self.after}”"


@dataclass(frozen=True, slots=True)
class Difference:
    """A clause, section or fact that was added, removed or changed."""

    kind: Literal["added", "removed", "changed"]
    about: str
    details: tuple[Detail, ...] = ()
    words: str = ""

    @property
    def label(self) -> str:
        """The kind in Chinese."""
        return _LABELS[self.kind]

    def __str__(self) -> str:
        said = "；".join(str(detail) for detail in self.details) or self.words
        return f"{self.label} {self.about}：{said}" if said else f"{self.label} {self.about}"


def differences(before: Standard | Policy | Loop, after: Standard | Policy | Loop) -> list[Difference]:
    """What `after` says otherwise than `before`, both being of one kind."""
    if isinstance(before, Standard) and isinstance(after, Standard):
        return _standard_differences(before, after)
    if isinstance(before, Policy) and isinstance(after, Policy):
        return _group_differences(policy_words(before), policy_words(after))
    if isinstance(before, Loop) and isinstance(after, Loop):
        return _group_differences(loop_words(before), loop_words(after))
    raise TypeError("rules of two kinds do not compare")


def _standard_differences(before: Standard, after: Standard) -> list[Difference]:
    found = _fact_differences("", standard_facts(before), standard_facts(after))
    found += _section_differences(before, after)
    olds, news = _placed(before), _placed(after)
    for key, (clause, section) in news.items():
        if key not in olds:
            words = f"{_marks(clause)}，{clause.words}（{section.name}）"
            found.append(Difference("added", f"“{clause.text}”", words=words))
        elif details := _clause_details(olds[key], (clause, section)):
            found.append(Difference("changed", f"“{olds[key][0].text}”", details))
    for key, (clause, section) in olds.items():
        if key not in news:
            words = f"原为{_marks(clause)}，{clause.words}（{section.name}）"
            found.append(Difference("removed", f"“{clause.text}”", words=words))
    stayed = {key for key in olds if key in news and olds[key][1].name == news[key][1].name}
    if [key for key in olds if key in stayed] != [key for key in news if key in stayed]:
        found.append(Difference("changed", "检查内容的顺序"))
    return found


def _placed(standard: Standard) -> dict[str, tuple[Clause, Section]]:
    return {clause.id: (clause, section) for section in standard.sections for clause in section.clauses}


def _marks(clause: Clause) -> str:
    return f"{plain(clause.marks)} 分" if clause.scored else "不计入满分"


def _clause_details(before: tuple[Clause, Section], after: tuple[Clause, Section]) -> tuple[Detail, ...]:
    (old, old_section), (new, new_section) = before, after
    pairs = (
        ("检查内容", old.text, new.text),
        ("分值", _marks(old), _marks(new)),
        ("评分办法", old.words, new.words),
        ("类别", old_section.name, new_section.name),
        ("依据", old.source or "—", new.source or "—"),
    )
    return tuple(Detail(*pair) for pair in pairs if pair[1] != pair[2])


def _section_differences(before: Standard, after: Standard) -> list[Difference]:
    """Limits of the sections that keep their name; a new name shows at each clause."""
    olds = {section.name: section_limits(section) for section in before.sections}
    news = {section.name: section_limits(section) for section in after.sections}
    return [
        Difference("changed", f"类别“{name}”", (Detail("整体规定", olds[name] or "无", said or "无"),))
        for name, said in news.items()
        if name in olds and olds[name] != said
    ]


def _group_differences(before: Sequence[FactGroup], after: Sequence[FactGroup]) -> list[Difference]:
    olds = {group.title: group.facts for group in before}
    news = {group.title: group.facts for group in after}
    found = []
    for title in dict.fromkeys([*news, *olds]):
        found += _fact_differences(title, olds.get(title, ()), news.get(title, ()))
    return found


def _fact_differences(title: str, before: Sequence[Fact], after: Sequence[Fact]) -> list[Difference]:
    olds, news = _by_label(before), _by_label(after)
    found = []
    for label in dict.fromkeys([*news, *olds]):
        about = f"{title}：{label}" if title else label
        if label not in olds:
            found.append(Difference("added", about, words=news[label]))
        elif label not in news:
            found.append(Difference("removed", about, words=f"原为{olds[label]}"))
        elif olds[label] != news[label]:
            found.append(Difference("changed", about, (Detail(label, olds[label], news[label]),)))
    return found


def _by_label(facts: Sequence[Fact]) -> dict[str, str]:
    """Words by label; facts that share a label are told as one."""
    said: dict[str, str] = {}
    for fact in facts:
        said[fact.label] = f"{said[fact.label]}；{fact.words}" if fact.label in said else fact.words
    return said
