"""Addresses of documents."""

from django.urls import path

from zerentian.documents import views

app_name = "documents"
urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("plates/<str:region_code>.pdf", views.plates, name="plates"),
    path("months/<uuid:closing_id>", views.ask_for_month, name="ask_for_month"),
    path("orders/<uuid:ticket_id>", views.ask_for_order, name="ask_for_order"),
    path("registers", views.ask_for_register, name="ask_for_register"),
    path("score-sheets/<uuid:version_id>", views.ask_for_score_sheet, name="ask_for_score_sheet"),
    path("<uuid:job_id>/<int:number>", views.file, name="file"),
    path("templates", views.templates, name="templates"),
    path("templates/<str:name>", views.template, name="template"),
    path("templates/<str:name>/preview", views.preview, name="preview"),
    path("templates/<str:name>/take-back", views.take_back, name="take_back"),
]
