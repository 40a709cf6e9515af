"""What a list of problems would do, row by row, told before anything is saved."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from uuid import UUID

from zerentian.core import clock
from zerentian.core.problems import Problem, ProblemList, ProblemsFound, problem, shorten
from zerentian.evaluation.standard import Standard
from zerentian.places.models import Region, Site
from zerentian.places.rules import name_key
from zerentian.standards.actions import read_rule
from zerentian.standards.loop import ProblemClass
from zerentian.standards.queries import standards_of
from zerentian.tickets.actions import Opening, Seen, rules_of
from zerentian.tickets.intake_models import Sender
from zerentian.tickets.intake_rules import (
    COLUMNS,
    REQUIRED,
    Likeness,
    Named,
    folded,
    guess_columns,
    read_due,
    read_moment,
    row_hash,
)
from zerentian.tickets.list_files import ListFile, ListRow, read_list
from zerentian.tickets.models import Finding, Ticket
from zerentian.tickets.photo_archives import PHOTO_SUFFIXES, PhotoArchive, open_photos

MOST_NAMES_PICKED = 200
_YEAR = datetime.timedelta(days=366)
STATE_WORDS = {"new": "立新单", "joins": "并入整改单", "known": "已导入过", "faulty": "有误"}


@dataclass(slots=True)
class PlannedRow:
    """What a row would do: `state` is one of `STATE_WORDS`, `faults` all that is wrong with it."""

    file: str
    number: int
    site_text: str = ""
    words: str = ""
    state: str = "faulty"
    site: Site | None = None
    problem_class: ProblemClass | None = None
    seen: Seen | None = None
    due: datetime.datetime | None = None
    ticket: Ticket | None = None
    photos: list[str] = field(default_factory=list)
    faults: list[Problem] = field(default_factory=list)
    key: str = ""
    note: str = ""

    @property
    def state_words(self) -> str:
        """The state in Chinese."""
        return STATE_WORDS[self.state]


@dataclass(slots=True)
class UnknownName:
    """A name of the sender's that no site of ours has, how often it stands there, and sites it may mean."""

    key: str
    text: str
    count: int = 0
    sites: list[Site] = field(default_factory=list)


@dataclass(slots=True)
class ListPlan:
    """All rows of a list, all its faults, names to be told apart, and photos that no row names."""

    rows: list[PlannedRow] = field(default_factory=list)
    problems: ProblemList = field(default_factory=ProblemList)
    unknown: list[UnknownName] = field(default_factory=list)
    loose_photos: list[str] = field(default_factory=list)
    left_out: str = ""

    def count(self, state: str) -> int:
        """How many rows are in a state."""
        return sum(row.state == state for row in self.rows)

    @property
    def changes(self) -> int:
        """How many rows would be saved."""
        return self.count("new") + self.count("joins")

    def fault(self, row: PlannedRow, code: str, column: str, **details: object) -> None:
        """Note a fault of a row: none of them is left out, however many."""
        told = {name: shorten(str(value)) for name, value in details.items()}
        row.faults.append(Problem(code, row.file, row.number, column, told))
        self.problems.add(code, file=row.file, row=row.number, column=column, **details)

    def openings(self) -> dict[tuple[UUID, str], list[PlannedRow]]:
        """The rows that new tickets are for, by site and class: each a ticket."""
        found: dict[tuple[UUID, str], list[PlannedRow]] = defaultdict(list)
        for row in self.rows:
            if row.state in ("new", "joins") and row.ticket is None and row.site and row.problem_class:
                found[row.site.pk, row.problem_class.id].append(row)
        return dict(found)

    def joining(self) -> dict[UUID, list[PlannedRow]]:
        """The rows that tickets already open take in, by ticket."""
        found: dict[UUID, list[PlannedRow]] = defaultdict(list)
        for row in self.rows:
            if row.state == "joins" and row.ticket is not None:
                found[row.ticket.pk].append(row)
        return dict(found)


def opening_of(rows: Sequence[PlannedRow]) -> Opening:
    """The ticket that rows of one site and class are for; of their deadlines the earliest holds."""
    first = rows[0]
    assert first.site is not None
    assert first.problem_class is not None
    found = tuple(row.seen for row in rows if row.seen)
    return Opening(
        first.site, first.problem_class, found, min((row.due for row in rows if row.due), default=None)
    )


def columns_for(sender: Sender, found: ListFile) -> dict[str, str]:
    """Which heading of a list says what: as the sender's were confirmed, else as guessed."""
    return guess_columns(found.header, sender.columns)


