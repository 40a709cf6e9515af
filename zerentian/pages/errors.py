"""Pages for what went wrong: what happened, what is kept, what to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was not ours, or too old."""
    return _page(request, 403, "页面已过期", "请返回上一页，刷新后再提交；没有保存任何内容。")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Signed in, but not entitled."""
    return _page(request, 403, "没有权限", "您的岗位不能查看或办理这项内容；如需要，请联系系统管理员。")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no such page or thing, or it is not this account's to see."""
    return _page(request, 404, "没有找到", "内容不存在，或不在您的范围内。")


def failed(request: HttpRequest) -> HttpResponse:
    """A fault of the program."""
    return _page(
        request, 500, "程序出错", "这次操作没有保存。请稍后再试；若反复出现，请把时间告诉系统管理员。"
    )


def _page(request: HttpRequest, status: int, title: str, advice: str) -> HttpResponse:
    context = {"title": title, "advice": advice, "status": status}
    return render(request, "pages/error.html", context, status=status)
