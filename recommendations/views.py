from django.shortcuts import render

from practice.roles import allow


@allow("see")
def plan_list(request):
    return render(request, "recommendations/plan_list.html")
