from django.urls import path

from deliveries.views import account, parcels, proof, review

app_name = "deliveries"
urlpatterns = [
    path("", parcels.delivery_list, name="delivery-list"),
    path("book/<int:patient_id>/", parcels.delivery_book, name="delivery-book"),
    path("<int:pk>/", parcels.delivery_detail, name="delivery-detail"),
    path("<int:pk>/there", review.delivery_there, name="delivery-there"),
    path("<int:pk>/again", review.delivery_again, name="delivery-again"),
    path("<int:pk>/settle", review.delivery_settle, name="delivery-settle"),
    path("<int:pk>/proof/<slug:kind>", proof.proof_show, name="proof-show"),
    path("courier/", account.courier_settings, name="courier-settings"),
    path("courier/key", account.courier_key, name="courier-key"),
    path("courier/secret", account.courier_secret, name="courier-secret"),
    path("courier/events", account.courier_events, name="courier-events"),
    path("courier/resume", account.courier_resume, name="courier-resume"),
]
