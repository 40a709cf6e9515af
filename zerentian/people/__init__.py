"""人员 People: organisations, accounts, posts, what each may see and do, signing in."""
