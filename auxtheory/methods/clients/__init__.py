"""Methods with clients: the clients of federated learning, or several helpers h_1 … h_N of f."""
