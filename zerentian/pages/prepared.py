"""Statements of the busiest path, made once: what each report from a phone asks for and writes.

Django writes the text of a query anew each time, and PostgreSQL plans it anew; for a report's dozen of
statements that is most of what it costs. Here the text is kept, PostgreSQL keeps the plan, and writes that
need no answer travel together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query import get_related_populators
from psycopg import Cursor

Row = TypeVar("Row", bound=models.Model)


class Query(Generic[Row]):
    """A query whose text is made once, from a queryset made with one mark in place of each value.

    With `kept`, a row that comes again gives the same objects as before: for what is only read.
    """

    def __init__(
        self,
        make: Callable[[], models.QuerySet[Row]],
        marks: Sequence[object],
        more: str = "",
        *,
        kept: int = 0,
    ) -> None:
        self._make, self._marks, self._more, self._kept = make, list(marks), more, kept

    def rows(self, *values: object) -> list[Row]:
        """What it finds with `values` in place of the marks."""
        return self.ask(*values)()

    def ask(self, *values: object) -> Callable[[], list[Row]]:
        """Ask now and read later: several questions inside of `together` cost one journey."""
        sql, order, build = self._text
        asked = execute(sql, [values[at] for at in order])
        return lambda: [build(row) for row in asked.fetchall()]

    def first(self, *values: object) -> Row | None:
        """The first row."""
        return next(iter(self.rows(*values)), None)

    @cached_property
    def _text(self) -> tuple[str, list[int], Callable[[tuple[Any, ...]], Row]]:
        compiler = self._make().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        info, select = compiler.klass_info, compiler.select
        assert info
        start, end = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [one[0].target.attname for one in select[start:end]]
        related = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg] # of Django 6
        converters = compiler.get_converters([one[0] for one in select])

        def build(row: tuple[Any, ...]) -> Row:
            if converters:
                row = next(iter(compiler.apply_converters([list(row)], converters)))
            made: Row = info["model"].from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for one in related:
                one.populate(row, made)
            return made

        if self._kept:
            build = lru_cache(maxsize=self._kept)(build)
        return sql + self._more, [self._marks.index(one) for one in params], build


def insert(things: Sequence[models.Model], or_leave: bool = False) -> None:
    """Insert new things of one kind. A key that the database makes is not told.

    With `or_leave`, those that are there already are left as they are.
    """
    if not things:
        return
    one, many, fields = _insertion(type(things[0]))
    rows = [[value_of(thing) for value_of in fields] for thing in things]
    end = " ON CONFLICT DO NOTHING" if or_leave else ""
    if len(rows) == 1:
        execute(one + end, rows[0])
    else:
        execute(many + end, [list(column) for column in zip(*rows, strict=True)])
    for thing in things:
        thing._state.adding, thing._state.db = False, DEFAULT_DB_ALIAS


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model]) -> tuple[str, str, list[Callable[[models.Model], Any]]]:
    """The text for one row and for many, and what gives the value of each field they fill."""
    fields = [one for one in model._meta.concrete_fields if not isinstance(one, models.AutoField)]
    quote = connection.ops.quote_name
    into = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(quote(str(one.column)) for one in fields)})"
    )
    one = f"{into} VALUES ({', '.join('%s' for _ in fields)})"
    arrays = ", ".join(f"%s::{one.db_type(connection)}[]" for one in fields)
    many = f"{into} SELECT * FROM UNNEST({arrays})"  # noqa: S608 - our columns
    return one, many, [_value_of(field) for field in fields]


# psycopg takes their values as they are; asking each field to prepare its own was a sixth of a report's time.
_AS_THEY_ARE = (
    models.CharField, models.TextField, models.UUIDField, models.DateTimeField, models.BooleanField,
    models.IntegerField, models.DecimalField,
)  # fmt: skip


def _value_of(field: models.Field[Any, Any]) -> Callable[[models.Model], Any]:
    kind = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(kind, _AS_THEY_ARE):
        return attrgetter(field.attname)
    return lambda thing: field.get_db_prep_save(field.pre_save(thing, True), connection)


def update(thing: models.Model, *names: str) -> None:
    """Write some fields of a thing that is there."""
    text, fields = _update(type(thing), names)
    execute(text, [one.get_db_prep_save(getattr(thing, one.attname), connection) for one in fields])


@lru_cache(maxsize=64)
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[models.Field[Any, Any]]]:
    quote, key = connection.ops.quote_name, model._meta.pk
    fields: list[models.Field[Any, Any]] = [model._meta.get_field(name) for name in names]  # type: ignore[misc]
    changes = ", ".join(f"{quote(str(one.column))} = %s" for one in fields)
    table = quote(model._meta.db_table)
    return f"UPDATE {table} SET {changes} WHERE {quote(str(key.column))} = %s", [*fields, key]  # noqa: S608 - our columns


@contextmanager
def together() -> Iterator[None]:
    """Statements inside travel together; an answer that is asked for, or the end, waits for all of them."""
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    with database.wrap_database_errors, database.connection.pipeline():
        yield


def commit() -> None:
    """Let the COMMIT travel with the statements before it, as the last of them.

    Inside of another transaction nothing happens: that one commits. After an error PostgreSQL skips it with
    the rest. Django then finds nothing left to commit.
    """
    if len(connections[DEFAULT_DB_ALIAS].atomic_blocks) == 1:
        execute("COMMIT", [])


def execute(sql: str, values: Sequence[object]) -> Cursor[tuple[Any, ...]]:
    """Run a statement whose plan PostgreSQL keeps, in the transaction that is going on.

    Outside of a transaction it is asked once more on a new connection when the old one is dead: PostgreSQL
    was started anew. That spares the question before each request whether it is alive.
    """
    database = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` does it at each use
    if database.in_atomic_block:
        return _execute(database, sql, values)
    try:
        found = _execute(database, sql, values)
    except OperationalError:
        database.close()
        found = _execute(database, sql, values)
    # It has just answered: Django need not ask once more before a transaction.
    database.health_check_done = True  # type: ignore[attr-defined] # of Django 4.1
    return found


def _execute(database: BaseDatabaseWrapper, sql: str, values: Sequence[object]) -> Cursor[tuple[Any, ...]]:
    database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        return Cursor(database.connection).execute(sql, values, prepare=True)
