from deliveries.models.delivery import Delivery, new_barcode
from deliveries.models.event import DeliveryEvent
from deliveries.models.proof import Proof

__all__ = ["Delivery", "DeliveryEvent", "Proof", "new_barcode"]
