"""What the engines are compared with."""
