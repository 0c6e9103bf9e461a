"""What the law and the schemes say: dated, cited rulebook values and decisions that replay."""
