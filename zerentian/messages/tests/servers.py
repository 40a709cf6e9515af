"""A mail server and a 企业微信 on this machine, which behave as documented and as badly as a test asks."""

from __future__ import annotations

import email
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message as Mail
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

CORPORATION, SECRET, AGENT, ROBOT = "wwcorporation", "corporation-secret", "1000002", "693a91f6-7xxx"


class MailServer:
    """Takes mails; `answers` are given to the next ones instead (an empty one: it hangs up)."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.answers: list[str] = []
        self.unknown: set[str] = set()
        self.slow = 0.0
        self.connections = 0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.slow:
            time.sleep(self.slow)
        if self.answers and not self.answers[0]:
            self.answers.pop(0)
            assert server.transport
            server.transport.abort()
            return "421 gone"
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[tuple[MailServer, int]]:
    """A mail server and its port."""
    handler, port = MailServer(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler, port
    finally:
        controller.stop()


def free_port() -> int:
    """A port on which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WeCom:
    """Takes messages of members and groups; `codes` are given to the next requests instead."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.codes: list[int] = []
        self.members = {"zhangsan", "lisi"}
        self.token, self.slow, self.status, self.breaks = 0, 0.0, 200, False

    def answer(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(path)
        if path.endswith("/gettoken"):
            if (query.get("corpid"), query.get("corpsecret")) != (CORPORATION, SECRET):
                return {"errcode": 40001, "errmsg": "invalid credential"}
            self.token += 1
            return {"errcode": 0, "errmsg": "ok", "access_token": f"token-{self.token}", "expires_in": 7200}
        if self.codes:
            return {"errcode": self.codes.pop(0), "errmsg": "as asked"}
        if path.endswith("/webhook/send"):
            if query.get("key") != ROBOT:
                return {"errcode": 93000, "errmsg": "invalid webhook url"}
            self.received.append(("group", body))
            return {"errcode": 0, "errmsg": "ok"}
        if query.get("access_token") != f"token-{self.token}":
            return {"errcode": 40014, "errmsg": "invalid access_token"}
        if body["touser"] not in self.members:
            return {"errcode": 81013, "errmsg": "user & party & tag all invalid"}
        if (body["touser"], body) not in self.received or not body.get("enable_duplicate_check"):
            self.received.append((body["touser"], body))
        return {"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": "x"}

    def texts(self) -> list[str]:
        """What was received, as text."""
        return [body[body["msgtype"]]["content"] for _, body in self.received]


@contextmanager
def wecom_server() -> Iterator[tuple[WeCom, str]]:
    """A 企业微信 and its address."""
    known = WeCom()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(json.loads(content))

        def _answer(self, body: dict[str, Any]) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            told = json.dumps(known.answer(parts.path, query, body)).encode()
            time.sleep(known.slow)
            if known.breaks:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(known.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that did not wait for a slow answer

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield known, f"http://127.0.0.1:{server.server_port}/cgi-bin"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
