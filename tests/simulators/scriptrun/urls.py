from django.urls import path

from tests.simulators.scriptrun import orders, storage

urlpatterns = [
    path("api/webhook/orders", orders.ingest),
    path("storage/demo/<str:name>", storage.proof),
]
