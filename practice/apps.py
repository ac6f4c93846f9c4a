from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "practice"

    def ready(self):
        # Models may be imported from here on only.
        from practice import (
            account_events,
            audit_desk,
            catch_up,
            consent,
            desk,
            leave,
            patient_news,
            presence,
            silence,
        )
        from practice.views import cover, members, revoking, support

        desk.add_setting(members.members_setting)
        desk.add_setting(cover.cover_setting)
        desk.add_setting(revoking.connections_setting)
        desk.add_setting(support.support_setting)
        desk.add(patient_news.to_decide)
        patient_news.subscribe()
        leave.register()
        audit_desk.register()
        account_events.connect()
        presence.connect()
        consent.on_active.append(catch_up.begin)
        desk.add(silence.card)
