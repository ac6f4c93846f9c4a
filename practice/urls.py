from django.urls import path

from practice.views import (
    audit,
    connections,
    cover,
    duplicates,
    leaving,
    links,
    members,
    merges,
    patients,
    practitioners,
    settings,
    support,
    today,
)

app_name = "practice"
urlpatterns = [
    path("", today.today, name="today"),
    path("patients/", patients.patient_list, name="patient-list"),
    path("patients/add", patients.patient_add, name="patient-add"),
    path("patients/assign/", practitioners.patient_assign, name="patient-assign"),
    path("patients/duplicates/", duplicates.duplicate_list, name="duplicate-list"),
    path("patients/duplicates/apart", duplicates.duplicate_apart, name="duplicate-apart"),
    path("patients/merges/<int:merge_id>/", merges.merge_detail, name="merge-detail"),
    path("patients/merges/<int:merge_id>/undo", merges.merge_undo, name="merge-undo"),
    path(
        "patients/<int:patient_id>/merge/", merges.patient_merge_choose, name="patient-merge-choose"
    ),
    path(
        "patients/<int:patient_id>/merge/<int:other_id>/",
        merges.patient_merge,
        name="patient-merge",
    ),
    path("patients/<int:patient_id>/", patients.patient_detail, name="patient-detail"),
    path("patients/<int:patient_id>/edit", patients.patient_edit, name="patient-edit"),
    path("patients/<int:patient_id>/archive", patients.patient_archive, name="patient-archive"),
    path("patients/<int:patient_id>/restore", patients.patient_restore, name="patient-restore"),
    path("patients/<int:patient_id>/at/<slug:vendor>/", links.patient_link, name="patient-link"),
    path(
        "patients/<int:patient_id>/at/<slug:vendor>/confirm",
        links.patient_link_confirm,
        name="patient-link-confirm",
    ),
    path(
        "patients/<int:patient_id>/at/<slug:vendor>/create",
        links.patient_link_create,
        name="patient-link-create",
    ),
    path(
        "patients/<int:patient_id>/at/<slug:vendor>/undo",
        links.patient_link_undo,
        name="patient-link-undo",
    ),
    path("connections/", connections.connection_list, name="connection-list"),
    path("connections/<slug:vendor>/begin", connections.connection_begin, name="connection-begin"),
    path(
        "connections/<int:connection_id>/disconnect",
        connections.connection_disconnect,
        name="connection-disconnect",
    ),
    path(
        "connections/<int:connection_id>/confirm-email",
        connections.connection_confirm_email,
        name="connection-confirm-email",
    ),
    path("audit/", audit.audit_list, name="audit-list"),
    path("audit/export", audit.audit_export_file, name="audit-export"),
    path("members/", members.member_list, name="member-list"),
    path("members/invite", members.invitation_add, name="invitation-add"),
    path(
        "members/invitations/<int:invitation_id>/again",
        members.invitation_again,
        name="invitation-again",
    ),
    path(
        "members/invitations/<int:invitation_id>/revoke",
        members.invitation_revoke,
        name="invitation-revoke",
    ),
    path("members/<int:member_id>/", members.member_edit, name="member-edit"),
    path("members/<int:member_id>/deactivate", members.member_deactivate, name="member-deactivate"),
    path("members/<int:member_id>/reactivate", members.member_reactivate, name="member-reactivate"),
    path("members/<int:member_id>/leave", leaving.member_leave, name="member-leave"),
    path("cover/", cover.cover_list, name="cover-list"),
    path("cover/<int:cover_id>/end", cover.cover_end, name="cover-end"),
    path("settings/", settings.practice_settings, name="practice-settings"),
    path("settings/support", support.support_list, name="support-list"),
    path("settings/edit", settings.practice_edit, name="practice-edit"),
]
