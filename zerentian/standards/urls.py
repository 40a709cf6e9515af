"""Addresses of the standards' pages."""

from django.urls import path

from zerentian.standards import views

app_name = "standards"
urlpatterns = [
    path("", views.versions, name="versions"),
    path("new", views.new_version, name="new_version"),
    path("import", views.import_sheet, name="import_sheet"),
    path("preview", views.preview, name="preview"),
    path("<uuid:version_id>/edit", views.edit, name="edit"),
    path("<uuid:version_id>/trial", views.trial, name="trial"),
    path("<uuid:version_id>", views.version, name="version"),
    path("<uuid:version_id>/publish", views.publish, name="publish"),
]
