"""E-mail through the server that the environment names."""

from __future__ import annotations

import smtplib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from zerentian.messages.channels.outcome import NotSent, Outlook
from zerentian.messages.letters import Letter, as_mail
from zerentian.messages.limits import limits

_GOODBYE = 421
_FOR_GOOD = 500


class Mailer:
    """Sends over one connection; a server that closed it is asked once more on a new one.

    A letter that is sent again keeps its Message-ID, by which mailboxes recognise it.
    """

    def __init__(self) -> None:
        self._connection = EmailBackend(timeout=limits().network.timeout)

    def send(self, letter: Letter) -> None:
        """Send a letter. Raises `NotSent`."""
        if not settings.EMAIL_HOST:
            raise NotSent("没有设置邮件服务器（EMAIL_HOST）", concerns_all=True)
        host = urlsplit(settings.SITE_URL).hostname or "localhost"
        mail = EmailMessage(
            letter.subject, as_mail(letter), settings.EMAIL_FROM, [letter.address],
            headers={"Message-ID": f"<{letter.mark}@{host}>", "Auto-Submitted": "auto-generated"},
        )  # fmt: skip
        try:
            self._hand_over(mail)
        except smtplib.SMTPServerDisconnected as error:
            if isinstance(error.__context__, TimeoutError):
                raise _silent() from error
            self.close()
            try:
                self._hand_over(mail)
            except smtplib.SMTPServerDisconnected as again:
                raise _silent() from again

    def close(self) -> None:
        """Leave the server."""
        try:
            self._connection.close()
        except (OSError, smtplib.SMTPException):
            self._connection.connection = None

    def _hand_over(self, mail: EmailMessage) -> None:
        self._open()
        try:
            self._connection.send_messages([mail])
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal("邮件服务器不接受收件地址", next(iter(error.recipients.values()))[0]) from error
        except smtplib.SMTPSenderRefused as error:
            raise NotSent(f"邮件服务器不接受发件地址（{error.smtp_code}）", concerns_all=True) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal("邮件服务器拒收", error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent("与邮件服务器的通信出错", Outlook.UNSURE, concerns_all=True) from error

    def _open(self) -> None:
        try:
            self._connection.open()
        except smtplib.SMTPAuthenticationError as error:
            raise NotSent("邮件服务器不接受账号或密码", concerns_all=True) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent("连不上邮件服务器", concerns_all=True) from error


def _silent() -> NotSent:
    return NotSent("邮件服务器没有应答就断开了", Outlook.UNSURE, concerns_all=True)


def _refusal(reason: str, code: int) -> NotSent:
    outlook = Outlook.NEVER if code >= _FOR_GOOD else Outlook.LATER
    return NotSent(f"{reason}（{code}）", outlook, concerns_all=code == _GOODBYE)
