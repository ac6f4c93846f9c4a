from django.urls import path

from catalog.views import files, lists, products, syncs

app_name = "catalog"
urlpatterns = [
    path("", lists.product_list, name="product-list"),
    path("search", lists.product_search, name="product-search"),
    path("reading", syncs.sync_progress, name="sync-progress"),
    path("read", syncs.sync_request, name="sync-request"),
    path("files/of/<int:listing_id>", files.product_files, name="product-files"),
    path("files/<int:file_id>", files.product_file, name="product-file"),
    path("<int:pk>/", products.product_detail, name="product-detail"),
]
