"""Pictures of what the marts say: one source of data, one palette, a file a kind."""
