"""The header of a message: fields, words, addresses, dates, ids."""
