"""Addresses of the places' pages."""

from django.urls import path

from zerentian.places import views

app_name = "places"
urlpatterns = [
    path("sites", views.sites, name="sites"),
    path("sites/new", views.new_site, name="new_site"),
    path("sites/import", views.import_sites, name="import_sites"),
    path("sites/<uuid:site_id>", views.site, name="site"),
    path("sites/<uuid:site_id>/edit", views.edit_site, name="edit_site"),
    path("sites/<uuid:site_id>/close", views.close_site, name="close_site"),
]
