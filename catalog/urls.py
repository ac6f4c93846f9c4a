from django.urls import path

from catalog.views import comparing, files, formulary, lists, products, syncs

app_name = "catalog"
urlpatterns = [
    path("", lists.product_list, name="product-list"),
    path("search", lists.product_search, name="product-search"),
    path("reading", syncs.sync_progress, name="sync-progress"),
    path("reading/<int:run_id>/", syncs.sync_report, name="sync-report"),
    path("read", syncs.sync_request, name="sync-request"),
    path("files/of/<int:listing_id>", files.product_files, name="product-files"),
    path("files/<int:file_id>", files.product_file, name="product-file"),
    path("compare", comparing.product_compare, name="product-compare"),
    path("favourites", formulary.favourite_list, name="favourite-list"),
    path("formulary", formulary.formulary_list, name="formulary-list"),
    path("formulary.csv", formulary.formulary_export, name="formulary-export"),
    path("formulary/<int:entry_id>/undo", formulary.formulary_undo, name="formulary-undo"),
    path("<int:pk>/favourite", formulary.favourite_set, name="favourite-set"),
    path("<int:pk>/formulary", formulary.formulary_edit, name="formulary-edit"),
    path("<int:pk>/", products.product_detail, name="product-detail"),
]
