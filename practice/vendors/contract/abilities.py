"""What vendors offer."""

from __future__ import annotations

import enum


class Ability(enum.StrEnum):
    """What a vendor offers. The code asks for the ability, never for the vendor's name."""

    CATALOGUE = "catalogue"  # its products can be listed in bulk
    PRIVATE_LABEL = "private_label"  # a practitioner's own products can be listed
    PLAN_BY_API = "plan_by_api"  # a plan can be written by API
    PLAN_BY_HAND_OVER = "plan_by_hand_over"  # made in the vendor's own frame, then read back
    PLAN_BY_LINK = "plan_by_link"  # made in a tab of the vendor's own, then found
    PLAN_HISTORY = "plan_history"  # a patient's plans can be listed, whoever made them
    PROTOCOLS = "protocols"  # reusable plans kept there can be listed
    CHECKOUT = "checkout"  # a plan's cart can be opened for paying in the practice
    PATIENT_LIST = "patient_list"  # an account's patients can be listed
    ORDERS = "orders"  # what patients ordered can be listed
    LABS = "labs"  # laboratory tests are ordered and reported there
    EVENTS = "events"  # what its webhooks told can be asked for again
    WEBHOOKS = "webhooks"
    POLLING = "polling"
    PACKS = "packs"  # pills packed together by time of day
    COURIER = "courier"
