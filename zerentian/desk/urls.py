"""Addresses of the desk's pages."""

from django.urls import path

from zerentian.desk import ledger, views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("search", views.find, name="search"),
    path("settings", views.settings, name="settings"),
    path("ledger/", ledger.events, name="ledger"),
    path("ledger/verify", ledger.verify_now, name="verify_ledger"),
    path("ledger/<uuid:event_id>", ledger.event, name="event"),
]
