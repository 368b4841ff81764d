"""Trains and measures what reads people's words (`wardline classifier`). Asking a model needs none of it.

A program of its own: the libraries that train take more memory than the whole server may.
"""
