"""What a study measured."""
