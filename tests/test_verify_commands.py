"""`verify-month` and `verify-draw` as a person runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cast import TOWN, Cast
from tests.playing import LAST, MONTH, at, drawn_round, inspect
from zerentian.command import main
from zerentian.core import clock
from zerentian.results import actions as results
from zerentian.results.models import SiteResult
from zerentian.rounds.plan_actions import proof_of


@pytest.fixture
def closed(cast: Cast) -> Cast:
    round_ = drawn_round(cast)
    for task in round_.assignments.all():
        inspect(cast, task)
    with clock.set_to(at(LAST, 17)):
        made = results.prepare(cast.person("operator"), round_)
        results.confirm(cast.person("deputy"), made)
    return cast


def test_a_month_is_made_again(closed: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify-month", MONTH, "--town", TOWN]) == 0
    assert "完全一致" in capsys.readouterr().out


def test_a_changed_month_is_told(closed: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    SiteResult.objects.filter(site=closed.sites["own"]).update(score=1)
    assert main(["verify-month", MONTH]) == 1
    assert "东村一期" in capsys.readouterr().out


@pytest.mark.parametrize(("month", "words"), [("2023-11", "还没有关账"), ("x", "不是月份")])
def test_a_month_that_is_not_closed(
    closed: Cast, capsys: pytest.CaptureFixture[str], month: str, words: str
) -> None:
    assert main(["verify-month", month]) == 2
    assert words in capsys.readouterr().err


def test_a_draw_is_made_again(cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof = proof_of(drawn_round(cast).draws.get())
    path = tmp_path / "抽签.json"
    path.write_text(proof.model_dump_json(), encoding="utf-8")
    assert main(["verify-draw", str(path)]) == 0
    assert "2 个点位的安排与公布的完全一致" in capsys.readouterr().out
    path.write_text(proof.model_dump_json().replace("2023-10-16", "2023-10-17"), encoding="utf-8")
    assert main(["verify-draw", str(path)]) == 1


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"secret": 1}'])
def test_a_file_that_is_no_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    assert main(["verify-draw", str(path)]) == 2
    assert "x.json" in capsys.readouterr().err


def test_the_proof_of_a_draw_is_kept_until_its_days_are_over(cast: Cast) -> None:
    draw = drawn_round(cast).draws.get()
    client = cast.client("village")
    with clock.set_to(at(LAST)):
        page = client.get(f"/rounds/draws/{draw.pk}").content.decode()
        assert draw.round.commitment in page
        assert draw.round.secret not in page
        assert draw.seed not in page
        assert client.get(f"/rounds/draws/{draw.pk}?download=1").status_code == 422
    with clock.set_to(at(LAST.replace(day=30))):
        assert "抽签核对无误" in client.get(f"/rounds/draws/{draw.pk}").content.decode()
        assert client.get(f"/rounds/draws/{draw.pk}?download=1").json()["secret"] == draw.round.secret
