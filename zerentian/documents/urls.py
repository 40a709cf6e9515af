"""Addresses of documents."""

from django.urls import path

from zerentian.documents import views

app_name = "documents"
urlpatterns = [
    path("plates/<str:region_code>.pdf", views.plates, name="plates"),
    path("score-sheets/<uuid:version_id>.docx", views.score_sheet, name="score_sheet"),
]
