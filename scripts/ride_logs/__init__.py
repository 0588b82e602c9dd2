"""Rides in: the contract, the loader of files and the simulator."""
