from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.product_list, name="product-list"),
    path("search", views.product_search, name="product-search"),
    path("reading", views.sync_progress, name="sync-progress"),
    path("read", views.sync_request, name="sync-request"),
    path("files/of/<int:listing_id>", views.product_files, name="product-files"),
    path("files/<int:file_id>", views.product_file, name="product-file"),
    path("<int:pk>/", views.product_detail, name="product-detail"),
]
