"""What a company has decided about tokens: typed, versioned, told in words."""
