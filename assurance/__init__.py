"""The proof that unauthorized API calls are noticed: before, at and after deployment."""
