"""The register of runs: which one the marts read, and which state is which.

Array code (`state_identity`, `emission_distance`, `state_names`, `naming`,
`state_profiles`, `how_often`, `trait_words`) and warehouse code (`hmm_tables`,
`registry`, `run_register`, `run_history`) do not share a file; `promotion` knows both,
as `segmentation.job` does.
"""
