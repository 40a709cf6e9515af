"""What makes a setting unsafe, said before the first request is taken."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_SHORTEST_KEY = 50
_KEYS_OF_EXAMPLES = ("changeme", "secret", "django-insecure", "example")
_LOCAL = {"127.0.0.1", "localhost"}
_SECURITY = ("ssl", "starttls", "none")
_SENT_TO = ("SITE_URL", "WECOM_URL", "WECOM_ROBOT_URL")


def unsafe_settings(environment: Mapping[str, str]) -> list[str]:
    """Why the program must not start in this environment; an empty list when it may."""
    faults = []
    key = environment.get("SECRET_KEY", "")
    if len(key) < _SHORTEST_KEY or len(set(key)) < 10 or key.lower().startswith(_KEYS_OF_EXAMPLES):
        faults.append(f"SECRET_KEY：须为至少 {_SHORTEST_KEY} 个随机字符，不能用示例值")
    url = environment.get("DATABASE_URL", "")
    if not url.startswith(("postgresql://", "postgres://")):
        faults.append("DATABASE_URL：须为 postgresql:// 开头的数据库地址")
    hosts = {host.strip() for host in environment.get("ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")}
    if "*" in hosts:
        faults.append("ALLOWED_HOSTS：不能是 *，请写出本镇使用的域名")
    if environment.get("ZERENTIAN_INSECURE") == "1" and not hosts <= _LOCAL:
        faults.append("ZERENTIAN_INSECURE：只能在本机（127.0.0.1）试用时设为 1")
    if not environment.get("TRUSTED_PROXIES", "0").isdigit():
        faults.append("TRUSTED_PROXIES：须为数字，即前面的反向代理层数")
    faults += _unsafe_messages(environment)
    folder = Path(environment.get("ZERENTIAN_DATA", ".data"))
    if folder.exists() and not folder.is_dir():
        faults.append("ZERENTIAN_DATA：须为目录")
    return faults


def _unsafe_messages(environment: Mapping[str, str]) -> list[str]:
    """What is wrong with how people are told: passwords and keys travel encrypted."""
    faults = []
    host, security = environment.get("EMAIL_HOST", ""), environment.get("EMAIL_SECURITY", "ssl")
    if not environment.get("EMAIL_PORT", "465").isdigit():
        faults.append("EMAIL_PORT：须为数字")
    if security not in _SECURITY:
        faults.append(f"EMAIL_SECURITY：须为 {'、'.join(_SECURITY)} 之一")
    if security == "none" and host not in {"", *_LOCAL}:
        faults.append("EMAIL_SECURITY：邮件服务器不在本机时须加密（ssl 或 starttls）")
    if host and "@" not in environment.get("EMAIL_FROM", ""):
        faults.append("EMAIL_FROM：设了 EMAIL_HOST，须写明发件邮箱")
    is_trial = environment.get("ZERENTIAN_INSECURE") == "1"
    for name in _SENT_TO:
        address = environment.get(name, "https://")
        if not address.startswith("https://") and not (is_trial and address.startswith("http://")):
            faults.append(f"{name}：须以 https:// 开头")
    pairs = [pair for pair in environment.get("WECOM_SECRETS", "").split(",") if pair.strip()]
    if any(not all(part.strip() for part in pair.partition("=")[::2]) for pair in pairs):
        faults.append("WECOM_SECRETS：须为“企业ID=密钥”，多个之间用逗号隔开")
    return faults
