"""Implementations in other libraries with which the engines are compared."""
