"""Documents of a month: Word from templates that a town edits, the same as Excel, PDF by Typst."""
