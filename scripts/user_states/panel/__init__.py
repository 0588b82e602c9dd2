"""What the model reads: features, their scale, and the rows it is fitted on.

`panel_reader` is the only module here that reads the warehouse.
"""
