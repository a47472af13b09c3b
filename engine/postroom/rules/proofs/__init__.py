"""Proofs about rules: which can never apply, and which say two things of one mail.

Sound and incomplete: what is said is proved, and what cannot be proved is not said.
"""
