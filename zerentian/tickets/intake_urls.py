"""Addresses of the pages by which problems of others come in."""

from django.urls import path

from zerentian.tickets import intake_views, sender_views

app_name = "intake"
urlpatterns = [
    path("", intake_views.find_site, name="find_site"),
    path("sites/<uuid:site_id>", intake_views.register, name="register"),
    path("lists", intake_views.import_list, name="import_list"),
    path("lists/<uuid:sender_id>/<str:kept>/columns", intake_views.columns, name="columns"),
    path("lists/<uuid:sender_id>/<str:kept>", intake_views.preview, name="preview"),
    path("senders", sender_views.senders, name="senders"),
    path("senders/new", sender_views.new_sender, name="new_sender"),
    path("senders/<uuid:sender_id>", sender_views.sender, name="sender"),
    path("senders/<uuid:sender_id>/edit", sender_views.edit_sender, name="edit_sender"),
    path("senders/<uuid:sender_id>/secret", sender_views.renew_secret, name="renew_secret"),
    path("senders/<uuid:sender_id>/switch", sender_views.switch_sender, name="switch_sender"),
    path("senders/<uuid:sender_id>/forget", sender_views.forget_alias, name="forget_alias"),
    path("events", sender_views.events, name="events"),
    path("events/<uuid:device_event_id>", sender_views.event, name="event"),
]
