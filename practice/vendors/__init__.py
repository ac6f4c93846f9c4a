"""The vendors' clients. `contract` says what they take, give and raise."""
