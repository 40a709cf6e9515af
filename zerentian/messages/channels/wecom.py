"""企业微信: the robot of a group, and messages of an application to one member.

The codes are those of developer.work.weixin.qq.com (全局错误码). No reason holds an address that was asked:
these carry the robot's key, the corporation's secret or a token.
"""

from __future__ import annotations

from typing import Any

import requests
from django.conf import settings
from urllib3.exceptions import NewConnectionError, SSLError

from zerentian.messages.channels.outcome import NotSent, Outlook
from zerentian.messages.letters import Letter, as_application_text, as_markdown
from zerentian.messages.limits import limits

_TOKEN_ENDED = {40001, 40014, 42001}
_TOO_OFTEN = {45009, 45033}
_NO_SUCH_KEY = 93000
_BUSY = -1
_OF_CORPORATION = {
    40001: "企业微信应用的密钥不正确（WECOM_SECRETS）",
    40013: "企业微信的企业 ID 不正确",
    40056: "企业微信的应用 ID（AgentId）不正确",
    48002: "企业微信应用没有发送消息的权限",
    60020: "服务器的 IP 不在企业微信应用的可信 IP 中",
    301002: "企业微信的密钥不属于这个应用",
}
_OF_MEMBER = {
    40003: "企业微信中没有这个成员，或成员不在应用的可见范围内",
    60111: "企业微信中没有这个成员",
    81013: "企业微信中没有这个成员，或成员不在应用的可见范围内",
}


class Robot:
    """Writes into the group it belongs to."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._session = requests.Session()

    def send(self, letter: Letter) -> None:
        """Send a letter. Raises `NotSent`."""
        if not self._key:
            raise NotSent("没有填写群机器人的密钥", concerns_all=True)
        answer = _ask(
            self._session, "POST", settings.WECOM_ROBOT_URL, {"key": self._key},
            {"msgtype": "markdown", "markdown": {"content": as_markdown(letter)}},
        )  # fmt: skip
        code = _code(answer)
        if code == _NO_SUCH_KEY:
            raise NotSent(
                "群机器人的密钥无效：机器人可能已被移出群，请重新添加并更换密钥", Outlook.NEVER,
                concerns_all=True,
            )  # fmt: skip
        if code:
            raise _failure(code)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


class Application:
    """Writes to members, with a token that is fetched when needed and anew when it ended."""

    def __init__(self, corp_id: str, agent_id: str) -> None:
        self._corp_id, self._agent_id = corp_id, agent_id
        self._session = requests.Session()
        self._token = ""

    def send(self, letter: Letter) -> None:
        """Send a letter. Raises `NotSent`."""
        if not self._agent_id.isdigit() or self._corp_id not in settings.WECOM_SECRETS:
            raise NotSent("没有设置企业微信应用的密钥（WECOM_SECRETS）", concerns_all=True)
        message = {
            "touser": letter.address,
            "msgtype": "text",
            "agentid": int(self._agent_id),
            "text": {"content": as_application_text(letter)},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": limits().network.duplicate_check,
        }
        answer = self._post(message)
        if _code(answer) in _TOKEN_ENDED:
            self._token = ""
            answer = self._post(message)
        if code := _code(answer):
            raise _failure(code)
        if answer.get("invaliduser") or answer.get("unlicenseduser"):
            raise NotSent(_OF_MEMBER[81013], Outlook.NEVER)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _post(self, message: dict[str, Any]) -> dict[str, Any]:
        self._token = self._token or self._fetch_token()
        return _ask(
            self._session,
            "POST",
            f"{settings.WECOM_URL}/message/send",
            {"access_token": self._token},
            message,
        )

    def _fetch_token(self) -> str:
        secret = settings.WECOM_SECRETS[self._corp_id]
        try:
            answer = _ask(
                self._session, "GET", f"{settings.WECOM_URL}/gettoken",
                {"corpid": self._corp_id, "corpsecret": secret},
            )  # fmt: skip
        except NotSent as error:  # whatever became of the question, no letter went with it
            raise NotSent(error.reason, concerns_all=True) from error
        if code := _code(answer):
            raise NotSent(_failure(code).reason, concerns_all=True)
        return str(answer.get("access_token", ""))


def _ask(
    session: requests.Session,
    method: str,
    url: str,
    params: dict[str, str],
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What the server answers. Raises `NotSent`."""
    seconds = limits().network.timeout
    try:
        answer = session.request(
            method, url, params=params, json=body, timeout=seconds, allow_redirects=False
        )
        told = answer.json() if answer.status_code == requests.codes.ok else None
    except requests.ConnectionError as error:
        if _never_left(error):
            raise NotSent("连不上企业微信", concerns_all=True) from None
        raise NotSent("企业微信没有应答就断开了", Outlook.UNSURE, concerns_all=True) from None
    except requests.Timeout:
        raise NotSent(f"企业微信在 {seconds} 秒内没有应答", Outlook.UNSURE, concerns_all=True) from None
    except (requests.RequestException, ValueError):
        raise NotSent("企业微信的应答读不懂", Outlook.UNSURE, concerns_all=True) from None
    if not isinstance(told, dict):
        raise NotSent(f"企业微信的应答不正常（{answer.status_code}）", Outlook.UNSURE, concerns_all=True)
    return told


def _never_left(error: requests.ConnectionError) -> bool:
    """Whether there was no connection over which anything could have gone."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError | SSLError)


def _code(answer: dict[str, Any]) -> int:
    try:
        return int(answer.get("errcode", _BUSY))
    except (TypeError, ValueError):
        return _BUSY


def _failure(code: int) -> NotSent:
    if code in _OF_MEMBER:
        return NotSent(f"{_OF_MEMBER[code]}（{code}）", Outlook.NEVER)
    if code in _TOO_OFTEN:
        return NotSent(f"发送过于频繁，企业微信暂不接收（{code}）", concerns_all=True)
    if code in _OF_CORPORATION:
        return NotSent(f"{_OF_CORPORATION[code]}（{code}）", concerns_all=True)
    return NotSent(f"企业微信没有接收（{code}）", concerns_all=code == _BUSY)
