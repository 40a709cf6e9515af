"""Build the shipped Word templates: `python -m zerentian.documents.build_templates [FOLDER]`.

Layout after GB/T 9704-2012: A4, type area 156 × 225 mm, text 3号仿宋, title 2号小标宋, page numbers outside.
A town edits the Word files themselves; this script only makes the shipped ones.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.shared import Mm

from zerentian.documents.template_parts import (
    CENTRE,
    HEADING,
    LEFT,
    LINE,
    RED,
    RIGHT,
    TITLE,
    Grid,
    add_grid,
    caption,
    heading,
    new_document,
    rule,
    spacer,
    tag,
    text,
)
from zerentian.documents.word import SHIPPED_TEMPLATES, write_without_time


def build(folder: Path) -> None:
    """Write every template into `folder`."""
    templates: dict[str, Callable[[], Any]] = {
        "bulletin.docx": _bulletin,
        "interview_notice.docx": _interview_notice,
        "supervision_order.docx": _supervision_order,
        "score_sheet.docx": _score_sheet,
        "register.docx": _register,
    }
    for name, make in templates.items():
        written = io.BytesIO()
        make().save(written)
        write_without_time(written, folder / name)


def _bulletin() -> Any:
    document = new_document()
    _letterhead(document, "{{ letter.number }}", top=99)
    _title(document, "{{ title }}", before=2 * LINE)
    text(document, "{{ letter.recipients }}：", indent=0)
    heading(document, "一、总体情况")
    _paragraphs(document, "for paragraph in summary", "{{ paragraph }}")
    heading(document, "二、名单情况")
    _paragraphs(
        document, "for paragraph in list_words", "{{ paragraph }}", otherwise="本月没有列入名单的对象。"
    )
    heading(document, "三、主要问题")
    _rows_or_words(
        document,
        "problems",
        Grid(
            ["序号", "点位类型", "检查内容", "扣分点位\n（个）", "扣分合计\n（分）"],
            [12, 24, 76, 22, 22],
            _row(5),
            "for row in problems.rows",
            left=(2,),
        ),
        "全部点位所扣分数最多的检查内容如下。",
        "本月检查没有扣分。",
    )
    heading(document, "四、约谈安排")
    _rows_or_words(
        document,
        "interviews",
        Grid(
            ["约谈事项", "{{ interviews.columns[1] }}", "事由", "主持", "参加"],
            [22, 32, 52, 22, 28],
            _row(5),
            "for row in interviews.rows",
            left=(2,),
        ),
        "下列对象须进行约谈，时间、地点另行通知。",
        "本月没有触发约谈的对象。",
    )
    heading(document, "五、有关说明")
    _paragraphs(document, "for paragraph in method", "{{ loop.index }}. {{ paragraph }}")
    _attachment_note(document, "attachments")
    _signature(document)
    _attached_tables(document)
    _imprint(document)
    return document


def _attached_tables(document: Any) -> None:
    tag(document, "if rankings.tables")
    _attachment_head(document, "{{ rankings.label }}", "{{ rankings.title }}")
    tag(document, "for table in rankings.tables")
    _caption_if_named(document)
    add_grid(
        document,
        Grid(
            ["名次", "{{ table.columns[1] }}", "得分"],
            [12, 40, 18],
            _row(3),
            "for row in table.rows",
            further=(
                "for column in table.columns[3:]", "{{ column }}", "for cell in row[3:]", "{{ cell }}",
            ),
        ),
    )  # fmt: skip
    tag(document, "endfor")
    tag(document, "endif")
    tag(document, "if lists.tables")
    _attachment_head(document, "{{ lists.label }}", "{{ lists.title }}")
    tag(document, "for table in lists.tables")
    _caption_if_named(document)
    add_grid(
        document,
        Grid(
            ["序号", "{{ table.columns[1] }}", "得分", "主要情况"],
            [12, 36, 16, 92],
            _row(4),
            "for row in table.rows",
            left=(3,),
        ),
    )
    tag(document, "endfor")
    tag(document, "endif")
    tag(document, "if not_ranked.tables")
    _attachment_head(document, "{{ not_ranked.label }}", "{{ not_ranked.title }}")
    tag(document, "for table in not_ranked.tables")
    add_grid(
        document,
        Grid(
            ["序号", "{{ table.columns[1] }}", "原因"],
            [12, 50, 94],
            _row(3),
            "for row in table.rows",
            left=(2,),
        ),
    )
    tag(document, "endfor")
    tag(document, "endif")


def _interview_notice() -> Any:
    document = new_document()
    _letterhead(document, "{{ letter.notice_number }}", top=20)
    _title(document, "约谈通知书", before=LINE)
    text(document, "{{ subject }}（{{ attend }}）：", indent=0)
    text(document, "{{ ground }}。{% if standing %}{{ standing }}。{% endif %}")
    _months(document)
    text(
        document,
        "按照《{{ policy }}》“{{ name }}”的规定，由{{ chair }}主持约谈，请{{ attend }}参加。现将有关事项通知如下：",
    )
    heading(document, "一、时间和地点")
    text(document, "时间：{{ letter.time or '　　　　年　　月　　日　　时　　分' }}")
    text(document, "地点：{{ letter.place or '＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿' }}")
    heading(document, "二、准备事项")
    text(
        document,
        "请对照{% if sites %}附件{% else %}上述情况{% endif %}逐项准备书面说明：（一）产生问题的原因；（二）整改措施和责任人；"
        "（三）完成整改的日期；（四）防止再次发生的办法。",
    )
    heading(document, "三、跟踪督查")
    text(document, "约谈后，对整改情况进行跟踪督查。")
    heading(document, "四、陈述和异议")
    text(
        document,
        "参加人有权当面陈述情况。对检查结果有异议的，{{ letter.objection or '可以书面提出，并附理由和照片' }}；"
        "异议成立的，重新计算并更正。联系人及电话：{{ letter.contact or '＿＿＿＿＿＿＿＿' }}。",
    )
    tag(document, "if sites")
    text(document, "附件：{{ period }}检查扣分明细", before=LINE)
    tag(document, "endif")
    _signature(document)
    _receipt(document)
    _notice_attachment(document)
    return document


def _supervision_order() -> Any:
    document = new_document()
    _letterhead(document, "{{ letter.notice_number }}", top=20)
    _title(document, "督办通知书", before=LINE)
    text(document, "{{ handler }}：", indent=0)
    text(document, "{{ ground }}：")
    spacer(document)
    add_grid(
        document,
        Grid(
            ["问题", "检查情况", "发现时间"],
            [80, 44, 32],
            ["{{ problem.text }}", "{{ problem.observed }}", "{{ problem.found }}"],
            "for problem in problems",
            left=(0, 1),
        ),
    )
    text(document, "按照《{{ rules }}》的规定，现予督办。有关要求如下：", before=LINE)
    heading(document, "一、整改期限")
    text(document, "请于{{ due }}前完成整改。")
    heading(document, "二、整改要求")
    tag(document, "if demands")
    text(document, "{{ demands }}。")
    tag(document, "endif")
    text(document, "整改完成后，请将整改后的照片和情况报回（整改单{{ number }}），由镇里到现场核查。")
    heading(document, "三、陈述和异议")
    text(
        document,
        "对问题有异议，或者确有困难不能按期完成的，请在期限届满前书面说明理由。"
        "联系人及电话：{{ letter.contact or '＿＿＿＿＿＿＿＿' }}。",
    )
    _signature(document)
    text(document, "抄送：{{ committee }}", size=14, before=LINE, indent=0)
    return document


def _receipt(document: Any) -> None:
    """The slip that is signed when the notice is handed over."""
    first = text(document, "送达回执", font=HEADING, size=14, align=CENTRE, before=LINE, line=26, keep=True)
    rule(first, "top")
    for words in (
        "收到约谈通知书：{{ subject }}　{{ name }}（{{ period }}）",
        "签收人（签名）：＿＿＿＿＿　职务：＿＿＿＿　电话：＿＿＿＿＿",
        "对检查结果：□没有异议　□有异议，理由：＿＿＿＿＿＿＿＿＿＿",
        "签收时间：　　　　年　　月　　日　　时",
    ):
        text(document, words, size=14, line=26, indent=0, align=LEFT, keep=True)
    spacer(document)


def _months(document: Any) -> None:
    """The months on which an interview rests."""
    tag(document, "if months")
    spacer(document)
    add_grid(
        document,
        Grid(
            ["月份", "来源", "得分", "结果"],
            [42, 42, 36, 36],
            ["{{ month.month }}", "{{ month.source }}", "{{ month.score }}", "{{ month.verdict }}"],
            "for month in months",
        ),
    )
    tag(document, "endif")


def _notice_attachment(document: Any) -> None:
    tag(document, "if sites")
    text(document, "附件", font=HEADING, indent=0, new_page=True, keep=True)
    caption(document, "{{ subject }}{{ period }}检查扣分明细")
    text(document, "{{ composition }}", size=12, line=20, after=4)
    add_grid(
        document,
        Grid(
            ["检查内容", "检查情况", "扣分"],
            [88, 46, 22],
            ["{{ loss.text }}", "{{ loss.observed }}", "{{ loss.points }}"],
            "for site in sites",
            inner="for loss in site.losses",
            band="{{ site.number }}. {{ site.name }}　得分{{ site.score }}（满分{{ site.full_marks }}），"
            "{{ site.verdict }}\n检查日期：{{ site.date }}　评分标准：{{ site.standard }}",
            left=(0, 1),
        ),
    )
    tag(document, "endif")


def _score_sheet() -> Any:
    document = new_document(margins=(14, 15, 16, 16), number_size=10.5)
    text(document, "{{ title }}", font=TITLE, size=18, align=CENTRE, line=26, after=2)
    text(
        document,
        "{{ version }}版{% if effective %}，{{ effective }}{% endif %}；适用于{{ kind }}；满分{{ full_marks }}分，"
        "{{ pass_line }}分及以上且无一票否决为达标；不适用的项目{{ not_applicable }}",
        size=9,
        align=CENTRE,
        line=13,
        after=2,
    )  # fmt: skip
    for words in (
        "点位名称：＿＿＿＿＿＿＿＿＿＿＿＿　所属村（居）：＿＿＿＿＿＿＿＿＿＿　编号：＿＿＿＿＿＿＿＿",
        "检查日期：＿＿＿＿年＿＿月＿＿日　到达：＿＿时＿＿分　离开：＿＿时＿＿分　检查员：＿＿＿＿＿＿＿",
    ):
        text(document, words, size=10, line=19, indent=0)
    add_grid(document, _score_grid())
    for words in (
        "检查员（签名）：＿＿＿＿＿＿＿　在场负责人（签名）：＿＿＿＿＿＿＿　职务、电话：＿＿＿＿＿＿＿＿",
        "在场负责人意见：□没有异议　□有异议，理由：＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿",
    ):
        text(document, words, size=10, line=22, indent=0, keep=True)
    text(document, "{% if source %}依据：{{ source }}{% endif %}", size=8, line=11, indent=0)
    return document


def _score_grid() -> Grid:
    category = (
        "{% vm %}{{ section.name }}{% if section.marks %}{{ '\\n' ~ section.marks }}{% endif %}"
        "{% if section.note %}{{ '\\n' ~ section.note }}{% endif %}"
    )
    clause = [f"{{{{ clause.{name} }}}}" for name in ("number", "text", "words", "marks")]
    return Grid(
        ["类别", "序号", "检查内容", "评分细则", "标准\n分值", "得分", "扣分情况\n（处数、位置）"],
        [21, 9, 47, 49, 10, 12, 30],
        [category, *clause, "", "{{ clause.tick }}"],
        "for section in sections",
        inner="for clause in section.clauses",
        left=(2, 3, 6),
        size=9,
        height=6.5,
        closing=[
            ["各项得分合计", "", "", "", "{{ full_marks }}", "", ""],
            ["加分减另扣", "", "", "", "—", "", ""],
            ["总分（发生一票否决的，按该项规定）", "", "", "", "{{ full_marks }}", "", "□达标　□不达标"],
        ],
        closing_span=4,
    )


def _register() -> Any:
    document = new_document()
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    page.left_margin = page.right_margin = Mm(15)
    page.top_margin = page.bottom_margin = Mm(18)
    _title(document, "{{ title }}", before=0)
    text(document, "{{ note }}", indent=0)
    add_grid(
        document,
        Grid(
            ["序号", "{{ table.columns[1] }}", "{{ table.columns[2] }}"],
            [12, 44, 30],
            _row(3),
            "for row in table.rows",
            left=(1,),
            further=(
                "for column in table.columns[3:]", "{{ column }}", "for cell in row[3:]", "{{ cell }}",
            ),
        ),
    )  # fmt: skip
    return document


def _row(count: int) -> list[str]:
    return [f"{{{{ row[{position}] }}}}" for position in range(count)]


def _letterhead(document: Any, number: str, top: float) -> None:
    """发文机关标志, 发文字号 and the red line; `top` points below the top of the type area."""
    issuer = "{{ letter.issuer or '（发文机关标志）' }}"
    text(document, issuer, font=TITLE, size=32, align=CENTRE, line=46, before=top, colour=RED)
    line = text(document, number, align=CENTRE, before=LINE)
    rule(line, "bottom", colour="D01010", eighths=16, space=8)


def _title(document: Any, words: str, before: float) -> None:
    text(document, words, font=TITLE, size=22, align=CENTRE, line=34, before=before, after=LINE)


def _paragraphs(document: Any, loop: str, words: str, otherwise: str = "") -> None:
    tag(document, loop)
    text(document, words)
    if otherwise:
        tag(document, "else")
        text(document, otherwise)
    tag(document, "endfor")


def _rows_or_words(document: Any, name: str, grid: Grid, before: str, otherwise: str) -> None:
    tag(document, f"if {name}.rows")
    text(document, before, after=4, keep=True)
    add_grid(document, grid)
    tag(document, "else")
    text(document, otherwise)
    tag(document, "endif")


def _caption_if_named(document: Any) -> None:
    tag(document, "if table.title")
    caption(document, "{{ table.title }}")
    tag(document, "endif")


def _attachment_note(document: Any, name: str) -> None:
    """附件说明: a line below the text, two characters in."""
    tag(document, f"if {name}")
    text(document, f"附件：{{{{ {name}[0] }}}}", before=LINE)
    tag(document, f"for title in {name}[1:]")
    text(document, "{{ title }}", indent=0, left=5)
    tag(document, "endfor")
    tag(document, "endif")


def _attachment_head(document: Any, label: str, title: str) -> None:
    text(document, label, font=HEADING, indent=0, new_page=True, keep=True)
    text(document, title, font=TITLE, size=18, align=CENTRE, line=30, before=10, after=6, keep=True)


def _signature(document: Any) -> None:
    """Issuer and date, the date four characters from the right edge."""
    text(document, "{{ letter.issuer }}", align=RIGHT, before=2 * LINE, right=2, keep=True)
    text(document, "{{ letter.date }}", align=RIGHT, right=4)


def _imprint(document: Any) -> None:
    """版记: copies and printer between two rules at the end."""
    tag(document, "if letter.copy_to or letter.printed_by")
    tag(document, "if letter.copy_to")
    copies = text(
        document, "抄送：{{ letter.copy_to }}。", size=14, line=26, before=LINE, indent=0, left=1, right=1
    )
    rule(copies, "top", eighths=8)
    tag(document, "endif")
    tag(document, "if letter.printed_by")
    printer = text(
        document,
        "{{ letter.printed_by }}\t{{ letter.printed_date }}印发",
        size=14,
        line=26,
        indent=0,
        left=1,
        right=1,
    )
    printer.paragraph_format.tab_stops.add_tab_stop(Mm(150), WD_TAB_ALIGNMENT.RIGHT)
    rule(printer, "top", eighths=4)
    rule(printer, "bottom", eighths=8)
    tag(document, "endif")
    tag(document, "endif")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED_TEMPLATES)
