from django.shortcuts import render


def choose_practice(request):
    return render(request, "practice/practice_choose.html")


def finish_connection(request, vendor):
    return render(request, "practice/practice_choose.html")
