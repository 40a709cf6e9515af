"""A single file of results that appears whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zerentian.core.problems import problem


@contextmanager
def output_file(target: Path, *, force: bool = False) -> Iterator[Path]:
    """Yield a path to write to; on success it becomes `target`, else nothing stays.

    Raises `ProblemsFound` when the target exists (unless `force`) or can't be written.
    """
    if target.exists() and not force:
        raise problem("output.file_exists", file=str(target))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
            waiting = Path(folder) / target.name
            yield waiting
            waiting.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise problem("output.not_writable", file=str(target), reason=reason) from error


def write_text(target: Path, text: str, *, force: bool = False) -> None:
    """Write a text file, whole or not at all."""
    with output_file(target, force=force) as path:
        path.write_text(text, encoding="utf-8")
