"""What all pages share: lists, uploads, errors, words for templates. Knows no room."""
