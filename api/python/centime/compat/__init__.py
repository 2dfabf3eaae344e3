"""Other programs' interfaces over a store of centime."""
