"""A town written to files: a test says what its rules and its month are, runs the command, reads the tables."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from zerentian.command import main

MONTH = "2023-10"
COMMAND = Path(sys.executable).parent / "zerentian"

Row = dict[str, str]

COLUMNS: dict[str, tuple[str, ...]] = {
    "subjects": ("subject", "name"),
    "sites": ("site", "name", "kind", "subject"),
    "observations": ("period", "site", "clause", "value"),
    "figures": ("period", "subject", "part", "value"),
    "history": ("period", "source", "subject", "score", "passed"),
}


def clause(identifier: str, rule: str, points: Any = None, **settings: Any) -> dict[str, Any]:
    scored = {} if points is None else {"points": points}
    return {"id": identifier, "text": f"条款{identifier}", **scored, "rule": rule, **settings}


def section(name: str, *clauses: Mapping[str, Any], **settings: Any) -> dict[str, Any]:
    return {"name": name, **settings, "clauses": [dict(one) for one in clauses]}


def standard(*sections: Mapping[str, Any], full_marks: Any, **settings: Any) -> dict[str, Any]:
    return {
        "standard": "compound",
        "version": "1",
        "title": "测评表",
        "site_kind": "compound",
        "full_marks": full_marks,
        "pass_share": 0.9,
        "not_applicable": "rescale",
        **settings,
        "sections": [dict(one) for one in sections],
    }


def purity(full_marks: Any = 100, **settings: Any) -> dict[str, Any]:
    """The shortest standard: one ratio clause, so that a site's score is whatever the test wants."""
    return standard(section("实效", clause("purity", "ratio", full_marks)), full_marks=full_marks, **settings)


