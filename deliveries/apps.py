from django.apps import AppConfig


class DeliveriesConfig(AppConfig):
    name = "deliveries"

    def ready(self):
        # Models may be imported from here on only.
        from deliveries import courier, desk, receive, under_way
        from practice import inbox, merge

        for event_type in courier.EVENT_TYPES:
            inbox.subscribe(courier.KEY, event_type, receive.on_event)
        desk.register()
        merge.add_obstacle(under_way.of_patients)
