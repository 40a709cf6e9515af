"""Kinds of ledger events in the users' words."""

EVENT_WORDS = {
    "account.activated": "启用账号",
    "account.created": "建立账号",
    "account.deactivated": "停用账号",
    "account.password_changed": "修改密码",
    "account.password_reset": "重发初始密码",
    "account.session_ended": "结束会话",
    "account.signed_in": "登录",
    "organisation.created": "建立单位",
    "post.ended": "结束岗位",
    "post.given": "任命岗位",
    "region.created": "建立区划",
    "rule.changed": "修改标准草稿",
    "rule.discarded": "删除标准草稿",
    "rule.drafted": "起草标准",
    "rule.published": "发布标准",
    "settings.changed": "修改设置",
    "site.changed": "修改点位",
    "site.closed": "停用点位",
    "site.created": "新增点位",
    "site.merged": "合并点位",
}
