"""Addresses of the pages of self-checks."""

from django.urls import path

from zerentian.tickets import self_check_views

app_name = "self_checks"
urlpatterns = [
    path("", self_check_views.mine, name="mine"),
    path("sites/<uuid:site_id>", self_check_views.check, name="check"),
    path("board", self_check_views.board, name="board"),
    path("sites", self_check_views.sites, name="sites"),
    path("list", self_check_views.self_checks, name="self_checks"),
    path("problems", self_check_views.problems, name="problems"),
    path("comparison", self_check_views.comparison, name="comparison"),
    path("photos/<uuid:self_check_photo_id>", self_check_views.photo, name="photo"),
    path("<uuid:self_check_id>", self_check_views.self_check, name="self_check"),
]
