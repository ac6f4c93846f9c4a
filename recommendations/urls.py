from django.urls import include, path

from recommendations.views import (
    adding,
    at_risk,
    builder,
    frames,
    orders,
    outside,
    packs,
    plans,
    protocols,
    review,
    sendings,
    sheet,
    there,
)

app_name = "recommendations"


def frame(space):
    """What a page with a vendor's frame asks of us."""
    return [
        path("grant", frames.frame_grant, name=f"{space}-grant"),
        path("activated", frames.frame_activated, name=f"{space}-activated"),
        path("selected", frames.frame_selected, name=f"{space}-selected"),
        path("link", frames.frame_link, name=f"{space}-link"),
        path("checked", frames.frame_checked, name=f"{space}-checked"),
    ]


pack = [
    path("", packs.pack_edit, name="pack-edit"),
    path("remove", packs.pack_remove, name="pack-remove"),
    path("search", packs.pill_search, name="pill-search"),
    path("pills", packs.pill_add, name="pill-add"),
    path("pills/remove", packs.pill_remove, name="pill-remove"),
]
plan = [
    path("", plans.plan_detail, name="plan-detail"),
    path("discard", plans.plan_discard, name="plan-discard"),
    path("take-over", plans.plan_take_over, name="plan-take-over"),
    path("review", review.plan_review, name="plan-review"),
    path("review/standing/<slug:vendor>", review.plan_standing, name="plan-standing"),
    path("sign", review.plan_sign, name="plan-sign"),
    path("search", builder.plan_search, name="plan-search"),
    path("message", builder.plan_message, name="plan-message"),
    path("sheet", sheet.plan_sheet, name="plan-sheet"),
    path("sheet/printed", sheet.plan_sheet_printed, name="plan-sheet-printed"),
    path("items", builder.item_add, name="item-add"),
    path("items/restore", builder.item_restore, name="item-restore"),
    path("items/<int:item_id>", builder.item_edit, name="item-edit"),
    path("items/<int:item_id>/remove", builder.item_remove, name="item-remove"),
    path("protocol", protocols.protocol_add, name="protocol-add"),
    path("protocol/undo", protocols.protocol_undo, name="protocol-undo"),
    path("packs", packs.pack_add, name="pack-add"),
    path("packs/<int:pack_id>/", include(pack)),
]
sending = [
    path("hand-over", sendings.sending_hand_over, name="sending-hand-over"),
    *frame("sending"),
    path("again", sendings.sending_again, name="sending-again"),
    path("reworded", sendings.sending_reworded, name="sending-reworded"),
    path("referral", sendings.sending_referral, name="sending-referral"),
    path("by-hand", sendings.sending_by_hand, name="sending-by-hand"),
    path("found", sendings.sending_found, name="sending-found"),
    path("open", there.sending_open, name="sending-open"),
    path("look", there.sending_look, name="sending-look"),
    path("practitioner", there.sending_practitioner, name="sending-practitioner"),
    path("accept", there.sending_accept, name="sending-accept"),
    path("stop", there.sending_stop, name="sending-stop"),
    path("checkout", there.sending_checkout, name="sending-checkout"),
]
labs = [path("", frames.labs_frame, name="labs-frame"), *frame("labs")]
lab = [
    path("", orders.lab_detail, name="lab-detail"),
    path("again", orders.lab_again, name="lab-again"),
    path("results/<int:result_id>", orders.lab_result, name="lab-result"),
    path("results/<int:result_id>/again", orders.result_again, name="result-again"),
]
urlpatterns = [
    path("", plans.plan_list, name="plan-list"),
    path("start/<int:patient_id>", plans.plan_start, name="plan-start"),
    path("at-risk", at_risk.at_risk_list, name="at-risk-list"),
    path("at-risk/<int:listing_id>/mark", at_risk.at_risk_mark, name="at-risk-mark"),
    path("at-risk/marks/<int:mark_id>/undo", at_risk.at_risk_undo, name="at-risk-undo"),
    path("with/<int:product_id>", adding.product_add, name="product-add"),
    path("<int:plan_id>/", include(plan)),
    path("sendings/<int:sending_id>/", include(sending)),
    path("made-there/<int:outside_id>", outside.outside_plan, name="outside-plan"),
    path("made-there/of/<int:patient_id>/look", outside.outside_look, name="outside-look"),
    path("labs/<int:patient_id>/<slug:vendor>/", include(labs)),
    path("orders/<int:patient_id>", orders.order_list, name="order-list"),
    path("orders/<int:patient_id>/again", orders.order_again, name="order-again"),
    path("laboratory/<int:lab_id>/", include(lab)),
]
