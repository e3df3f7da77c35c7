"""Implementations of users: a step function, or a client and a server; what they are given, and how
they are called."""

from auxtheory.implementations.federated import Federated
from auxtheory.implementations.rounds import FederatedRound, Key, Round

__all__ = ["Federated", "FederatedRound", "Key", "Round"]
