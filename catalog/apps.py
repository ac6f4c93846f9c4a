from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self):
        from catalog import learn, tasks
        from practice import consent

        learn.subscribe()
        consent.on_active.append(tasks.ask)
