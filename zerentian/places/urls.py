"""Addresses of the places' pages."""

from django.urls import path

from zerentian.places import facility_views, region_views, views

app_name = "places"
urlpatterns = [
    path("sites", views.sites, name="sites"),
    path("map", views.map_page, name="map"),
    path("map/sites.json", views.map_sites, name="map_sites"),
    path("regions", region_views.regions, name="regions"),
    path("regions/new", region_views.new_region, name="new_region"),
    path("regions/<str:region_code>", region_views.region, name="region"),
    path("sites/<uuid:site_id>/facilities", facility_views.new_facility, name="new_facility"),
    path("facilities/<uuid:facility_id>", facility_views.facility, name="facility"),
    path("facilities/<uuid:facility_id>/remove", facility_views.remove_facility, name="remove_facility"),
    path("sites/new", views.new_site, name="new_site"),
    path("sites/import", views.import_sites, name="import_sites"),
    path("sites/<uuid:site_id>", views.site, name="site"),
    path("sites/<uuid:site_id>/edit", views.edit_site, name="edit_site"),
    path("sites/<uuid:site_id>/close", views.close_site, name="close_site"),
]
