from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "practice"

    def ready(self):
        # Models may be imported from here on only.
        from practice import account_events, audit_desk, desk, presence
        from practice.views import support

        desk.add_setting(support.support_setting)
        audit_desk.register()
        account_events.connect()
        presence.connect()
