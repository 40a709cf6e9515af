"""The states of a ticket and its moves, drawn from the code: `python -m zerentian.tickets.diagram`."""

from __future__ import annotations

from zerentian.tickets.rules import MOVES, STATE_LABELS, Move, Part, State

_HEAD = """# 整改单的状态

由程序生成（`python -m zerentian.tickets.diagram > docs/整改状态图.md`），与代码不符时测试不通过。

```mermaid
stateDiagram-v2
"""


def diagram() -> str:
    """Markdown with the diagram, and below it a table of all moves."""
    lines = [f'    state "{label}" as {state.value}' for state, label in STATE_LABELS.items()]
    lines += [
        f"    {source.value} --> {(course.leads_to or source).value}: {course.label}"
        for move, course in MOVES.items()
        if move is not Move.WITHDRAW
        for source in STATE_LABELS
        if source in course.come_from
    ]
    lines += [
        f"    [*] --> {course.leads_to.value}: {course.label}"
        for course in MOVES.values()
        if not course.come_from and course.leads_to
    ]
    lines += [f"    {end.value} --> [*]" for end in (State.CLOSED, State.DISMISSED)]
    rows = "\n".join(_row(move) for move in MOVES)
    return (
        _HEAD
        + "\n".join(lines)
        + "\n```\n\n| 事项 | 由谁 | 从 | 到 | 须写说明 |\n|---|---|---|---|---|\n"
        + rows
        + "\n"
        "\n检查记录更正、不予采信时，尚未办结的整改单由系统撤销。\n"
    )


def _row(move: Move) -> str:
    course = MOVES[move]
    sources = "、".join(label for state, label in STATE_LABELS.items() if state in course.come_from) or "—"
    if course.come_from > set(STATE_LABELS) - {State.CLOSED, State.DISMISSED, State.REPORTED}:
        sources = "各未办结状态"
    target = course.leads_to.label if course.leads_to else "不变"
    who = course.by.label if course.by is not Part.PROGRAM or move is Move.WITHDRAW else "系统或登记人"
    return f"| {course.label} | {who} | {sources} | {target} | {'是' if course.needs_reason else ''} |"


if __name__ == "__main__":
    print(diagram(), end="")
