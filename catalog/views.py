from django.shortcuts import render

from practice.roles import allow


@allow("see")
def product_list(request):
    return render(request, "catalog/product_list.html")
