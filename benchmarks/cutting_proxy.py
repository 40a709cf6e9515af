"""A network that fails: it passes connections on to the server, and cuts, delays and doubles some of them."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

KINDS = ("drop before", "drop in the middle", "drop the answer", "late", "twice")


class CuttingProxy:
    """Listens on `port`; `pages` answers what is not the API. `share` of the API's connections fail."""

    def __init__(self, port: int, server: int, pages: int, share: float, chance: random.Random) -> None:
        self.cuts: Counter[str] = Counter()
        self.share = share
        self._server, self._pages, self._chance = server, pages, chance
        self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Listen no longer."""
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._connection, args=(line,), daemon=True).start()

    def _connection(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            head = line.recv(65536)
            if not head:
                return
            # One request a connection, so that each can have a fate of its own.
            head = head.replace(b"Connection: keep-alive", b"Connection: close     ", 1)
            if b" /api/" not in head.split(b"\r\n", 1)[0]:
                _pass_on(line, head, self._pages)
                return
            kind = self._chance.choice(KINDS) if self._chance.random() < self.share else ""
            if kind:
                self.cuts[kind] += 1
            self._fate(kind)(line, head)

    def _fate(self, kind: str) -> Callable[[socket.socket, bytes], None]:
        return {
            "drop before": lambda line, head: None,
            "drop in the middle": self._half,
            "drop the answer": self._no_answer,
            "late": self._late,
            "twice": self._twice,
        }.get(kind, lambda line, head: _pass_on(line, head, self._server))

    def _half(self, line: socket.socket, head: bytes) -> None:
        """Some of the request arrives, then nothing."""
        with socket.create_connection(("127.0.0.1", self._server), 5) as server:
            whole = _request(line, head)
            server.sendall(whole[: self._chance.randrange(1, len(whole))])

    def _no_answer(self, line: socket.socket, head: bytes) -> None:
        """The server does all; nobody hears of it."""
        with socket.create_connection(("127.0.0.1", self._server), 5) as server:
            server.sendall(_request(line, head))
            _read_all(server)

    def _late(self, line: socket.socket, head: bytes) -> None:
        """Later requests overtake this one."""
        whole = _request(line, head)
        time.sleep(self._chance.uniform(0.1, 1.5))
        line.sendall(_asked(self._server, whole))

    def _twice(self, line: socket.socket, head: bytes) -> None:
        """A request sent twice, at the same time."""
        whole = _request(line, head)
        again = threading.Thread(target=lambda: _quietly(self._server, whole))
        again.start()
        line.sendall(_asked(self._server, whole))
        again.join()


def _pass_on(line: socket.socket, head: bytes, port: int) -> None:
    line.sendall(_asked(port, _request(line, head)))


def _asked(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 5) as server:
        server.settimeout(30)
        server.sendall(request)
        return _read_all(server)


def _quietly(port: int, request: bytes) -> None:
    with suppress(OSError):
        _asked(port, request)


def _request(line: socket.socket, got: bytes) -> bytes:
    """The whole request of which `got` came so far."""
    head, _, _ = got.partition(b"\r\n\r\n")
    lengths = [
        int(one.split(b":")[1]) for one in head.lower().splitlines() if one.startswith(b"content-length")
    ]
    wanted = len(head) + 4 + (lengths[0] if lengths else 0)
    while len(got) < wanted:
        more = line.recv(262_144)
        if not more:
            raise ConnectionError("the phone hung up")
        got += more
    return got


def _read_all(line: socket.socket) -> bytes:
    got = b""
    while more := line.recv(262_144):
        got += more
    return got
