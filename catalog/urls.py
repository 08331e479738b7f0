"""Addresses of what is on, below the language."""

from django.urls import path

from catalog import calendar_views, views

app_name = "catalog"
urlpatterns = [
    path("", views.event_list, name="event_list"),
    path("events/<slug:slug>/", views.event_detail, name="event_detail"),
    path("events/<slug:slug>/calendar.ics", calendar_views.show_file, name="show_calendar_file"),
    path("events/<slug:slug>/calendar/", calendar_views.show, name="show_calendar"),
    path("events/<slug:slug>/calendar/<str:month>/", calendar_views.show, name="show_calendar_month"),
    path("events/<slug:slug>/<int:pk>/", views.instance_detail, name="instance_detail"),
    path("availability/<int:pk>/", views.availability, name="availability"),
    path("calendar.ics", calendar_views.programme_file, name="calendar_file"),
    path("calendar/", calendar_views.programme, name="calendar"),
    path("calendar/<str:month>/", calendar_views.programme, name="calendar_month"),
    path("venues/", views.venue_list, name="venue_list"),
    path("venues/<slug:slug>/", views.venue_detail, name="venue_detail"),
    path("about/<slug:slug>/", views.page, name="page"),
]
