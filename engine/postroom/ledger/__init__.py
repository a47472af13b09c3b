"""What is written when a decision is made: pure; stores do the writing."""