def plan_list(sender: Sender, path: Path, archive: Path | None = None) -> ListPlan:
    """Read a list against what is stored.

    Faults of rows go to the plan; a file that can't be read at all raises `ProblemsFound`.
    """
    found = read_list(path)
    columns = {name: heading for name, heading in sender.columns.items() if heading in found.header}
    for name in REQUIRED:
        if name not in columns and not (name == "words" and "clause" in columns):
            raise problem("intake.no_columns", file=path.name, value=COLUMNS[name])
    plan = ListPlan(left_out=found.left_out)
    reader = _Reader(sender, columns, plan)
    plan.rows = [reader.read(row) for row in found.rows]
    reader.name_unknown()
    if archive is not None:
        with open_photos(archive) as photos:
            _match_photos(plan, photos, [row.texts for row in found.rows], columns)
    _decide(sender, plan)
    return plan


class _Reader:
    """Reads rows against the town's sites, standards and rules."""

    def __init__(self, sender: Sender, columns: dict[str, str], plan: ListPlan) -> None:
        self._sender, self._columns, self._plan = sender, columns, plan
        self._today, self._now, self._loop = clock.today(), clock.now(), rules_of(sender.town)
        self._calendar = self._loop.calendar.calendar()
        rows = Site.objects.filter(town=sender.town, is_active=True)
        self._sites = list(rows.select_related("region", "property_company", "responsible").order_by("code"))
        self._by_id = {str(one.pk): one for one in self._sites}
        self._by_code = {folded(one.code): one for one in self._sites}
        self._by_name: defaultdict[str, list[Site]] = defaultdict(list)
        for one in self._sites:
            self._by_name[name_key(one.name)].append(one)
        self._regions = {name_key(one.name): one.code for one in Region.objects.filter(parent=sender.town)}
        self._clauses = _clauses_of(sender.town)
        self._unknown: dict[str, UnknownName] = {}
        self._seen: dict[str, int] = {}

    def read(self, row: ListRow) -> PlannedRow:
        """What a row says, with its faults."""
        texts = {name: row.texts.get(heading, "") for name, heading in self._columns.items()}
        made = PlannedRow(
            row.file, row.number, texts["site"], texts.get("words", "") or texts.get("clause", "")
        )
        for heading in row.errors:
            if heading in self._columns.values():
                self._plan.fault(made, "table.error_cell", heading, cell=f"“{heading}”列")
        made.site = self._site(made, texts)
        if not made.words:
            column = self._columns.get("words") or self._columns.get("clause", "")
            self._plan.fault(made, "row.required", column, expected="看到的问题")
        found_at = self._found(made, texts.get("found", ""))
        made.due = self._due(made, texts.get("due", ""))
        made.key = self._key(made, texts)
        if made.site is None or found_at is None:
            return made
        clause = self._clauses.get(made.site.kind, {}).get(folded(texts.get("clause", "")), "")
        said = f"{texts.get('clause', '')} {made.words}"
        made.problem_class = self._loop.class_of(clause) if clause else self._loop.class_by_words(said)
        points = texts.get("points", "")
        seen = f"扣 {points.lstrip('-')} 分" if points else ""
        made.seen = Seen(made.words, found_at, clause, seen, reference=f"{self._sender.pk}|{made.key}")
        return made

    def name_unknown(self) -> None:
        """Tell which names are no site's, each with the sites that it may mean."""
        alike = Likeness(Named(str(one.pk), name_key(one.name)) for one in self._sites)
        for one in list(self._unknown.values())[:MOST_NAMES_PICKED]:
            same = self._by_name[name_key(one.text)]
            near = [self._by_id[id_] for id_ in alike.most_like(one.text)]
            one.sites = list(dict.fromkeys([*same, *near]))
            self._plan.unknown.append(one)

    def _site(self, made: PlannedRow, texts: dict[str, str]) -> Site | None:
        text, column = made.site_text, self._columns["site"]
        if not text:
            self._plan.fault(made, "row.required", column, expected="点位编号或名称")
            return None
        if (by_code := self._by_code.get(folded(text))) is not None:
            return by_code
        key = alias_key(texts.get("region", ""), text)
        if (known := self._by_id.get(str(self._sender.aliases.get(key, "")))) is not None:
            made.note = "按已选定的名称对照"
            return known
        said = self._regions.get(name_key(texts.get("region", "")))
        same = [one for one in self._by_name.get(name_key(text), []) if said in (None, one.region_id)]
        if len(same) == 1:
            return same[0]
        unknown = self._unknown.setdefault(key, UnknownName(key, text))
        unknown.count += 1
        code = "intake.site_ambiguous" if same else "intake.site_unknown"
        self._plan.fault(made, code, column, value=text, count=len(same))
        return None

    def _found(self, made: PlannedRow, text: str) -> datetime.datetime | None:
        column = self._columns.get("found", "")
        if not column:
            return self._now
        read = read_moment(text, self._today)
        if read is None:
            self._plan.fault(made, "intake.moment", column, value=text)
            return None
        found = read.replace(tzinfo=self._calendar.zone)
        if read.date() > self._today:
            self._plan.fault(made, "intake.future", column, value=text)
        elif self._now - found > _YEAR:
            self._plan.fault(made, "intake.long_ago", column, value=text)
        else:
            return min(found, self._now)
        return None

    def _due(self, made: PlannedRow, text: str) -> datetime.datetime | None:
        if not text:
            return None
        try:
            due = read_due(text, self._now, self._today, self._calendar)
        except ProblemsFound as found:
            self._plan.fault(made, found.problems[0].code, self._columns["due"], **found.problems[0].details)
            return None
        if due is None:
            self._plan.fault(made, "intake.due", self._columns["due"], value=text)
        return due

    def _key(self, made: PlannedRow, texts: dict[str, str]) -> str:
        """What the row is known by: the sender's number, else all that it says."""
        number = folded(texts.get("number", ""))[:100]
        key = number or row_hash(
            texts.get("region", ""),
            made.site_text,
            made.words,
            texts.get("clause", ""),
            texts.get("found", ""),
        )
        first = self._seen.setdefault(key, made.number)
        if first != made.number and number:
            column = self._columns["number"]
            self._plan.fault(made, "row.repeated", column, value=texts["number"], first=first)
        elif first != made.number:
            made.note = f"与第 {first} 行相同"
        return key


