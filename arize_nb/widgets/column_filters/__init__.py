"""What is typed above a column: how it is read, and which rows it keeps."""
