"""The revisions of schema `store`, in order."""
