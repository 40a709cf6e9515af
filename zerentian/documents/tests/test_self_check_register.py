"""The register of self-checks: what was found, and what of it is mended."""

from __future__ import annotations

import datetime
from uuid import uuid4

from tests.cast import TOWN, Cast
from tests.playing import at
from zerentian.core import clock
from zerentian.documents.registers import REGISTERS
from zerentian.standards.queries import self_check_standard_of
from zerentian.tickets import actions
from zerentian.tickets.models import Proof, Ticket
from zerentian.tickets.self_check_actions import submit_self_check

MONDAY = at(datetime.date(2023, 10, 23))


def test_its_rows(cast: Cast) -> None:
    register = REGISTERS["self_checks"]
    with clock.set_to(MONDAY):
        asked = self_check_standard_of(TOWN, "2023-10").standard.clauses
        answers = {one.id: "n/a" for one in asked} | {"ground": "2", "notice": "no"}
        submit_self_check(cast.person("village"), uuid4(), cast.sites["own"], answers, remark="已报修")
        ticket = Ticket.objects.get(problem_class="exposed")
        Proof.objects.create(ticket=ticket, kind="after", sha256="a" * 64)
        actions.handle(cast.person("property"), ticket, "已清理")
    (row,) = register.rows(cast.operator, "2023-10")
    assert dict(zip(register.columns, row, strict=True)) == {
        "点位": "东村一期", "村居": "东村", "类型": "居住小区", "周（星期一）": "2023-10-23",
        "自查时间": "2023-10-23 09:00", "自查单位": "东村村委会", "自查人": "村居（village）", "发现问题": 2,
        "已整改": 1, "备注": "已报修",
    }  # fmt: skip
    assert not list(register.rows(cast.operator, "2023-11"))
    assert not list(register.rows(cast.neighbour, "2023-10"))
