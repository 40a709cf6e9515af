"""Addresses of the tickets' pages."""

from django.urls import path

from zerentian.tickets import views

app_name = "tickets"
urlpatterns = [
    path("", views.board, name="board"),
    path("list", views.tickets, name="tickets"),
    path("checks", views.checks, name="checks"),
    path("checks/draw", views.draw_checks, name="draw_checks"),
    path("checks/<uuid:check_id>/settle", views.settle_check, name="settle_check"),
    path("extensions/<uuid:extension_id>/decide", views.decide_extension, name="decide_extension"),
    path("photos/<uuid:proof_id>/remove", views.remove_photo, name="remove_photo"),
    path("<uuid:ticket_id>", views.ticket, name="ticket"),
    path("<uuid:ticket_id>/extension", views.ask_for_extension, name="ask_for_extension"),
    path("<uuid:ticket_id>/move/<str:name>", views.move, name="move"),
    path("<uuid:ticket_id>/photos/<uuid:photo_id>", views.photo, name="photo"),
    path("<uuid:ticket_id>/photos/<str:kind>", views.add_photo, name="add_photo"),
]
