from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "practice"

    def ready(self):
        # Models may be imported from here on only.
        from practice import audit_desk, desk
        from practice.views import support

        desk.add_setting(support.support_setting)
        audit_desk.register()
