"""WholeScripts complete: Nora at Harbor, connected there."""

from tests.recommendations.conftest import harbor, signed_in  # noqa: F401
from tests.vendors.conftest import nora_at_wholescripts, wholescripts  # noqa: F401
