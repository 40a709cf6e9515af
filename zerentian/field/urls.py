"""Addresses of the desk's pages about what phones sent; those of the phones are in `api`."""

from django.urls import path

from zerentian.field import reception_views

app_name = "reception"
urlpatterns = [
    path("", reception_views.held, name="held"),
    path("held/<uuid:held_id>", reception_views.held_report, name="held_report"),
    path("held/<uuid:held_id>/photos/<int:number>", reception_views.held_photo, name="held_photo"),
    path("devices", reception_views.devices, name="devices"),
    path("orphans", reception_views.orphans, name="orphans"),
    path("orphans/<uuid:upload_id>", reception_views.orphan, name="orphan"),
    path("import", reception_views.import_queue, name="import_queue"),
]
