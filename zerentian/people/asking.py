"""Many small questions to the database in one, for a page that shows something of every room."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, IntegerField, Model, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject


def how_many(rows: QuerySet[Any]) -> Combinable:
    """How many rows there are, as a part of a larger question."""
    if rows.query.distinct:
        rows = rows.model._base_manager.filter(pk__in=rows.order_by().values("pk"))
    counted = rows.order_by().annotate(how_many=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return Subquery(counted.values("how_many"))


def some(rows: QuerySet[Any], most: int, **fields: str) -> Combinable:
    """The first rows with some of their fields (ids as text), as a part of a larger question."""
    return ArraySubquery(rows.values(told=JSONObject(**fields))[:most])


def ask(about: Model, **questions: Combinable) -> dict[str, Any]:
    """The answers by the questions' names, with one query of one row; what cannot be there counts 0."""
    if not questions:
        return {}
    named = {f"asked_{name}": question for name, question in questions.items()}  # no field is called so
    answers = about._meta.model._base_manager.filter(pk=about.pk).values(**named).get()
    return {name.removeprefix("asked_"): answer or 0 for name, answer in answers.items()}
