"""Addresses of the standards' pages."""

from django.urls import path

from zerentian.standards import editor, views

app_name = "standards"
urlpatterns = [
    path("", views.versions, name="versions"),
    path("new", editor.new_version, name="new_version"),
    path("new/text", editor.new_text, name="new_text"),
    path("import", editor.import_sheet, name="import_sheet"),
    path("preview", editor.preview, name="preview"),
    path("<uuid:version_id>", views.version, name="version"),
    path("<uuid:version_id>/changes", views.changes, name="changes"),
    path("<uuid:version_id>/trial", views.trial, name="trial"),
    path("<uuid:version_id>/sheet", views.sheet, name="sheet"),
    path("<uuid:version_id>/facts", editor.edit_facts, name="edit_facts"),
    path("<uuid:version_id>/section", editor.edit_section, name="edit_section"),
    path("<uuid:version_id>/clause", editor.edit_clause, name="edit_clause"),
    path("<uuid:version_id>/arrange", editor.arrange, name="arrange"),
    path("<uuid:version_id>/edit", editor.edit, name="edit"),
    path("<uuid:version_id>/discard", editor.discard, name="discard"),
    path("<uuid:version_id>/publish", editor.publish, name="publish"),
]
