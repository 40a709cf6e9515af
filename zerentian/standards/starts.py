"""What a new version may start from: a version of the town, a rule that ships, or an empty standard."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from uuid import UUID

import zerentian.evaluation
import zerentian.standards
from zerentian.core.problems import problem
from zerentian.evaluation.sheets.standard_yaml import standard_yaml
from zerentian.evaluation.standard import Standard
from zerentian.places.models import SiteKind
from zerentian.standards.actions import read_rule
from zerentian.standards.models import RuleVersion, VersionQuerySet
from zerentian.standards.queries import standard_name

_ENGINE = Path(zerentian.evaluation.__file__).parent / "defaults"
_OURS = Path(zerentian.standards.__file__).parent / "defaults"
_FOLDERS = {
    RuleVersion.Kind.STANDARD: (_ENGINE / "standards", _OURS / "self_checks"),
    RuleVersion.Kind.POLICY: (_ENGINE / "policies",),
    RuleVersion.Kind.LOOP: (_OURS,),
}
Group = tuple[str, list[tuple[str, str]]]


def starts(versions: VersionQuerySet) -> list[Group]:
    """What may be chosen, in groups: a value that `start_text` knows, and its words."""
    own = [(f"version:{one.pk}", f"{one}（自 {one.effective_from}）") for one in versions]
    shipped = [
        (f"shipped:{kind}:{path.stem}", _title(kind, path))
        for kind, paths in _shipped().items()
        for path in paths
    ]
    empty = [(f"empty:{kind}", f"{label}评分标准") for kind, label in SiteKind.choices]
    return [("本镇已有的", own), ("随程序附带的", shipped), ("空白", empty)]


def start_text(versions: VersionQuerySet, town: str, value: str) -> tuple[str, str]:
    """The kind and text of what was chosen. Raises `ProblemsFound` when it is not (or no more) there."""
    way, _, rest = value.partition(":")
    if value not in {known for _, group in starts(versions) for known, _ in group}:
        raise problem("standards.no_start")
    if way == "version":
        version = versions.get(pk=UUID(rest))
        return version.kind, version.text
    if way == "shipped":
        kind, _, name = rest.partition(":")
        paths = _shipped()[RuleVersion.Kind(kind)]
        return kind, next(path for path in paths if path.stem == name).read_text("utf-8")
    return RuleVersion.Kind.STANDARD, standard_yaml(_empty(town, SiteKind(rest)))


def _shipped() -> dict[RuleVersion.Kind, list[Path]]:
    return {
        kind: [path for folder in folders for path in sorted(folder.glob("*.yaml"))]
        for kind, folders in _FOLDERS.items()
    }


@lru_cache
def _title(kind: RuleVersion.Kind, path: Path) -> str:
    return read_rule(kind, path.read_text("utf-8")).title


def _empty(town: str, kind: SiteKind) -> Standard:
    """A standard of one clause, which can't be published as it stands."""
    clause = {
        "id": "c1", "text": "（第一项检查内容）", "points": 100, "rule": "all_or_nothing",
        "unsure": "新建时自动填入，请改成实际的检查内容和分值",
    }  # fmt: skip
    return Standard.model_validate(
        {
            "standard": standard_name(town, kind.value),
            "title": f"{kind.label}评分标准",
            "site_kind": kind.value,
            "full_marks": 100,
            "sections": [{"name": "第一类", "clauses": [clause]}],
        }
    )
