"""The register of guidance: a row for each site and clause, and what changed there."""

from __future__ import annotations

from tests.cast import Cast
from tests.playing import publish_rules
from zerentian.core import clock
from zerentian.documents.registers import REGISTERS
from zerentian.tickets.guidance_actions import import_attendance
from zerentian.tickets.tests.test_guidance import NOW, given, visit


def test_the_register_says_what_changed(cast: Cast) -> None:
    publish_rules(cast)
    with clock.set_to(NOW):
        visit(cast, cast.sites["own"], "2023-10-10", dirty="2")
        visit(cast, cast.sites["own"], "2023-11-10", dirty="1")
        made = given(cast, cast.sites["own"], clauses=("dirty", "bins"))
        import_attendance(cast.person("operator"), made, "张三\n李四")
    rows = list(REGISTERS["guidance"].rows(cast.operator, "2023-10"))
    assert len(rows) == 2
    assert rows[0][6:11] == ("东村一期", "东村", "", "条款dirty", 2)
    assert rows[0][12:] == ("指导前失 10 分 → 指导后失 5 分", "好转")
    assert list(REGISTERS["guidance"].rows(cast.neighbour, "2023-10")) == []
