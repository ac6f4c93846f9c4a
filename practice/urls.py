from django.urls import path

from practice import views

app_name = "practice"
urlpatterns = [
    path("", views.choose_practice, name="today"),
    path("patients/", views.choose_practice, name="patient-list"),
    path("connections/", views.choose_practice, name="connection-list"),
    path("settings/", views.choose_practice, name="practice-settings"),
]
