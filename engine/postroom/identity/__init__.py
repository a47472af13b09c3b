"""Who somebody is and what they may do: contacts, permissions, record tokens."""
