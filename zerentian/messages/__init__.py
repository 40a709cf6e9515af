"""消息 Messages: what the platform tells people, on its pages, by e-mail and through 企业微信."""
