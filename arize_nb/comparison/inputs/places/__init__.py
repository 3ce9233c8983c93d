"""Where tables come from: paths, lakes, frames of other libraries."""
