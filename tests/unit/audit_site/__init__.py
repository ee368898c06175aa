"""The pages' own arithmetic of words: sums, sentences, numbers."""
