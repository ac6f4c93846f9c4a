from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "recommendations"

    def ready(self):
        # Models may be imported from here on only.
        from catalog import beside
        from practice import audit_words, consent, link, merge
        from practice import desk as practice_desk
        from recommendations import (
            at_risk,
            desk,
            drafting,
            follow_up,
            history,
            read_orders,
            receive,
            take_over,
            under_way,
            used,
        )

        receive.subscribe()
        take_over.register()
        consent.on_active.append(follow_up.resume)
        consent.on_active.append(read_orders.resume)
        link.on_linked.append(history.on_linked)
        practice_desk.add(desk.to_settle)
        practice_desk.add(desk.new_results)
        practice_desk.add(desk.drafts_to_resume)
        practice_desk.add(at_risk.card)
        practice_desk.add_patient_action(desk.start_a_plan)
        practice_desk.add_patient_action(desk.order_labs)
        practice_desk.add_patient_panel(desk.plans_of)
        practice_desk.add_patient_panel(desk.made_there)
        practice_desk.add_patient_panel(desk.orders_of)
        beside.add_action(drafting.add_to_a_plan)
        beside.add_panel(used.panel)
        beside.add_tab(at_risk.tab)
        merge.add_obstacle(under_way.of_patients)
        audit_words.name_pages(desk.PAGES)
