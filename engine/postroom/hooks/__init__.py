"""The only door for plugins: what they may implement, and how they are found."""
