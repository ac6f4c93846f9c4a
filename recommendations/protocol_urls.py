from django.urls import path

from recommendations.views import protocols

app_name = "protocols"

urlpatterns = [
    path("", protocols.protocol_list, name="protocol-list"),
    path("take-in/<slug:vendor>", protocols.protocol_take_in, name="protocol-take-in"),
    path("<int:protocol_id>/", protocols.protocol_detail, name="protocol-detail"),
    path("<int:protocol_id>/archive", protocols.protocol_archive, name="protocol-archive"),
    path("<int:protocol_id>/again", protocols.protocol_again, name="protocol-again"),
    path("<int:protocol_id>/start", protocols.protocol_start, name="protocol-start"),
]
