"""The layout of the map of moves, as pure functions: any states, any sizes."""
