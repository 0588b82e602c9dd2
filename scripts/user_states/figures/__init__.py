"""Figures as SVG and PNG. matplotlib is imported here and nowhere else."""
