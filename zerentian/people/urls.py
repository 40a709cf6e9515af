"""Addresses of the people's pages."""

from django.urls import path

from zerentian.people import views

app_name = "people"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("password", views.password, name="password"),
    path("second-factor", views.second_factor, name="second_factor"),
    path("sessions", views.sessions, name="sessions"),
    path("sessions/<uuid:sign_in_id>/end", views.end_session, name="end_session"),
    path("accounts", views.accounts, name="accounts"),
    path("accounts/new", views.new_account, name="new_account"),
    path("accounts/import", views.import_people, name="import_people"),
    path("accounts/<uuid:account_id>", views.account, name="account"),
    path("accounts/<uuid:account_id>/edit", views.change_account, name="change_account"),
    path("accounts/<uuid:account_id>/second-factor", views.reset_second_factor, name="reset_second_factor"),
    path("accounts/<uuid:account_id>/posts/new", views.new_post, name="new_post"),
    path("accounts/<uuid:account_id>/password", views.reset_password, name="reset_password"),
    path("accounts/<uuid:account_id>/active", views.set_active, name="set_active"),
    path("posts/<uuid:post_id>/end", views.end_post, name="end_post"),
    path("organisations", views.organisations, name="organisations"),
    path("organisations/<uuid:organisation_id>", views.organisation, name="organisation"),
    path("organisations/new", views.new_organisation, name="new_organisation"),
]
