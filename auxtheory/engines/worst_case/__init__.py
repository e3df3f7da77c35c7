"""Engine `worst_case`."""
