"""The urlconf of a vendor that has not been written yet: nothing is found."""

urlpatterns = []
