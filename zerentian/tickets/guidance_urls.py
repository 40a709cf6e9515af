"""Addresses of the pages of guidance and trainings."""

from django.urls import path

from zerentian.tickets import guidance_views as views

app_name = "guidance"
urlpatterns = [
    path("", views.guidances, name="guidances"),
    path("effects", views.effects, name="effects"),
    path("new", views.new, name="new"),
    path("sites", views.find_sites, name="find_sites"),
    path("sites/<uuid:site_id>", views.site_row, name="site_row"),
    path("attendances/<uuid:attendance_id>/remove", views.remove_attendance, name="remove_attendance"),
    path("photos/<uuid:guidance_photo_id>", views.photo, name="photo"),
    path("photos/<uuid:guidance_photo_id>/remove", views.remove_photo, name="remove_photo"),
    path("<uuid:guidance_id>", views.guidance, name="guidance"),
    path("<uuid:guidance_id>/held", views.hold, name="hold"),
    path("<uuid:guidance_id>/withdraw", views.withdraw, name="withdraw"),
    path("<uuid:guidance_id>/attendances", views.add_attendance, name="add_attendance"),
    path("<uuid:guidance_id>/attendances/import", views.import_attendance, name="import_attendance"),
    path("<uuid:guidance_id>/photos", views.add_photo, name="add_photo"),
    path("<uuid:guidance_id>/sheet", views.sheet, name="sheet"),
]
