from django.shortcuts import render

from practice.roles import allow


@allow("see")
def delivery_list(request):
    return render(request, "deliveries/delivery_list.html")
