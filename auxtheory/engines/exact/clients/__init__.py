"""Exact moments of methods with clients, without enumerating who is at work.

With Z = (variables of the server, the mean c̄_j of the variables of each group of identical clients)
and e_i = c_i − c̄_j, exchangeability gives E e_i(·)ᵀ = 0 against Z, so mean and covariance of Z and
V_j = E e_i e_iᵀ close. The cost does not depend on the number of clients in a group.
"""
