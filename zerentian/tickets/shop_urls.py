"""Addresses that a site's plate leads to, for those without an account, and the pages about their codes."""

from django.urls import path

from zerentian.tickets import shop_views

app_name = "shop"
urlpatterns = [
    path("codes", shop_views.codes, name="codes"),
    path("<uuid:site_id>/code", shop_views.code, name="code"),
    path("<uuid:site_id>/code/end", shop_views.end_code, name="end_code"),
    path("<uuid:site_id>/", shop_views.entry, name="entry"),
    path("<uuid:site_id>/leave", shop_views.leave, name="leave"),
    path("<uuid:site_id>/<uuid:ticket_id>", shop_views.ticket, name="ticket"),
    path("<uuid:site_id>/<uuid:ticket_id>/photos/<uuid:photo_id>", shop_views.photo, name="photo"),
]
