"""All addresses: each room under its own name."""

from django.urls import include, path

from zerentian.field.api import api

handler403 = "zerentian.pages.errors.forbidden"
handler404 = "zerentian.pages.errors.not_found"
handler500 = "zerentian.pages.errors.failed"

urlpatterns = [
    path("api/", api.urls),
    path("", include("zerentian.desk.urls")),
    path("messages/", include("zerentian.messages.urls")),
    path("people/", include("zerentian.people.urls")),
    path("places/", include("zerentian.places.urls")),
    path("documents/", include("zerentian.documents.urls")),
    path("results/", include("zerentian.results.urls")),
    path("intake/", include("zerentian.tickets.intake_urls")),
    path("guidance/", include("zerentian.tickets.guidance_urls")),
    path("rounds/", include("zerentian.rounds.urls")),
    path("self-checks/", include("zerentian.tickets.self_check_urls")),
    path("tickets/", include("zerentian.tickets.urls")),
    path("reception/", include("zerentian.field.urls")),
    path("s/", include("zerentian.tickets.shop_urls")),
    path("standards/", include("zerentian.standards.urls")),
]
