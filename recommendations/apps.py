from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "recommendations"

    def ready(self):
        # Models may be imported from here on only.
        from practice import connect
        from recommendations import receive, send

        receive.subscribe()
        connect.on_active.append(send.resume)
