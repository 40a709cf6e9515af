"""What a version adds to the standard that its text says. Pure."""

from __future__ import annotations

from zerentian.evaluation.standard import Standard


def as_printed(standard: Standard, number: int, effective_from: str) -> Standard:
    """The standard as sheets cite it: with the version's own number and first month.

    Whatever number and month stand in the text, they may be those of another version it was copied from.
    """
    return standard.model_copy(update={"version": f"第{number}", "effective_from": effective_from})
