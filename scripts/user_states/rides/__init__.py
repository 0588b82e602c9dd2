"""Rides into the warehouse: the contract, the file loader and the simulator."""
