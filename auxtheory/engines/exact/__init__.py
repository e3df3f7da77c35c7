"""Engine `exact`."""
