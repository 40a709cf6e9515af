"""List pages: filter, sort, page and export, the same in every room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar
from urllib.parse import quote

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from zerentian.core.points import shown
from zerentian.core.problems import problem
from zerentian.core.table_writing import Value, workbook_bytes

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50
EXPORTED_AT_MOST = 20_000


@dataclass(frozen=True)
class Column(Generic[M]):
    """A column of a list: its title, what it shows of a row, and what it sorts by (empty: not sortable)."""

    title: str
    value: Callable[[M], object]
    order: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter that narrows a list to one value of a field."""

    name: str
    title: str
    options: Sequence[tuple[str, str]]
    chosen: str = ""


@dataclass(slots=True)
class Listing(Generic[M]):
    """One page of a list, ready for `pages/list.html`."""

    request: HttpRequest
    columns: Sequence[Column[M]]
    rows_found: QuerySet[M]
    page: Page[M]
    choices: Sequence[Choice]
    sort: str
    search: str
    can_search: bool
    link: Callable[[M], str] | None = None
    empty: str = "没有内容"

    @property
    def rows(self) -> Iterable[tuple[str, list[object], M]]:
        """Link, cells and the thing itself, row by row."""
        for thing in self.page.object_list:
            cells = [_shown(column.value(thing)) for column in self.columns]
            yield self.link(thing) if self.link else "", cells, thing

    def query(self, **changes: str) -> str:
        """The address of this list with some of its settings changed."""
        settings = self.request.GET.copy()
        for name, value in changes.items():
            settings[name] = value
        return "?" + settings.urlencode()

    @property
    def heads(self) -> Iterable[tuple[str, str, str]]:
        """Title, address that sorts by it, and the arrow shown, of each column."""
        for column in self.columns:
            if not column.order:
                yield column.title, "", ""
                continue
            down = self.sort == column.order
            arrow = "▲" if down else "▼" if self.sort == f"-{column.order}" else ""
            yield (
                column.title,
                self.query(sort=f"-{column.order}" if down else column.order, page="1"),
                arrow,
            )

    @property
    def pages(self) -> Iterable[tuple[str, str, bool]]:
        """Label, address and whether it is the current one, of the pager's links."""
        for number in self.page.paginator.get_elided_page_range(self.page.number, on_each_side=2, on_ends=1):
            is_number = isinstance(number, int)
            yield str(number), self.query(page=str(number)) if is_number else "", number == self.page.number


def listing(
    request: HttpRequest,
    rows: QuerySet[M],
    columns: Sequence[Column[M]],
    *,
    choices: Sequence[Choice] = (),
    search: Callable[[QuerySet[M], str], QuerySet[M]] | None = None,
    sort: str = "",
    link: Callable[[M], str] | None = None,
    empty: str = "没有内容",
    is_long: bool = False,
) -> Listing[M]:
    """A list page from the request; an unknown filter value, sort or page falls back, never fails.

    A list that `is_long` finds the ids of a page first, from an index: only that page's rows are joined.
    """
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if search and words:
        rows = search(rows, words)
    chosen, narrowed = [], {}
    for choice in choices:
        value = request.GET.get(choice.name, "")
        if value in {known for known, _ in choice.options}:
            narrowed[choice.name] = value
        else:
            value = ""
        chosen.append(Choice(choice.name, choice.title, choice.options, value))
    rows = rows.filter(**narrowed)  # at once: role and organisation are those of one post
    orders = {column.order for column in columns if column.order}
    wanted = request.GET.get("sort", "")
    order = wanted if wanted.removeprefix("-") in orders else sort
    rows = rows.order_by(*([order, "pk"] if order else []))
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    if is_long:
        first = (page.number - 1) * PAGE_SIZE
        page.object_list = rows.filter(pk__in=rows.values("pk")[first : first + PAGE_SIZE])
    return Listing(request, columns, rows, page, chosen, order, words, search is not None, link, empty)


def export(name: str, rows: QuerySet[M], columns: Sequence[Column[M]]) -> HttpResponse:
    """A list as a workbook. Text stays text: nothing a person wrote becomes a formula.

    Raises `ProblemsFound` for more rows than a page should make: nothing is left out in silence.
    """
    count = rows.count()
    if count > EXPORTED_AT_MOST:
        raise problem("export.too_many", count=count, limit=EXPORTED_AT_MOST)
    cells = ([_cell(column.value(thing)) for column in columns] for thing in rows.iterator(chunk_size=1000))
    return workbook_response(name, workbook_bytes(name, [column.title for column in columns], cells))


def _shown(value: object) -> object:
    return shown(value) if isinstance(value, Decimal) else value


def _cell(value: object) -> Value:
    if isinstance(value, bool):
        return "是" if value else "否"
    return value if isinstance(value, int | Decimal | None) else str(value)


def workbook_response(name: str, content: bytes) -> HttpResponse:
    """A workbook to download under a Chinese name."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return download(f"{name}.xlsx", content, kind)


def blank_table(name: str, columns: Sequence[str]) -> HttpResponse:
    """An empty workbook with the columns that an import reads."""
    return workbook_response(name, workbook_bytes(name, columns, []))


def download(name: str, content: bytes, kind: str) -> HttpResponse:
    """A file to download, never to open in the page."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