def alias_key(region: str, site: str) -> str:
    """What a sender's name of a site is remembered by."""
    return "|".join((folded(region), folded(site)))[:300]


def _clauses_of(town: str) -> dict[str, dict[str, str]]:
    """By kind of sites: the id of a clause by its id or text."""
    found = {}
    for kind, version in standards_of(town, clock.this_month()).items():
        clauses = cast(Standard, read_rule(version.kind, version.text)).clauses
        named = {folded(one.text): one.id for one in clauses}
        found[kind] = named | {folded(one.id): one.id for one in clauses}
    return found


def _decide(sender: Sender, plan: ListPlan) -> None:
    """What each sound row would do: stored before, joining an open ticket, or opening one."""
    sound = [row for row in plan.rows if not row.faults]
    keys = {f"{sender.pk}|{row.key}" for row in sound}
    known: dict[str, Finding] = {}
    for some in _in_parts(sorted(keys)):
        for one in Finding.objects.filter(reference__in=some).select_related("ticket"):
            known[one.reference] = one
    open_ones = {
        (one.site_id, one.problem_class): one
        for one in Ticket.objects.live().filter(town=sender.town).order_by("-opened")
    }
    begun: dict[tuple[UUID, str], int] = {}
    taken: set[str] = set()
    for row in sound:
        assert row.site is not None
        assert row.problem_class is not None
        assert row.seen is not None
        before = known.get(row.seen.reference)
        if before is not None and before.words != row.words[:500]:
            column = sender.columns.get("number", "")
            plan.fault(
                row, "intake.number_taken", column, value=row.key, ticket=before.ticket.number,
                words=before.words,
            )  # fmt: skip
            continue
        if before is not None or row.key in taken:
            row.state, row.ticket = "known", before.ticket if before else None
            continue
        taken.add(row.key)
        place = (row.site.pk, row.problem_class.id)
        row.ticket = open_ones.get(place)
        row.state = "joins" if row.ticket or place in begun else "new"
        if row.state == "joins" and row.ticket is None:
            row.note = row.note or f"与第 {begun[place]} 行同一张整改单"
        begun.setdefault(place, row.number)


def _in_parts(things: Sequence[str], size: int = 5_000) -> Iterable[Sequence[str]]:
    return (things[start : start + size] for start in range(0, len(things), size))


def _match_photos(
    plan: ListPlan, photos: PhotoArchive, texts: list[dict[str, str]], columns: dict[str, str]
) -> None:
    """Give each row the photos that it names or that carry its number, and judge these."""
    used: dict[str, Problem | None] = {}
    for row, cells in zip(plan.rows, texts, strict=True):
        said = cells.get(columns.get("photos", ""), "")
        for name in _names_in(said):
            found = photos.named(name)
            if not found and name.lower().endswith(PHOTO_SUFFIXES):  # “见附件” names none
                plan.fault(row, "intake.photo_missing", columns["photos"], value=name)
            row.photos += found
        for number in (cells.get(columns.get("number", ""), ""), cells.get(columns.get("ordinal", ""), "")):
            row.photos = row.photos or list(photos.numbered(number))
        row.photos = list(dict.fromkeys(row.photos))
        for entry in row.photos:
            if entry not in used:
                used[entry] = _fault_of(photos, entry)
                if used[entry]:
                    plan.fault(row, "archive.photo", columns.get("photos", ""), **_details(used[entry]))
    plan.loose_photos = [entry for entry in photos.entries if entry not in used]


def _names_in(said: str) -> list[str]:
    for mark in "，,；;\n":
        said = said.replace(mark, "、")
    return [name.strip() for name in said.split("、") if name.strip()]


def _fault_of(photos: PhotoArchive, entry: str) -> Problem | None:
    try:
        photos.read(entry)
    except ProblemsFound as found:
        return found.problems[0]
    return None


def _details(fault: Problem | None) -> dict[str, str]:
    return dict(fault.details) if fault else {}
