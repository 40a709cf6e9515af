"""The command `zerentian`: words of the shell in, one use case called, an exit status out.

0: done. 2: bad input, each fault one line. 1: anything else (and `check-bulletin`: faults found).
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel

from zerentian.core.output_folder import output_folder
from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.engine import evaluate
from zerentian.evaluation.model_files import load_policy, load_standard
from zerentian.evaluation.outputs import RESULT_FILES, write_tables
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.reading import Files, read_inputs
from zerentian.evaluation.remarks import remarks
from zerentian.evaluation.results import Results
from zerentian.evaluation.standard import Standard

DONE, FAILED, BAD_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except ProblemsFound as found:
        for line in found.lines():
            print(line, file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        return FAILED


def _evaluate(options: argparse.Namespace) -> int:
    gc.disable()  # millions of small lasting objects and no cycles: collecting would only cost time
    results = evaluate(read_inputs(_files(options)))
    earlier = (*RESULT_FILES, "bulletin*.docx", "bulletin*.xlsx", "bulletin*.pdf")
    earlier += ("interviews/*.docx", "interviews/*.pdf")
    with output_folder(options.out, force=options.force, replaces=earlier) as folder:
        write_tables(results, folder, options.format)
        if options.documents:
            from zerentian.documents.letter import load_letter
            from zerentian.documents.month import write_month_documents

            letter = load_letter(options.letter)
            write_month_documents(results, folder, letter=letter, templates=options.templates)
    _say_done(results, options.out)
    return DONE


def _say_done(results: Results, out: Path) -> None:
    for result in results.periods:
        scored = sum(site.score is not None for site in result.sites)
        print(
            f"{result.period}：得分点位 {scored} 个，排名 {len(result.ranked)} 个，"
            f"不排名 {len(result.not_ranked)} 个，约谈 {len(result.interviews)} 个"
        )
    for remark in remarks(results):
        print(f"提示：{remark}", file=sys.stderr)
    print(f"结果已写入 {out}")


def _explain(options: argparse.Namespace) -> int:
    from zerentian.evaluation.explain import explain_site, explain_subject

    results = evaluate(read_inputs(_files(options)))
    if options.site:
        print(explain_site(results, options.site, options.period))
    else:
        print(explain_subject(results, options.subject, options.period))
    return DONE


def _check_bulletin(options: argparse.Namespace) -> int:
    from zerentian.evaluation.bulletin_check import check_bulletin

    report = check_bulletin(options.table, load_policy(options.policy) if options.policy else None)
    if options.format == "json":
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        print(report.as_text())
    return FAILED if report.errors else DONE


def _standard_import(options: argparse.Namespace) -> int:
    from zerentian.core.output_file import write_text
    from zerentian.evaluation.sheets.sheet_import import import_sheet

    imported = import_sheet(options.sheet, options.id, options.site_kind)
    write_text(options.out, imported.yaml_text(), force=options.force)
    for note in imported.notes():
        print(note)
    print(f"标准草稿已写入 {options.out}")
    return DONE


def _standard_sheet(options: argparse.Namespace) -> int:
    from zerentian.documents.score_sheet import write_score_sheet

    write_score_sheet(
        load_standard(options.standard), options.out, templates=options.templates, force=options.force
    )
    print(f"评分表已写入 {options.out}")
    return DONE


def _schema(options: argparse.Namespace) -> int:
    models: dict[str, type[BaseModel]] = {"standard": Standard, "policy": Policy}
    model = models[options.model]
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    print(json.dumps(schema, ensure_ascii=False, indent=2))
    return DONE


def _run(options: argparse.Namespace) -> int:
    from zerentian.server.supervisor import run_town

    return run_town(options.data, options.port, options.demo)


def _serve(options: argparse.Namespace) -> int:
    from zerentian.server.supervisor import serve

    return serve(options.part, options.host, options.port)


def _verify_ledger(options: argparse.Namespace) -> int:
    from zerentian.server.supervisor import verify_ledger

    return FAILED if verify_ledger() else DONE


def _verify_month(options: argparse.Namespace) -> int:
    from zerentian.server.supervisor import verify_month

    return FAILED if verify_month(options.month, options.town) else DONE


def _verify_draw(options: argparse.Namespace) -> int:
    from zerentian.core.data_files import load_model
    from zerentian.rounds.rules import DrawProof, replay

    proof = load_model(options.file, DrawProof)
    faults = replay(proof.secret, proof.draw)
    for fault in faults:
        print(fault)
    if not faults:
        print(f"抽签核对无误：{len(proof.draw.outcome)} 个点位的安排与公布的完全一致")
    return FAILED if faults else DONE


def _files(options: argparse.Namespace) -> Files:
    return Files(
        policy=options.policy,
        standards=options.standard,
        subjects=options.subjects,
        sites=options.sites,
        observations=options.observations,
        figures=options.figures,
        history=options.history,
        missing=options.missing,
        source=options.source,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zerentian", description="责任田：生活垃圾分类月度测评")
    commands = parser.add_subparsers(required=True, metavar="命令")

    command = commands.add_parser("evaluate", help="由一个月的检查结果得出得分、排名、名单和约谈")
    _add_inputs(command)
    command.add_argument("--format", choices=("csv", "xlsx", "json"), default="csv", help="结果表的格式")
    command.add_argument("--out", type=Path, required=True, help="结果目录（自动新建）")
    command.add_argument("--force", action="store_true", help="覆盖目录中已有的结果")
    command.add_argument("--documents", action="store_true", help="同时生成通报和约谈通知书")
    _add_document_options(command)
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("explain", help="把一个得分的来龙去脉写成文字")
    target = command.add_mutually_exclusive_group(required=True)
    target.add_argument("--site", help="点位编号")
    target.add_argument("--subject", help="考评对象编号")
    command.add_argument("--period", required=True, help="月份 YYYY-MM")
    _add_inputs(command)
    command.set_defaults(run=_explain)

    command = commands.add_parser("check-bulletin", help="核对已公布排名表的名次、总分和档次")
    command.add_argument("table", type=Path, help="排名表（CSV 或 .xlsx）")
    command.add_argument("--policy", type=Path, help="考评办法")
    command.add_argument("--format", choices=("text", "json"), default="text")
    command.set_defaults(run=_check_bulletin)

    standard = commands.add_parser("standard", help="评分标准：导入、打印").add_subparsers(
        required=True, metavar="命令"
    )
    command = standard.add_parser("import", help="从 Excel 评分表导入标准")
    command.add_argument("sheet", type=Path, help="评分表（.xlsx 或 CSV）")
    command.add_argument("--id", required=True, help="标准编号")
    command.add_argument("--site-kind", required=True, help="适用的点位类型")
    command.add_argument("--out", type=Path, required=True, help="写到这个 YAML 文件")
    command.add_argument("--force", action="store_true", help="覆盖已有文件")
    command.set_defaults(run=_standard_import)

    command = standard.add_parser("sheet", help="打印用的评分表（Word）")
    command.add_argument("standard", type=Path, help="标准（YAML 或 JSON）")
    command.add_argument("--out", type=Path, required=True, help="写到这个 .docx 文件")
    command.add_argument("--templates", type=Path, help="本镇的文书模板目录")
    command.add_argument("--force", action="store_true", help="覆盖已有文件")
    command.set_defaults(run=_standard_sheet)

    command = commands.add_parser("schema", help="标准或办法的 JSON Schema，供编辑器补全和检查")
    command.add_argument("model", choices=("standard", "policy"))
    command.set_defaults(run=_schema)
    command = commands.add_parser("run", help="在本机启动整个平台（自带数据库），供试用")
    command.add_argument("--data", type=Path, default=Path(".data"), help="数据目录")
    command.add_argument("--port", type=int, default=8000)
    command.add_argument("--demo", type=Path, help="第一次启动时装入这个示例月的村居和点位")
    command.set_defaults(run=_run)

    command = commands.add_parser("serve", help="正式运行：网页（web）或后台任务（worker）；设置取自环境变量")
    command.add_argument("part", choices=("web", "worker", "migrate"))
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=int, default=8000)
    command.set_defaults(run=_serve)

    command = commands.add_parser("verify-ledger", help="逐条重算台账，指出第一处被改动的地方")
    command.set_defaults(run=_verify_ledger)

    command = commands.add_parser("verify-month", help="从检查记录重算已关账的月份，与封存的结果逐项比对")
    command.add_argument("month", metavar="YYYY-MM")
    command.add_argument("--town", default="", help="12 位区划代码；不写则核对所有镇")
    command.set_defaults(run=_verify_month)

    command = commands.add_parser("verify-draw", help="按公布的密钥重做一次抽签，与公布的安排比对")
    command.add_argument("file", type=Path, help="从抽签页下载的 JSON")
    command.set_defaults(run=_verify_draw)
    return parser


def _add_inputs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--policy", type=Path, required=True, help="考评办法")
    command.add_argument("--standard", type=Path, action="append", required=True, help="评分标准，可重复")
    command.add_argument("--subjects", type=Path, required=True, help="考评对象表")
    command.add_argument("--sites", type=Path, required=True, help="点位表")
    command.add_argument("--observations", type=Path, required=True, help="检查结果表")
    command.add_argument("--figures", type=Path, help="其他数值表")
    command.add_argument("--history", type=Path, help="往月与其他来源的结果表")
    command.add_argument(
        "--missing", choices=("error", "full"), default="error", help="没有检查结果的评分项：报错，或不扣分"
    )
    command.add_argument("--source", help="只取这一来源的检查结果（默认：文件中唯一的来源，或 town）")


def _add_document_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--letter", type=Path, help="公文要素（发文机关、文号、日期等）的 YAML")
    command.add_argument("--templates", type=Path, help="本镇的文书模板目录")


if __name__ == "__main__":
    sys.exit(main())
