"""Parts that figures are drawn with: frame, texts, matrices, small charts."""
