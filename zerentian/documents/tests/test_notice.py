"""What an interview notice says: every point with its site, or the months of another source."""

from pathlib import Path

from zerentian.documents.letter import Letter, load_letter
from zerentian.documents.month import write_month_documents
from zerentian.documents.notice import Loss, Notice, make_notice
from zerentian.documents.tests.town import SITES, month, word_tables, word_text


def notices(folder: Path, **settings: object) -> list[Notice]:
    results = month(folder, **settings)
    (result,) = results.periods
    return [make_notice(results, result, due, Letter()) for due in result.interviews]


def test_it_works(tmp_path: Path) -> None:
    last, _ = notices(tmp_path)
    assert (last.name, last.subject, last.chair, last.attend) == (
        "末位约谈", "丁居委会", "分管领导", "村居书记、物业",
    )  # fmt: skip
    assert last.ground == "2023年10月，镇检查4个村居中排第4名，在最后1位之列，得分52.50"
    assert last.standing.startswith("检查点位1个，达标0个；一票否决“严重混合垃圾”：点位s4")
    assert last.composition == "丁居委会得分52.50分，由居住区52.50分（满分100分）、督办扣分0分组成。"
    (site,) = last.sites
    assert (site.name, site.date, site.score, site.full_marks, site.verdict) == (
        "点位s4", "2023-10-12", "10.50", "20", "不达标",
    )  # fmt: skip
    assert site.standard == "居住小区测评表（2023.1版）"


def test_deductions_vetoes_and_extras_are_listed(tmp_path: Path) -> None:
    last, _ = notices(tmp_path)
    assert last.sites[0].losses == [
        Loss("四分类容器齐全", "否", "10"),
        Loss("一票否决：严重混合垃圾", "发生", "不超过11分"),
        Loss("加分：特色做法（本类别加分最多1分）", "1次", "+0.5"),
    ]


def test_a_penalty_outside_full_marks_is_listed(tmp_path: Path) -> None:
    sites = {site: SITES[site] for site in ("s1", "s2", "s3")}
    last, _ = notices(tmp_path, sites=sites)
    assert [(loss.text, loss.points) for loss in last.sites[0].losses] == [
        ("桶身脏破", "3"),
        ("分类准确率", "3.33"),
        ("另扣：同一问题被督办（本类别另扣最多2分）", "0.5"),
    ]


def test_another_sources_interview_shows_its_months(tmp_path: Path) -> None:
    _, repeated = notices(tmp_path)
    assert repeated.ground == "区督查2023年9月、2023年10月连续2个月不达标（得分 85.5、86.5）"
    assert [(m.month, m.source, m.score, m.verdict) for m in repeated.months] == [
        ("2023年9月", "区督查", "85.5", "不达标"),
        ("2023年10月", "区督查", "86.5", "不达标"),
    ]
    assert (repeated.sites, repeated.standing, repeated.composition) == ([], "", "")


def test_a_run_of_own_months_shows_months_and_deductions(tmp_path: Path) -> None:
    rule = {"name": "连续约谈", "when": {"consecutive_fails": 2}, "source": "town"}
    (notice,) = notices(tmp_path, interviews=[rule])
    assert notice.subject == "丙居委会"
    assert [month.month for month in notice.months] == ["2023年9月", "2023年10月"]
    assert notice.sites
    assert notice.chair == "＿＿＿＿＿＿"


def test_the_word_file_says_it_all(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    letter = tmp_path / "letter.yaml"
    letter.write_text(
        "place: 二楼会议室\nobjection: 可在3日内提出\nnotice_number: 示约〔2023〕1号\n", "utf-8"
    )
    write_month_documents(month(tmp_path), out, letter=load_letter(letter), templates=None)
    names = sorted(path.name for path in (out / "interviews").glob("*.docx"))
    assert names == ["2023-10-01-4.docx", "2023-10-02-2.docx"]
    for name in names:
        assert (out / "interviews" / name).with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    text = word_text(out / "interviews" / names[0])
    for words in (
        "约谈通知书", "示约〔2023〕1号", "丁居委会（村居书记、物业）：", "由分管领导主持约谈", "地点：二楼会议室",
        "时间：　　　　年", "整改措施和责任人", "跟踪督查", "有异议的，可在3日内提出", "送达回执", "附件：2023年10月检查扣分明细",
    ):  # fmt: skip
        assert words in text, words
    assert ["四分类容器齐全", "否", "10"] in word_tables(out / "interviews" / names[0])[0]
    other = word_text(out / "interviews" / names[1])
    assert "附件" not in other
    assert "86.5" in other


def test_an_id_can_not_lead_the_file_elsewhere(tmp_path: Path) -> None:
    results = month(tmp_path)
    due = results.periods[0].interviews[0]
    object.__setattr__(due, "subject", type(due.subject)("../../etc/\x00" + "長" * 300, "丁居委会"))
    out = tmp_path / "out"
    out.mkdir()
    written = write_month_documents(results, out, letter=Letter(), templates=None)
    notice = written[3]
    assert notice.parent == out / "interviews"
    assert notice.is_file()
    assert len(notice.name) < 80
