"""Addresses of checkout. Those with a token let in whoever has it, and answer 404 to everybody else."""

from django.urls import path, re_path

from checkout import views_bounces as bounces
from checkout import views_buying as buying
from checkout import views_guests as guests
from checkout import views_guests_later as guests_later
from checkout import views_hosted as hosted
from checkout import views_order as after
from checkout import views_till as till

app_name = "checkout"
urlpatterns = [
    path("", buying.start, name="start"),
    path("find/", after.find, name="find"),
    path("found/<str:signed>/", after.found, name="found"),
    re_path(
        r"^return/(?P<return_token>[\w-]{16,64})/(?P<outcome>success|failure)/$",
        after.returned,
        name="returned",
    ),
    path("charged/<str:signed>/", till.charged, name="charged"),
    path("order/<str:token>/", after.order, name="order"),
    path("order/<str:token>/documents/<str:doc_token>/", after.document, name="document"),
    path("order/<str:token>/calendar.ics", after.calendar, name="calendar"),
    path("order/<str:token>/again/", after.again, name="again"),
    path("order/<str:token>/address/", bounces.address, name="address"),
    path("order/<str:token>/guests/", guests_later.everybody, name="guests_later"),
    path("guest/<str:token>/", guests_later.one, name="guest"),
    path("<str:token>/details/", buying.details, name="details"),
    path("<str:token>/guests/", guests.step, name="guests"),
    path("<str:token>/review/", buying.review, name="review"),
    path("<str:token>/pay/", buying.pay, name="pay"),
    path("<str:token>/intent/", till.intent, name="intent"),
    path("<str:token>/clock/", buying.clock_face, name="clock"),
    path("<str:token>/cancel/", buying.cancel, name="cancel"),
    path("<str:token>/without/<int:position>/", buying.without, name="without"),
    path("<str:token>/there/", hosted.there, name="there"),
    path("<str:token>/seen/", hosted.seen, name="seen"),
    path("<str:token>/paid-there/", hosted.paid_there, name="paid_there"),
    path("<str:token>/thanks/", after.thanks, name="thanks"),
    path("<str:token>/status/", after.status, name="status"),
]
