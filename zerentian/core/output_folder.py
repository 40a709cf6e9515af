"""A folder of results that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from zerentian.core.problems import problem


@contextmanager
def output_folder(target: Path, *, force: bool = False, replaces: Sequence[str] = ()) -> Iterator[Path]:
    """Yield an empty folder to write into; on success its files move to `target`, else nothing stays.

    A target that holds anything is refused unless `force`: then files that fit a pattern of `replaces`
    (results of an earlier run) go, and foreign files stay. A full disk, a missing right and the like raise
    `ProblemsFound`.
    """
    if target.is_dir() and any(target.iterdir()) and not force:
        raise problem("output.exists", file=str(target))
    waiting: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        waiting = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        yield waiting
        _move(waiting, target, replaces)
    except OSError as error:
        reason = error.strerror or str(error)
        raise problem("output.not_writable", file=str(target), reason=reason) from error
    finally:
        if waiting is not None:
            shutil.rmtree(waiting, ignore_errors=True)


def _move(waiting: Path, target: Path, replaces: Sequence[str]) -> None:
    if not target.exists():
        waiting.chmod(0o755)
        waiting.rename(target)
        return
    for pattern in replaces:
        for stale in target.glob(pattern):
            if not (waiting / stale.relative_to(target)).exists():
                stale.unlink()
    for path in sorted(waiting.rglob("*")):
        place = target / path.relative_to(waiting)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            path.replace(place)
