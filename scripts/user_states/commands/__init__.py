"""What the command lines in scripts/ share: options, the main job and its summary."""
