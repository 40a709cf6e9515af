"""Addresses of the results' pages."""

from django.urls import path

from zerentian.results import views

app_name = "results"
urlpatterns = [
    path("", views.closings, name="closings"),
    path("rounds/<uuid:round_id>", views.close, name="close"),
    path("rounds/<uuid:round_id>/preview/<str:subject>", views.preview_subject, name="preview_subject"),
    path("rounds/<uuid:round_id>/reopen", views.reopen, name="reopen"),
    path("<uuid:closing_id>", views.closing, name="closing"),
    path("<uuid:closing_id>/confirm", views.confirm, name="confirm"),
    path("<uuid:closing_id>/withdraw", views.withdraw, name="withdraw"),
    path("<uuid:closing_id>/publish", views.publish, name="publish"),
    path("<uuid:closing_id>/verify", views.verify, name="verify"),
    path("<uuid:closing_id>/sites", views.sites, name="sites"),
    path("subjects/<int:subject_result_id>", views.subject, name="subject"),
    path("subjects/<int:subject_result_id>/explanation", views.explanation, name="explanation"),
    path("sites/<int:site_result_id>", views.site, name="site"),
    path("outside", views.outside, name="outside"),
    path("outside/import", views.import_outside, name="import_outside"),
]
