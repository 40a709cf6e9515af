"""What makes a setting unsafe, said before the first request is taken."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_SHORTEST_KEY = 50
_KEYS_OF_EXAMPLES = ("changeme", "secret", "django-insecure", "example")
_LOCAL = {"127.0.0.1", "localhost"}


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
    folder = Path(environment.get("ZERENTIAN_DATA", ".data"))
    if folder.exists() and not folder.is_dir():
        faults.append("ZERENTIAN_DATA：须为目录")
    return faults
