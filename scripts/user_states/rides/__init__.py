"""Rides in: the contract, the file loader and the simulator."""
