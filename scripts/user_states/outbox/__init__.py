"""Messages of the outbox, posted to the endpoints that want them, at least once."""
