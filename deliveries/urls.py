from django.urls import path

from deliveries import views

app_name = "deliveries"
urlpatterns = [
    path("", views.delivery_list, name="delivery-list"),
]
