"""Labelled expression videos from portraits: a still face, warped by action units on a known time course."""
