"""Addresses of the rounds' pages."""

from django.urls import path

from zerentian.rounds import flag_views, views, visit_views

app_name = "rounds"
urlpatterns = [
    path("", views.rounds, name="rounds"),
    path("new", views.new_round, name="new_round"),
    path("conflicts", views.conflicts, name="conflicts"),
    path("conflicts/new", views.new_conflict, name="new_conflict"),
    path("today", visit_views.today, name="today"),
    path("<uuid:round_id>", views.round_page, name="round"),
    path("<uuid:round_id>/draw", views.draw_round, name="draw_round"),
    path("<uuid:round_id>/rechecks", views.draw_rechecks, name="draw_rechecks"),
    path("<uuid:round_id>/plan", views.plan, name="plan"),
    path("draws/<uuid:draw_id>", views.proof, name="proof"),
    path("assignments/<uuid:assignment_id>", views.assignment, name="assignment"),
    path("assignments/<uuid:assignment_id>/reassign", views.reassign, name="reassign"),
    path("assignments/<uuid:assignment_id>/sign", views.sign_unreachable, name="sign_unreachable"),
    path("assignments/<uuid:assignment_id>/start", visit_views.start, name="start"),
    path("assignments/<uuid:assignment_id>/unreachable", visit_views.unreachable, name="unreachable"),
    path("inspections", visit_views.inspections, name="inspections"),
    path("inspections/<uuid:inspection_id>", visit_views.inspection, name="inspection"),
    path("inspections/<uuid:inspection_id>/save", visit_views.save, name="save"),
    path("inspections/<uuid:inspection_id>/submit", visit_views.submit, name="submit"),
    path("inspections/<uuid:inspection_id>/photos", visit_views.add_photo, name="add_photo"),
    path("inspections/<uuid:inspection_id>/correct", visit_views.correct, name="correct"),
    path("corrections", visit_views.corrections, name="corrections"),
    path("inspections/<uuid:inspection_id>/standing", flag_views.standing, name="standing"),
    path("flags", flag_views.flags, name="flags"),
    path("flags/<uuid:flag_id>", flag_views.flag, name="flag"),
    path("flags/<uuid:flag_id>/earlier", flag_views.earlier, name="flag_earlier"),
    path("corrections/<uuid:correction_id>", visit_views.decide, name="decide"),
    path("photos/<uuid:photo_id>", visit_views.photo, name="photo"),
    path("photos/<uuid:photo_id>/original", visit_views.original, name="original"),
    path("photos/<uuid:photo_id>/remove", visit_views.remove_photo, name="remove_photo"),
]
