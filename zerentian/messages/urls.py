"""Addresses of the messages' pages."""

from django.urls import path

from zerentian.messages import channel_views, views

app_name = "messages"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read", views.read_all, name="read_all"),
    path("<uuid:message_id>", views.open_message, name="open"),
    path("<uuid:message_id>/read", views.read_one, name="read_one"),
    path("addresses", views.addresses, name="addresses"),
    path("addresses/test", views.test_address, name="test_address"),
    path("channels", channel_views.channels, name="channels"),
    path("channels/<str:channel>", channel_views.channel, name="channel"),
    path("channels/<str:channel>/test", channel_views.test_channel, name="test_channel"),
    path("deliveries", channel_views.deliveries, name="deliveries"),
    path("deliveries/<uuid:delivery_id>", channel_views.delivery, name="delivery"),
    path("deliveries/<uuid:delivery_id>/retry", channel_views.retry, name="retry"),
]
