from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self):
        from catalog import tasks
        from practice import connect

        connect.on_active.append(tasks.ask)
