"""桌面 Desk: home, search, settings."""
