"""The audit site (核查网页): static Chinese pages of one year and county, and the front page that leads to each.

Belongs here: how a page is built, and what it shows of the published database and of the cells behind it. Does not
belong here: figures (marts have them), wording of numbers (publication has it), reading workbooks (returns does).
"""