def policy(*parts: Mapping[str, Any], **settings: Any) -> dict[str, Any]:
    chosen = parts or ({"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 100},)
    return {
        "policy": "test",
        "title": "考评办法",
        "subject": "committee",
        "parts": [{"name": str(one["id"]), **one} for one in chosen],
        "pass_mark": 90,
        **settings,
    }


def score_rows(scores: Mapping[str, Any], period: str = MONTH) -> list[Row]:
    """Observations that give each site the wanted score out of 100 under `purity`."""
    rows = []
    for site, score in scores.items():
        good, total = (Decimal(str(score)) / 100).as_integer_ratio()
        rows.append({"period": period, "site": site, "clause": "purity", "value": f"{good}/{total}"})
    return rows


@dataclass
class Outcome:
    status: int
    stdout: str
    stderr: str
    out: Path

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    def table(self, name: str) -> list[Row]:
        assert self.status == 0, self.text
        with (self.out / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def column(self, table: str, key: str, value: str, period: str | None = None) -> Row:
        """One column of a table, as a mapping from another."""
        rows = [row for row in self.table(table) if period in (None, row["period"])]
        found = {row[key]: row[value] for row in rows}
        assert len(found) == len(rows), f"{key} repeats in {table}"
        return found

    def site_score(self, site: str) -> str:
        return self.column("site_scores", "site", "score")[site]

    def deductions(self, site: str) -> dict[str, Decimal]:
        text = self.column("site_scores", "site", "deductions")[site]
        pairs = (part.rsplit(":", 1) for part in text.split(";") if part)
        return {identifier: Decimal(points) for identifier, points in pairs}

    def subject(self, subject: str) -> Row:
        (row,) = [row for row in self.table("subject_scores") if row["subject"] == subject]
        return row

    def interviews(self) -> list[tuple[str, str, str]]:
        return [(row["period"], row["interview"], row["subject"]) for row in self.table("interviews")]

    def listed(self, name: str) -> list[str]:
        return [row["subject"] for row in self.table("lists") if row["list"] == name]

    def refused(self, *words: str) -> None:
        """Bad input: status 2, one line that holds all these words, and nothing written."""
        assert self.status == 2, f"status {self.status}\n{self.text}"
        assert "Traceback" not in self.text
        lines = self.text.splitlines()
        assert any(all(word in line for word in words) for line in lines), f"{words} not in\n{self.text}"
        assert not self.out.exists()
        assert not list(self.out.parent.glob(".*")), "something temporary was left behind"


@dataclass
class Town:
    folder: Path
    policy: dict[str, Any] = field(default_factory=policy)
    standards: list[dict[str, Any]] = field(default_factory=lambda: [purity()])
    subjects: list[Mapping[str, Any]] = field(default_factory=lambda: [{"subject": "v1", "name": "一村"}])
    sites: list[Mapping[str, Any]] = field(default_factory=list)
    observations: list[Mapping[str, Any]] = field(default_factory=list)
    figures: list[Mapping[str, Any]] = field(default_factory=list)
    history: list[Mapping[str, Any]] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    """Files that the test wrote itself, by option name."""

    def add_site(self, site: str, subject: str = "v1", kind: str = "compound", **extra: Any) -> None:
        self.sites.append({"site": site, "name": f"点位{site}", "kind": kind, "subject": subject, **extra})

    def observe(self, site: str, values: Mapping[str, Any], period: str = MONTH, **visit: Any) -> None:
        for identifier, value in values.items():
            self.observations.append(
                {"period": period, "site": site, "clause": identifier, "value": value, **visit}
            )

    def add_scores(self, scores: Mapping[str, Any], subject: str = "v1", kind: str = "compound") -> None:
        """New sites with these scores."""
        for site in scores:
            self.add_site(site, subject, kind)
        self.observations += score_rows(scores)

    def rank(self, scores: Mapping[str, Any], **columns: Mapping[str, str]) -> None:
        """One site `s-<subject>` for each subject, with that score."""
        self.subjects = [
            {"subject": one, "name": f"村{one}", **{name: of[one] for name, of in columns.items()}}
            for one in scores
        ]
        for one in scores:
            self.add_site(f"s-{one}", one)
        self.observations = list(score_rows({f"s-{one}": score for one, score in scores.items()}))

    def past(self, source: str, subject: str, fails: Mapping[str, bool]) -> None:
        """History rows: month to whether it failed."""
        for period, failed in fails.items():
            self.history.append(
                {
                    "period": period,
                    "source": source,
                    "subject": subject,
                    "score": "80" if failed else "95",
                    "passed": "no" if failed else "yes",
                }
            )

    def put(self, option: str, content: str | bytes, name: str = "") -> None:
        """Hand in this file for `option`, named `own_<option>.csv` unless told otherwise."""
        path = self.folder / (name or f"own_{option}.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.files[option] = path

    def write(self) -> list[str]:
        """Write the files and return the command's arguments, without --out."""
        arguments = ["evaluate"]
        arguments += ["--policy", str(self.files.get("policy") or self.write_yaml("policy", self.policy))]
        for number, one in enumerate(self.standards):
            path = self.files.get(f"standard{number}") or self.write_yaml(f"standard{number}", one)
            arguments += ["--standard", str(path)]
        for name, columns in COLUMNS.items():
            rows: list[Mapping[str, Any]] = getattr(self, name)
            path = self.files.get(name)
            if path is None and (rows or name not in ("figures", "history")):
                path = write_csv(self.folder / f"{name}.csv", rows, columns)
            if path is not None:
                arguments += [f"--{name}", str(path)]
        return arguments

    def write_yaml(self, name: str, content: Mapping[str, Any]) -> Path:
        path = self.folder / f"{name}.yaml"
        path.write_text(
            yaml.safe_dump(deepcopy(dict(content)), allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        return path

    def run(self, *options: str, out: str | Path = "results") -> Outcome:
        """The command in this process."""
        with pytest.MonkeyPatch.context() as patch:
            return run_here([*self.write(), *options, "--out", str(self.folder / out)], patch)

    def run_apart(self, *options: str, out: str | Path = "results", **settings: Any) -> Outcome:
        """The command as a person starts it."""
        return run_apart([*self.write(), *options, "--out", str(self.folder / out)], **settings)


def score_site(town: Town, sheet: dict[str, Any], values: dict[str, str], *options: str) -> Outcome:
    """Score one site, `s1`, that was observed so."""
    town.standards = [sheet]
    town.add_site("s1")
    town.observe("s1", values)
    return town.run(*options)


def site_row(outcome: Outcome, site: str = "s1") -> dict[str, str]:
    """The row of one site in site_scores."""
    (row,) = [row for row in outcome.table("site_scores") if row["site"] == site]
    return row


def run_here(arguments: Sequence[str], patch: pytest.MonkeyPatch) -> Outcome:
    stdout, stderr = io.StringIO(), io.StringIO()
    patch.setattr(sys, "stdout", stdout)
    patch.setattr(sys, "stderr", stderr)
    try:
        status = main(list(arguments))
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1
    return Outcome(status or 0, stdout.getvalue(), stderr.getvalue(), Path(arguments[-1]))


def run_apart(arguments: Sequence[str], **settings: Any) -> Outcome:
    done = subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        **settings,
    )
    return Outcome(done.returncode, done.stdout, done.stderr, Path(arguments[-1]))


def write_csv(
    path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str], encoding: str = "utf-8"
) -> Path:
    rows = list(rows)
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Path:
    """Values go in as they are: a number as a number, a date as a date."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(columns))
    for row in rows:
        sheet.append([row.get(name) for name in columns])
    book.save(path)
    return path


def write_json(path: Path, content: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def sound_town(folder: Path) -> Town:
    """A month with nothing wrong: one village, one compound, one observation."""
    town = Town(folder)
    town.add_site("s1")
    town.observations = list(score_rows({"s1": 90}))
    return town
