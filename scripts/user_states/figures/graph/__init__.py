"""Layout of the transition graph: where states and arrows lie."""
